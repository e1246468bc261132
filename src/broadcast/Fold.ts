/**
 * Folds a stream's slides into the numbers of its latest broadcast. Pure: the numbers before and
 * the slide decide. No allocation for a slide that continues a broadcast.
 *
 * All functions take the position at which the stream's {@link BROADCAST_NUMBERS} begin.
 */
import { BROADCAST_NUMBERS, type Broadcast } from "../domain/Broadcast.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import { outside } from "../domain/Invariant.ts"
import type { StreamSlide } from "../domain/Slide.ts"

const WIDTH = BROADCAST_NUMBERS.length

const offset = (name: (typeof BROADCAST_NUMBERS)[number]): number => BROADCAST_NUMBERS.indexOf(name)
const STARTED_AT = offset("startedAt")
const ENDED_AT = offset("endedAt")
const MESSAGES = offset("messages")
const SCORED = offset("scored")
const SCORE_MICRO = offset("scoreMicro")
const VIEWER_SUM = offset("viewerSum")
const VIEWER_SAMPLES = offset("viewerSamples")
/** Each is followed by its time. */
const PEAK_VIEWERS = offset("peakViewers")
const PEAK_MESSAGES = offset("peakMessages")
const PEAK_PEOPLE = offset("peakPeople")

const number = (numbers: Float64Array, at: number): number => numbers[at] ?? outside()

/** The settings that decide where a broadcast ends. */
export interface BroadcastSettings {
  readonly slideMs: number
  readonly sessionGapMs: number
}

/** Start of the stream's latest broadcast; 0 = none. */
export const startedAt = (numbers: Float64Array, at: number): number => number(numbers, at + STARTED_AT)

const isActive = ({ slideMessages, viewerSamples }: StreamSlide): boolean => slideMessages > 0 || viewerSamples > 0

/** Whether the slide, active or not, ends the latest broadcast: the pause before it is too long. */
export const ends = (
  numbers: Float64Array,
  at: number,
  { endMs }: Pick<StreamSlide, "endMs">,
  settings: BroadcastSettings
): boolean => startedAt(numbers, at) !== 0 && isOver(numbers, at, endMs, settings)

/** Whether no slide that ends at or after `endMs` (closed bound) continues the latest broadcast. */
export const isOver = (
  numbers: Float64Array,
  at: number,
  endMs: number,
  { sessionGapMs, slideMs }: BroadcastSettings
): boolean => endMs - slideMs - number(numbers, at + ENDED_AT) > sessionGapMs

const raise = (numbers: Float64Array, at: number, value: number, startMs: number): void => {
  if (number(numbers, at + 1) !== 0 && value <= number(numbers, at)) return
  numbers[at] = value
  numbers[at + 1] = startMs
}

/**
 * Adds a slide, which ends after all others of the stream. One that is not active can only end the
 * latest broadcast, which leaves zeros: so a stream whose broadcast is over can be forgotten.
 */
export const advance = (numbers: Float64Array, at: number, slide: StreamSlide, settings: BroadcastSettings): void => {
  if (ends(numbers, at, slide, settings)) numbers.fill(0, at, at + WIDTH)
  if (!isActive(slide)) return
  const { endMs, reaction, slideMessages, slideScored, slideScoreMicro, viewerSamples, viewerSum } = slide
  const startMs = endMs - settings.slideMs
  if (startedAt(numbers, at) === 0) numbers[at + STARTED_AT] = startMs
  numbers[at + ENDED_AT] = endMs
  numbers[at + MESSAGES] = number(numbers, at + MESSAGES) + slideMessages
  numbers[at + SCORED] = number(numbers, at + SCORED) + slideScored
  numbers[at + SCORE_MICRO] = number(numbers, at + SCORE_MICRO) + slideScoreMicro
  if (slideMessages > 0) raise(numbers, at + PEAK_MESSAGES, slideMessages, startMs)
  if (reaction.people > 0) raise(numbers, at + PEAK_PEOPLE, reaction.people, startMs)
  if (viewerSamples === 0) return
  numbers[at + VIEWER_SUM] = number(numbers, at + VIEWER_SUM) + viewerSum
  numbers[at + VIEWER_SAMPLES] = number(numbers, at + VIEWER_SAMPLES) + viewerSamples
  raise(numbers, at + PEAK_VIEWERS, viewerSum / viewerSamples, startMs)
}

const timeOrNull = (ms: number): EventTimeMs | null => (ms === 0 ? null : EventTimeMs(ms))

/** The stream's latest broadcast; `undefined` if it has none. Each quotient is one division. */
export const broadcastOf = (stream: string, numbers: ArrayLike<number>, at: number): Broadcast | undefined => {
  const of = (which: number): number => numbers[at + which] ?? outside()
  if (of(ENDED_AT) === 0) return undefined
  const messages = of(MESSAGES)
  const samples = of(VIEWER_SAMPLES)
  return {
    stream,
    startedAtMs: EventTimeMs(of(STARTED_AT)),
    endedAtMs: EventTimeMs(of(ENDED_AT)),
    messages,
    scored: of(SCORED),
    avgSentiment: messages === 0 ? null : of(SCORE_MICRO) / (messages * 1_000_000),
    avgViewers: samples === 0 ? null : of(VIEWER_SUM) / samples,
    peakViewers: samples === 0 ? null : of(PEAK_VIEWERS),
    peakViewersAtMs: timeOrNull(of(PEAK_VIEWERS + 1)),
    peakMessages: of(PEAK_MESSAGES),
    peakMessagesAtMs: timeOrNull(of(PEAK_MESSAGES + 1)),
    peakPeople: of(PEAK_PEOPLE),
    peakPeopleAtMs: timeOrNull(of(PEAK_PEOPLE + 1))
  }
}
