/** Bounds on what valid events may contribute. They protect the worker's memory and the tables. */

/** The longest user id and emote name, in code points: the same as a stream's name. */
export const MAX_NAME_CODE_POINTS = 255

/** The most emotes of one event that count; the others are cut. */
export const MAX_EMOTES_PER_EVENT = 256

/** Only the first words of a message count for the reaction, up to this number. */
export const MAX_WORDS = 6

/**
 * Only the first bytes of a text are read for words, up to this number: the longest message of
 * Twitch has 500 characters. A longer text may lose the end of its last word, but no part of a
 * character.
 */
export const MAX_TEXT_BYTES = 2000

/**
 * The longest text of a row's `top_emotes`, in bytes of UTF-8. The list ends before the first emote
 * that exceeds it.
 */
export const MAX_TOP_EMOTES_BYTES = 4096

/**
 * The most that one input of a task may hold. Each limit is divided among the panes of two windows,
 * because a re-read must cut exactly what the first run cut. The content of one pane depends on the
 * log alone. The content of several panes also depends on the time at which windows close.
 */
export interface StateLimits {
  /** Distinct streams of one pane. */
  readonly streamsPerPane: number
  /**
   * Cost of all (stream, emote) pairs, each {@link ENTRY_COST} + the length of the emote in UTF-16
   * code units.
   */
  readonly emoteCost: number
  /**
   * Cost of all (stream, chatter) pairs, each {@link ENTRY_COST} + the length of the user id in
   * bytes of UTF-8.
   */
  readonly chatterCost: number
  /**
   * Cost of the messages that are kept for what moments quote, each {@link ENTRY_COST} + its bytes.
   * No message is kept while MOMENT_SAMPLES is 0.
   */
  readonly textCost: number
  /** A pane gets at least this part of each cost, however many panes there are. */
  readonly leastPaneCost: number
  /** Messages of one stream in one window: INTEGER columns hold no more. */
  readonly messagesPerWindow: number
  /**
   * Viewer samples of one stream in one window: so many of the greatest value, 2^31 - 1, have an
   * exact sum.
   */
  readonly samplesPerWindow: number
}

/** The cost of a table entry without its text: about its size in bytes. */
export const ENTRY_COST = 64

export const STATE_LIMITS: StateLimits = {
  streamsPerPane: 2 ** 20,
  // Emotes become strings when a window with them closes. Chatters stay bytes, outside the heap of
  // the garbage collector, unless a task has several inputs of chat.
  emoteCost: 2 ** 27,
  chatterCost: 2 ** 29,
  textCost: 2 ** 27,
  leastPaneCost: 2 ** 17,
  messagesPerWindow: 2 ** 31 - 1,
  samplesPerWindow: 2 ** 22
}
