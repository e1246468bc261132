/**
 * The events of one batch as flat numbers: no object, view or string per event. Decoding fills
 * them, windows only read them.
 *
 * Texts are ranges [start, end) of {@link EventColumns.bytes}. All are well-formed UTF-8 without
 * U+0000, so two are equal exactly when their bytes are. A text that is compared has its hash next
 * to it (Hash.ts), so that no table reads it twice.
 *
 *     events  one row of EVENT numbers for each event, in the order of offsets
 *     emotes  one row of EMOTE numbers for each emote; those of an event are contiguous
 *     words   one row of WORD numbers for each word; those of an event are contiguous
 */
import { EventTimeMs } from "./EventTime.ts"
import { outside } from "./Invariant.ts"

/** Numbers of an event in {@link EventColumns.events}. */
export const STREAM_START = 0
export const STREAM_END = 1
export const STREAM_HASH = 2
/** Viewers of a sample, 0 to 2^31 - 1. The numbers that follow exist for chat messages only. */
export const VIEWERS = 3
/** The user, who counts as one chatter. */
export const USER_START = 4
export const USER_END = 5
export const USER_HASH = 6
export const TEXT_START = 7
export const TEXT_END = 8
/** In millionths, or UNSCORED (Score.ts). */
export const SCORE_MICRO = 9
/** The event's emotes are [start, end) of the rows in {@link EventColumns.emotes}. */
export const EMOTES_START = 10
export const EMOTES_END = 11
/** How many more emotes the record had: more than MAX_EMOTES_PER_EVENT are cut. */
export const CUT_EMOTES = 12
/** The event's words are [start, end) of the rows in {@link EventColumns.words}. */
export const WORDS_START = 13
export const WORDS_END = 14
export const EVENT = 15

/** Numbers of an emote in {@link EventColumns.emotes}. An emote may be empty. */
export const EMOTE_START = 0
export const EMOTE_END = 1
export const EMOTE_HASH = 2
export const EMOTE = 3

/**
 * Numbers of a word in {@link EventColumns.words}: a run of bytes above 0x20 in the first
 * MAX_TEXT_BYTES of the text. An event has the rows of its first MAX_WORDS words.
 */
export const WORD_START = 0
export const WORD_END = 1
export const WORD_HASH = 2
/** The last four bytes and the four before, as in Hash.ts. They are all of a short word. */
export const WORD_LAST = 3
export const WORD_BEFORE = 4
export const WORD = 5

/**
 * The arrays belong to these columns alone and do not change after decoding, so several batches may
 * be decoded before the first is counted. {@link release} ends that. An array may have room for
 * more rows than there are.
 */
export class EventColumns {
  /** How many events there are. */
  readonly count: number
  /** The offset that the deltas are relative to. */
  readonly baseOffset: bigint
  /** By event: its offset minus {@link baseOffset}, an exact integer from 0 on; ascending. */
  readonly offsetDeltas: Float64Array
  /** By event: its event time. */
  readonly timesMs: Float64Array
  readonly events: Int32Array
  readonly emotes: Int32Array
  readonly words: Int32Array
  /** Holds all texts. */
  readonly bytes: Uint8Array
  /**
   * Lets a later batch use the arrays. Call it once, after the last use of the columns. Without the
   * call, the arrays are garbage as usual.
   */
  readonly release: () => void

  constructor(columns: {
    readonly count: number
    readonly baseOffset: bigint
    readonly offsetDeltas: Float64Array
    readonly timesMs: Float64Array
    readonly events: Int32Array
    readonly emotes: Int32Array
    readonly words: Int32Array
    readonly bytes: Uint8Array
    readonly release: () => void
  }) {
    this.count = columns.count
    this.baseOffset = columns.baseOffset
    this.offsetDeltas = columns.offsetDeltas
    this.timesMs = columns.timesMs
    this.events = columns.events
    this.emotes = columns.emotes
    this.words = columns.words
    this.bytes = columns.bytes
    this.release = columns.release
  }

  /** One of an event's numbers. */
  of(event: number, number: number): number {
    return this.events[event * EVENT + number] ?? outside()
  }

  timeMsAt(event: number): EventTimeMs {
    return EventTimeMs(this.timesMs[event] ?? outside())
  }

  offsetAt(event: number): bigint {
    return this.baseOffset + BigInt(this.offsetDeltas[event] ?? outside())
  }
}
