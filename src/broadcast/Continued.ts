/** The state of a broadcast in whose middle the known slides begin. */
import { type BaselineRow, STREAM_NUMBERS } from "../domain/Baseline.ts"
import type { Broadcast } from "../domain/Broadcast.ts"

const ZEROS = STREAM_NUMBERS.map(() => 0)
const STARTED_AT = STREAM_NUMBERS.indexOf("startedAt")
const ENDED_AT = STREAM_NUMBERS.indexOf("endedAt")

/**
 * The numbers of a stream of which nothing is known at `atMs` but its broadcast, which began before
 * (open bound). The slides that end at or after `atMs` (closed bound) follow: they continue the
 * broadcast if it ended after `atMs`. Its sums then lack what came before.
 */
export const continuedAt = (
  atMs: number,
  { endedAtMs, startedAtMs, stream }: Pick<Broadcast, "stream" | "startedAtMs" | "endedAtMs">
): BaselineRow => ({
  stream,
  numbers: ZEROS.with(STARTED_AT, startedAtMs).with(ENDED_AT, Math.min(endedAtMs, atMs))
})
