/**
 * Checks that the log still holds the next records of every task. Both may move meanwhile: a worker
 * reads, producers write, retention deletes.
 */
import { Effect } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import type { PostgresError } from "../postgres/PostgresError.ts"
import type { ResultStoreError } from "../sink/ResultStore.ts"
import type { EventLogError } from "../source/EventLog.ts"
import { ExitCode } from "../domain/ExitCode.ts"
import { after, both, type Checked, doubtful, fine, type Observation, wrong } from "./Check.ts"

/** An offset of each partition, by {@link partitionLabel}. */
export type Offsets = ReadonlyMap<string, bigint>

/** Each effect reads the current state again. */
export interface PositionSources {
  readonly starts: Effect.Effect<Offsets, EventLogError>
  readonly checkpoints: Effect.Effect<ReadonlyArray<Checkpoint>, PostgresError | ResultStoreError>
  readonly ends: Effect.Effect<Offsets, EventLogError>
}

/**
 * A position beyond the log's end is reported only if so many comparisons in succession find it.
 */
const COMPARISONS = 3
const PAUSE = "500 millis"

interface Found {
  readonly beyond: ReadonlyArray<string>
  readonly lost: ReadonlyArray<string>
}

/**
 * Compares once, in an order in which progress between two reads is never a finding. A log's start
 * never moves back, and a checkpoint is never beyond an end that is read after it.
 */
const comparePositions = Effect.fnUntraced(function* ({ checkpoints, ends, starts }: PositionSources) {
  const from = yield* starts
  const stored = yield* checkpoints
  const to = yield* ends
  const beyond: Array<string> = []
  const lost: Array<string> = []
  for (const input of stored.flatMap(({ inputs }) => inputs)) {
    const name = partitionLabel(input)
    const end = to.get(name)
    const start = from.get(name)
    if (end === undefined) beyond.push(`${name} does not exist`)
    else if (input.nextOffset > end)
      beyond.push(`${name} ends at offset ${end}, but the next offset to read is ${input.nextOffset}`)
    else if (start !== undefined && input.rereadOffset < start) lost.push(`${start - input.rereadOffset} of ${name}`)
  }
  const found: Found = { beyond, lost }
  return found
})

const positions = Effect.fnUntraced(function* (
  sources: PositionSources
): Effect.fn.Return<Observation<void>, EventLogError | PostgresError | ResultStoreError> {
  let found = yield* comparePositions(sources)
  // A new leader or a restored table may be behind for a moment.
  for (let again = 1; again < COMPARISONS && found.beyond.length > 0; again++) {
    yield* Effect.sleep(PAUSE)
    found = yield* comparePositions(sources)
  }
  if (found.beyond.length > 0) {
    return wrong(
      `${found.beyond.join("; ")}: the topic was recreated or lost records`,
      `start over with another KAFKA_GROUP_ID and POSTGRES_SCHEMA`,
      ExitCode.data
    )
  }
  return found.lost.length > 0
    ? doubtful(
        `retention deleted records that were not read yet: ${found.lost.join(", ")}`,
        "raise retention.ms (with SOURCE=local: LOCAL_LOG_RETENTION), and keep a worker running; the affected windows will have complete = false",
        undefined
      )
    : fine("within the logs", undefined)
})

/** Runs once both servers have replied. */
export const positionCheck = (
  checkpoints: Checked<ReadonlyArray<Checkpoint>>,
  extents: Checked<unknown>,
  sources: PositionSources
) => after(both(checkpoints, extents), "positions", undefined, () => positions(sources))
