/**
 * The broadcasts of a stream: its active slides, as long as no pause between two of them is longer
 * than SESSION_GAP. A slide is active if the slide alone holds a counted message or a viewer
 * sample.
 *
 *     slides of 10 s, gap 10 min     20:00:00 first message ... 21:59:55 last message
 *                                    one broadcast, from 20:00:00 to 22:00:00
 *     next message at 22:10:05       its slide begins 10:00 later: the broadcast continues
 *     next message at 22:10:15       its slide begins 10:10 later: another broadcast begins
 */
import type { EventTimeMs } from "./EventTime.ts"

/**
 * The numbers of a stream's latest broadcast so far, in their order in memory and in the tables.
 * All are 0 while the stream has no broadcast.
 */
export const BROADCAST_NUMBERS = [
  /** Start of the first and end of the last active slide, ms since the epoch. */
  "startedAt",
  "endedAt",
  "messages",
  /** Messages that have a score, and the sum of their scores in millionths. */
  "scored",
  "scoreMicro",
  /** Sum and number of the viewer samples. */
  "viewerSum",
  "viewerSamples",
  /** The greatest values of one slide, each with the start of the first slide that has it. */
  "peakViewers",
  "peakViewersAt",
  "peakMessages",
  "peakMessagesAt",
  "peakPeople",
  "peakPeopleAt"
] as const

/** The default of SESSION_GAP. */
export const SESSION_GAP_MS = 600_000

/** One broadcast of a stream in one task, as far as the task has judged it. */
export interface Broadcast {
  readonly stream: string
  /** Start of its first active slide (closed bound). */
  readonly startedAtMs: EventTimeMs
  /** End of its last active slide so far (open bound). */
  readonly endedAtMs: EventTimeMs
  readonly messages: number
  /** Messages in which the model knows something. */
  readonly scored: number
  /** Mean score over all messages, -1 to 1, as in a window's row; `null` when there are none. */
  readonly avgSentiment: number | null
  /** Mean of all viewer samples; `null` when there are none. */
  readonly avgViewers: number | null
  /** Greatest mean of the viewer samples of one slide. */
  readonly peakViewers: number | null
  /** Start of the first slide that has the peak; `null` when there is none. So are the others. */
  readonly peakViewersAtMs: EventTimeMs | null
  /** Most messages of one slide alone. */
  readonly peakMessages: number
  readonly peakMessagesAtMs: EventTimeMs | null
  /** Most distinct people in the reaction span of one active slide. */
  readonly peakPeople: number
  readonly peakPeopleAtMs: EventTimeMs | null
}

/** The key of a broadcast in its task. */
export type BroadcastKey = Pick<Broadcast, "stream" | "startedAtMs">

/** The key as text, without the task. */
export const broadcastKeyText = ({ startedAtMs, stream }: BroadcastKey): string => JSON.stringify([stream, startedAtMs])
