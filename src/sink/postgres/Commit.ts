/**
 * Commits a flush in one transaction, whose first statement advances the task's checkpoint. If the
 * checkpoint is at another flush or epoch, nothing is written.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { InputCheckpoint } from "../../domain/Checkpoint.ts"
import type { Flush } from "../../domain/Flush.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { number } from "../../domain/Wording.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { isDuplicateKey } from "../../postgres/SqlErrors.ts"
import { type CommitOutcome, ResultStoreError } from "../ResultStore.ts"
import { type Adopted, mayReplace } from "./Adopted.ts"
import { writeBaselines } from "./Baselines.ts"
import { advance, readPosition } from "./Checkpoints.ts"
import { writeDeadLetters } from "./DeadLetters.ts"
import { insertGaps, insertMoments, insertRows } from "./Insert.ts"
import type { Partitions } from "./Partitions.ts"
import { writeResults } from "./Results.ts"

export interface CommitOptions {
  readonly place: Place
  readonly partitions: Partitions
  /** As read at the start. */
  readonly adopted: Adopted
  readonly announce: Effect.Effect<void>
  /** The limit of all dead letters of a day. */
  readonly bytesPerDay: number
}

/** The range of records that a flush may contain. */
const offsetsOf = (input: InputCheckpoint): string =>
  `${partitionLabel(input)} offsets ${input.rereadOffset} to ${input.nextOffset}`

const dayIsFull = (bytesPerDay: number): string =>
  `Table dead_letters holds the ${number(bytesPerDay)} bytes of DEAD_LETTER_BYTES_PER_DAY for today: ` +
  "further dead letters are dropped and counted in telemetra_dead_letters_dropped_total until midnight UTC. " +
  "Run `telemetra dead-letters list`, and correct the producer"

/**
 * Returns `undefined` if the checkpoint did not advance. `replacesOwn`: whether rows of the task
 * may be in the table already.
 */
const write = (flush: Flush, { adopted, bytesPerDay }: CommitOptions, replacesOwn: boolean) =>
  Effect.gen(function* () {
    if (!(yield* advance(flush))) return undefined
    const { flushNumber, inputs, sourcePartition, window } = flush.checkpoint
    const writer = { sourcePartition, flush: flushNumber }
    const refused = yield* writeResults(flush, {
      rows: insertRows(writer, { adopted: mayReplace(adopted, flush.rows), own: replacesOwn }),
      moments: insertMoments(writer)
    })
    const letters = yield* writeDeadLetters({ letters: flush.deadLetters, sourcePartition, inputs, bytesPerDay })
    const refusedBaselines = yield* writeBaselines(writer, window, flush.baselines)
    if (flush.gaps.length > 0) yield* insertGaps(flush.gaps)
    return { refused: [...refused, ...letters.refused, ...refusedBaselines], letters }
  })

/** Why a checkpoint did not advance. */
const outcomeOf = Effect.fnUntraced(function* (
  { epoch, flushNumber, sourcePartition }: Flush["checkpoint"],
  place: Place
): Effect.fn.Return<CommitOutcome, ResultStoreError | SqlError, SqlClient> {
  const position = yield* readPosition(place, sourcePartition)
  if (position.epoch !== BigInt(epoch)) return { _tag: "Fenced", epoch: Number(position.epoch) }
  if (position.flush === BigInt(flushNumber)) return { _tag: "AlreadyCommitted" }
  return yield* new ResultStoreError({
    reason: "Checkpoint",
    detail: `${serverAt(place)}: the checkpoint of task ${sourcePartition} is at flush ${position.flush} of epoch ${epoch}, so flush ${flushNumber} cannot be committed. Restart the worker`
  })
})

export const commit = Effect.fnUntraced(function* (
  flush: Flush,
  options: CommitOptions
): Effect.fn.Return<CommitOutcome, ResultStoreError | SqlError, SqlClient> {
  const { announce, bytesPerDay, partitions, place } = options
  const { flushNumber, inputs, sourcePartition } = flush.checkpoint
  const sql = yield* SqlClient
  yield* partitions.ensure(flush.rows.map((row) => row.startMs))
  // Rows are new unless an operator set the checkpoint back. Only then do they replace stored ones.
  const written = yield* Effect.catchIf(sql.withTransaction(write(flush, options, false)), isDuplicateKey, () =>
    sql.withTransaction(write(flush, options, true))
  )
  if (written === undefined) return yield* outcomeOf(flush.checkpoint, place)
  const { letters, refused } = written
  yield* announce
  if (letters.isFirstDrop) yield* Effect.logWarning(dayIsFull(bytesPerDay))
  for (const item of refused) {
    yield* Effect.logError(
      `PostgreSQL cannot store this data, so flush ${flushNumber} of task ${sourcePartition} was committed without it: ${item}. It came from ${inputs.map(offsetsOf).join(", ")} or before`
    )
  }
  const [refusal] = refused
  return {
    _tag: "Committed",
    refusedRows: refused.length,
    ...(refusal === undefined ? {} : { refusal }),
    ...(letters.dropped === 0 ? {} : { droppedDeadLetters: letters.dropped })
  }
})
