/** Whether the log still holds what the tasks want next, while both may move: a worker reads, producers write, retention deletes. */
import { Effect } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import type { PostgresError } from "../postgres/PostgresError.ts"
import type { ResultStoreError } from "../sink/ResultStore.ts"
import type { EventLogError } from "../source/EventLog.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { after, both, type Checked, doubtful, fine, type Look, wrong } from "./Check.ts"

/** An offset of each partition, by {@link partitionLabel}. */
export type Offsets = ReadonlyMap<string, bigint>

/** Each call reads the present state again. */
export interface PositionSources {
  readonly starts: Effect.Effect<Offsets, EventLogError>
  readonly checkpoints: Effect.Effect<ReadonlyArray<Checkpoint>, PostgresError | ResultStoreError>
  readonly ends: Effect.Effect<Offsets, EventLogError>
}

/** A position beyond the log's end is reported only if this many looks in succession find it. */
const LOOKS = 3
const PAUSE = "500 millis"

interface Found {
  readonly beyond: ReadonlyArray<string>
  readonly lost: ReadonlyArray<string>
}

/**
 * Compares once. The order matters: a log's start never moves back, and a checkpoint never lies beyond an end that is read after it. So progress between two of the reads is never a
 * finding.
 */
const look = Effect.fnUntraced(function* ({ checkpoints, ends, starts }: PositionSources) {
  const from = yield* starts
  const standing = yield* checkpoints
  const to = yield* ends
  const beyond: Array<string> = []
  const lost: Array<string> = []
  for (const input of standing.flatMap(({ inputs }) => inputs)) {
    const name = partitionLabel(input)
    const end = to.get(name)
    const start = from.get(name)
    if (end === undefined) beyond.push(`${name} does not exist`)
    else if (input.nextOffset > end) beyond.push(`${name} ends at ${end}, ${input.nextOffset} is wanted`)
    else if (start !== undefined && input.rereadOffset < start) lost.push(`${start - input.rereadOffset} of ${name}`)
  }
  const found: Found = { beyond, lost }
  return found
})

const positions = Effect.fnUntraced(function* (
  sources: PositionSources
): Effect.fn.Return<Look<void>, EventLogError | PostgresError | ResultStoreError> {
  let found = yield* look(sources)
  // a leader that has just changed, or a restored table, may be behind for an instant
  for (let again = 1; again < LOOKS && found.beyond.length > 0; again++) {
    yield* Effect.sleep(PAUSE)
    found = yield* look(sources)
  }
  if (found.beyond.length > 0) {
    return wrong(
      `${found.beyond.join("; ")}: the topic was made anew or lost records`,
      `start over with another KAFKA_GROUP_ID and POSTGRES_SCHEMA`,
      ExitCode.data
    )
  }
  return found.lost.length > 0
    ? doubtful(
        `records that were not read yet are gone with the topic's retention: ${found.lost.join(", ")}`,
        "raise retention.ms, and keep a worker running; the windows touched will have complete = false",
        undefined
      )
    : fine("within the logs", undefined)
})

/** Looks once both servers have answered. */
export const positionCheck = (
  checkpoints: Checked<ReadonlyArray<Checkpoint>>,
  extents: Checked<unknown>,
  sources: PositionSources
) => after(both(checkpoints, extents), "positions", undefined, () => positions(sources))
