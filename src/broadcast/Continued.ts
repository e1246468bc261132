/** The state of a broadcast in whose middle the known slides begin. */
import { type BaselineRow, STREAM_NUMBERS } from "../domain/Baseline.ts"
import type { Broadcast } from "../domain/Broadcast.ts"

const ZEROS = STREAM_NUMBERS.map(() => 0)
const STARTED_AT = STREAM_NUMBERS.indexOf("startedAt")
const ENDED_AT = STREAM_NUMBERS.indexOf("endedAt")

/**
 * The numbers of a stream of which nothing is known but its broadcast, which began before the
 * slides that follow. They continue it, unless it had ended. Its sums then lack what came before.
 */
export const continued = ({
  endedAtMs,
  startedAtMs,
  stream
}: Pick<Broadcast, "stream" | "startedAtMs" | "endedAtMs">): BaselineRow => ({
  stream,
  numbers: ZEROS.with(STARTED_AT, startedAtMs).with(ENDED_AT, endedAtMs)
})
