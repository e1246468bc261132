/**
 * The kernel's memory: word lists, tables of mapped fields, columns and input, each at a fixed
 * address. Nothing is allocated. Nothing but the lists and tables is kept from batch to batch. The
 * wrapper makes its views from the exported addresses. The system backs only the pages that are
 * touched.
 */

/** The most records of one part of a batch. */
export const MAX_RECORDS: i32 = 1024
/** The most bytes of a part: from the start of its first record to the end of its last. */
export const MAX_INPUT: i32 = 1 << 20

// As in Limits.ts and Score.ts.
export const MAX_NAME: i32 = 255
export const MAX_EMOTES: i32 = 256
export const MAX_WORDS: i32 = 6
export const MAX_TEXT_BYTES: i32 = 2000
export const UNSCORED: i32 = 2000000
/** Instead of a score: the model computes it. */
export const NOT_YET_SCORED: i32 = 2000001

// ---- Rows: numbers (i32) in the order of EventColumns.ts, and their size in bytes ----
export const EVENT: i32 = 60
export const EMOTE: i32 = 12
export const WORD: i32 = 20

// ---- Addresses. Those of f64 are multiples of 8. ----
/** Start and end of each field's value in one record: see Scan.ts. */
export const VALUES: i32 = 1 << 16
/** The word lists: see Describe.ts. */
export const LEXICON: i32 = VALUES + 128
export const LEXICON_PLACE: i32 = 24
export const LEXICON_END: i32 = LEXICON + 256 * LEXICON_PLACE

/** The tables of mapped fields, one for each kind: see Fields.ts. */
export const FIELD_TABLE: i32 = LEXICON_END
export const FIELD_TABLE_BYTES: i32 = 1 << 13
export const FIELD_ENTRY: i32 = 32

/** By record: start and end (i32) in the bytes of the batch. End -1 = it has no value. */
export const STARTS: i32 = FIELD_TABLE + 2 * FIELD_TABLE_BYTES
export const ENDS: i32 = STARTS + 4 * MAX_RECORDS
/** By record: the log's own time of it (f64); negative = none. */
export const LOGGED: i32 = ENDS + 4 * MAX_RECORDS

/** By record: the time of its event (f64), and the row. Those of unusual records mean nothing. */
export const TIMES: i32 = LOGGED + 8 * MAX_RECORDS
export const EVENTS: i32 = TIMES + 8 * MAX_RECORDS
/** The numbers of the unusual records, ascending (i32). */
export const UNUSUAL: i32 = EVENTS + EVENT * MAX_RECORDS
/** Counts (i32): emotes, words, unusual records, scores that are left, bytes at SIDE. */
export const EMOTE_COUNT: i32 = UNUSUAL + 4 * MAX_RECORDS
export const WORD_COUNT: i32 = EMOTE_COUNT + 4
export const UNUSUAL_COUNT: i32 = EMOTE_COUNT + 8
export const LEFT_COUNT: i32 = EMOTE_COUNT + 12
export const SIDE_COUNT: i32 = EMOTE_COUNT + 16
export const WORDS: i32 = EMOTE_COUNT + 24
export const EMOTES: i32 = WORDS + WORD * MAX_WORDS * MAX_RECORDS
/** An emote takes at least three bytes of input. Those of an unusual record are overwritten. */
export const EMOTES_END: i32 = EMOTES + EMOTE * (MAX_INPUT / 3 + 1)

/** The bytes of the part. Up to 16 before them and behind them are read. */
export const INPUT: i32 = EMOTES_END + 16
/** The texts of the part that had escapes, without them. They are shorter than with them. */
export const SIDE: i32 = INPUT + MAX_INPUT + 32
export const MEMORY_END: i32 = SIDE + MAX_INPUT + 32
