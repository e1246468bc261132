/**
 * Commits a flush in one transaction, whose first statement advances the task's checkpoint. If the
 * checkpoint is at another flush or epoch, nothing is written.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { InputCheckpoint } from "../../domain/Checkpoint.ts"
import type { Flush } from "../../domain/Flush.ts"
import type { NotifyRule } from "../../domain/Notification.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { number } from "../../domain/Wording.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { isDuplicateKey } from "../../postgres/SqlErrors.ts"
import { type CommitOutcome, ResultStoreError } from "../ResultStore.ts"
import { type Adopted, mayReplace } from "./Adopted.ts"
import { writeBaselines } from "./Baselines.ts"
import { writeBroadcasts } from "./Broadcasts.ts"
import { advance, advanceAll, readPosition } from "./Checkpoints.ts"
import { writeDeadLetters } from "./DeadLetters.ts"
import { insertGaps, insertRows } from "./Insert.ts"
import { insertNotifications, readNotifications } from "./Notifications.ts"
import type { Partitions } from "./Partitions.ts"
import { writeResults } from "./Results.ts"
import { insertQuotedMoments } from "./Samples.ts"
import { insertApplied } from "./Sensitivity.ts"

export interface CommitOptions {
  readonly place: Place
  readonly partitions: Partitions
  /** As read at the start. */
  readonly adopted: Adopted
  readonly announce: Effect.Effect<void>
  /** The limit of all dead letters of a day. */
  readonly bytesPerDay: number
  /** The targets of notifications. */
  readonly notify: ReadonlyArray<NotifyRule>
}

/** The range of records that a flush may contain. */
const offsetsOf = (input: InputCheckpoint): string =>
  `${partitionLabel(input)} offsets ${input.rereadOffset} to ${input.nextOffset}`

const dayIsFull = (bytesPerDay: number): string =>
  `Table dead_letters holds the ${number(bytesPerDay)} bytes of DEAD_LETTER_BYTES_PER_DAY for today: ` +
  "further dead letters are dropped and counted in telemetra_dead_letters_dropped_total until midnight UTC. " +
  "Run `telemetra dead-letters list`, and correct the producer"

/**
 * Writes all but the checkpoint. `replacesOwn`: whether rows of the task may be in the table
 * already.
 */
const writeContent = (flush: Flush, { adopted, bytesPerDay, notify }: CommitOptions, replacesOwn: boolean) =>
  Effect.gen(function* () {
    const { flushNumber, inputs, sourcePartition, window } = flush.checkpoint
    const writer = { sourcePartition, flush: flushNumber }
    const notifications = yield* readNotifications(notify, sourcePartition, flush.moments)
    const refused = yield* writeResults(flush, {
      rows: insertRows(writer, { adopted: mayReplace(adopted, flush.rows), own: replacesOwn }),
      moments: insertQuotedMoments(writer)
    })
    yield* insertNotifications(writer, notifications)
    const letters = yield* writeDeadLetters({ letters: flush.deadLetters, sourcePartition, inputs, bytesPerDay })
    const refusedBaselines = yield* writeBaselines(writer, window, flush.baselines)
    const refusedBroadcasts = yield* writeBroadcasts(writer, flush.broadcasts)
    if (flush.sensitivity !== undefined) yield* insertApplied(writer, flush.sensitivity)
    if (flush.gaps.length > 0) yield* insertGaps(flush.gaps)
    return { refused: [...refused, ...letters.refused, ...refusedBaselines, ...refusedBroadcasts], letters }
  })

type Content = Effect.Success<ReturnType<typeof writeContent>>

/** Returns `undefined` if the checkpoint did not advance. */
const write = (flush: Flush, options: CommitOptions, replacesOwn: boolean) =>
  Effect.flatMap(advance(flush), (advanced) =>
    advanced ? writeContent(flush, options, replacesOwn) : Effect.undefined
  )

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
  const { partitions, place } = options
  const sql = yield* SqlClient
  yield* partitions.ensure(flush.rows.map((row) => row.startMs))
  // Rows are new unless an operator set the checkpoint back. Only then do they replace stored ones.
  const written = yield* Effect.catchIf(sql.withTransaction(write(flush, options, false)), isDuplicateKey, () =>
    sql.withTransaction(write(flush, options, true))
  )
  return written === undefined ? yield* outcomeOf(flush.checkpoint, place) : yield* committed(flush, written, options)
})

/** Announces a durable flush, and reports what is missing from it. */
const committed = Effect.fnUntraced(function* (
  { checkpoint: { flushNumber, inputs, sourcePartition } }: Flush,
  { letters, refused }: Content,
  { announce, bytesPerDay }: CommitOptions
) {
  yield* announce
  if (letters.isFirstDrop) yield* Effect.logWarning(dayIsFull(bytesPerDay))
  for (const item of refused) {
    yield* Effect.logError(
      `PostgreSQL cannot store this data, so flush ${flushNumber} of task ${sourcePartition} was committed without it: ${item}. It came from ${inputs.map(offsetsOf).join(", ")} or before`
    )
  }
  const [refusal] = refused
  const outcome: CommitOutcome = {
    _tag: "Committed",
    refusedRows: refused.length,
    ...(refusal === undefined ? {} : { refusal }),
    ...(letters.dropped === 0 ? {} : { droppedDeadLetters: letters.dropped })
  }
  return outcome
})

/** Rows, moments, baselines and broadcasts of a small flush, at most. */
const SMALL = 500

/**
 * Whether a flush may share a transaction: it is small, and it changes nothing that other tasks
 * change too.
 */
export const isSmall = (
  { baselines, broadcasts, deadLetters, gaps, moments, rows }: Flush,
  { adopted }: Pick<CommitOptions, "adopted">
): boolean =>
  rows.length + moments.length + baselines.length + broadcasts.length <= SMALL &&
  deadLetters.length === 0 &&
  gaps.length === 0 &&
  !mayReplace(adopted, rows)

/**
 * Commits small flushes in one transaction. Returns the outcomes of the durable ones. A flush whose
 * checkpoint did not advance is left out. A failure undoes them all.
 */
export const commitTogether = Effect.fnUntraced(function* (flushes: ReadonlyArray<Flush>, options: CommitOptions) {
  const sql = yield* SqlClient
  yield* options.partitions.ensure(flushes.flatMap(({ rows }) => rows.map(({ startMs }) => startMs)))
  const written = yield* sql.withTransaction(
    Effect.gen(function* () {
      const advanced = yield* advanceAll(flushes)
      return yield* Effect.forEach(advanced, (flush) =>
        Effect.map(writeContent(flush, options, false), (content) => ({ flush, content }))
      )
    })
  )
  const outcomes = yield* Effect.forEach(written, ({ content, flush }) =>
    Effect.map(committed(flush, content, options), (outcome) => [flush, outcome] as const)
  )
  return new Map(outcomes)
})
