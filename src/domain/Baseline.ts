/**
 * The baseline of one stream: the numbers that detection carries from slide to slide, across
 * restarts and breaks. Its row also holds the numbers of the stream's latest broadcast, so that one
 * write keeps both.
 */
import { BROADCAST_NUMBERS } from "./Broadcast.ts"

/** The numbers, in their order in memory and in the tables. */
export const BASELINE_NUMBERS = [
  /** End of the last slide that was learned, ms since the epoch. */
  "end",
  /** Slides learned since the last break, after which a known stream begins with a few. */
  "slides",
  /** Distinct people in a reaction span: mean, and mean absolute deviation of clipped residuals. */
  "people",
  "peopleDeviation",
  /** Most people who share one word or class: mean and deviation as above. */
  "unison",
  "unisonDeviation",
  /**
   * Mean of the people in about the last minute, and the level that people had before they became
   * fewer.
   */
  "recent",
  "former",
  /** Mean of the messages in a span. */
  "messages",
  /** Viewers: mean, deviation, the last sample and the end of its slide. */
  "viewers",
  "viewersDeviation",
  "viewersLast",
  "viewersEnd",
  /**
   * Mood of distinct texts, -1 to 1: number of recent texts, sum of their scores, usual mean, usual
   * deviation, deviation of one text's score.
   */
  "moodTexts",
  "moodSum",
  "mood",
  "moodDeviation",
  "moodSpread",
  /** A moment opens only above it; decays. */
  "held",
  /** Recent moments, decaying. */
  "moments",
  /**
   * A possible silence: the end of its first slide (0 = none), the usual people before it. Then the
   * end of the slide since which people write again (0 = still silent).
   */
  "quietSince",
  "quietUsual",
  "quietStir",
  /**
   * A possible loss of viewers: the end of its first slide (0 = none), its score then, the usual
   * viewers before it.
   */
  "lossSince",
  "lossScore",
  "lossUsual",
  /**
   * The latest rise or turn: its timestamp (0 = none), its end, which parts took part (a sum of
   * bits), its greatest score.
   */
  "momentAt",
  "momentEnd",
  "momentParts",
  "momentPeak"
] as const

/** All numbers of a stream, in their order in memory and in the tables. */
export const STREAM_NUMBERS = [...BASELINE_NUMBERS, ...BROADCAST_NUMBERS] as const

/** A stream that has been gone for longer is a new one. */
export const REMEMBERED_MS = 8 * 24 * 3_600_000

/** Every stream's baseline is stored once in so many slides. */
export const STORE_SLIDES = 30

/**
 * One stream's numbers as a row, in the order of {@link STREAM_NUMBERS}. Every number is finite.
 */
export interface BaselineRow {
  readonly stream: string
  readonly numbers: ReadonlyArray<number>
}

const END = BASELINE_NUMBERS.indexOf("end")

/** End of the last slide that was learned. */
export const baselineEnd = ({ numbers, stream }: BaselineRow): number => {
  const endMs = numbers[END]
  if (endMs === undefined) throw new RangeError(`the baseline of stream ${JSON.stringify(stream)} has no end`)
  return endMs
}
