/**
 * The log in PostgreSQL as an {@link EventLog}. It reads by offset, and polls one small table while
 * it has nothing to read. Any number of processes may read it, but one task reads all of it.
 */
import { type Duration, Effect, Layer, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { Batch, LogRecord } from "../../domain/Batch.ts"
import { present } from "../../domain/Invariant.ts"
import { RecordsBuilder } from "../../domain/RecordsBuilder.ts"
import { ALL_PARTITIONS, type Input, type InputKind, type TaskDefinition } from "../../domain/Task.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { type Demand, emptyBatch, EventLog, EventLogError, positionOf } from "../EventLog.ts"
import { type Extent, PARTITION, readExtents } from "./Heads.ts"
import { type Calling, calling, type LocalDatabaseOptions, placeOf, pool } from "./LocalDatabase.ts"
import { Outage } from "./Outage.ts"
import { findDay, readRecords } from "./Records.ts"
import { dropForever } from "./Retention.ts"

export interface LocalLogOptions extends LocalDatabaseOptions {
  readonly topics: Readonly<Record<InputKind, string>>
  readonly taskScope: "partition" | "all"
  /**
   * Longer values are cut at this size. With one byte more than MAX_EVENT_BYTES, decoding reports
   * them as too large while memory stays bounded.
   */
  readonly maxValueBytes: number
  /** Days that ended longer ago are dropped. By default this reader drops none. */
  readonly retention?: Duration.Duration
}

/** How long a reader without new records waits between two polls. */
const POLL = "100 millis"

const outOfRange = ({ partition, topic }: Input, expected: bigint, { end, start }: Extent): EventLogError => {
  const range = { topic, partition, expected, start, end }
  const cause =
    expected < start
      ? `was deleted: the log starts at ${start}; ${start - expected} offsets were lost to retention (LOCAL_LOG_RETENTION)`
      : `is beyond the log's end ${end}: table local_log lost records. Restore all tables of the schema together, or start over with another POSTGRES_SCHEMA`
  return new EventLogError({
    reason: "OffsetOutOfRange",
    range,
    detail: `Local log ${partitionLabel(range)}: offset ${expected} ${cause}`
  })
}

const incomplete = (input: Input, offset: bigint, { end, start }: Extent): EventLogError =>
  new EventLogError({
    reason: "Unreadable",
    detail: `Local log ${partitionLabel(input)}: offset ${offset} is missing, although the log holds ${start} to ${end}: rows of table local_log were deleted by hand. Nothing was skipped. Restore the tables, or set start_offset of local_log_heads to the next offset that exists`
  })

/** The records without a hole: those before the first one that does not follow. */
const contiguous = (records: ReadonlyArray<LogRecord>, from: bigint): ReadonlyArray<LogRecord> => {
  const hole = records.findIndex(({ offset }, index) => offset !== from + BigInt(index))
  return hole < 0 ? records : records.slice(0, hole)
}

/** Reads one task. Its state is what the last polls have found. */
class Reader {
  readonly #inputs: ReadonlyArray<Input>
  readonly #topics: ReadonlyArray<string>
  readonly #maxValueBytes: number
  readonly outage = new Outage()
  /** The extents at the last poll; none before the first one. */
  #extents: ReadonlyArray<Extent> = []
  /** Per input, the day of its last read. */
  readonly #days = new Map<number, string>()

  constructor({ inputs }: TaskDefinition, maxValueBytes: number) {
    this.#inputs = inputs
    this.#topics = inputs.map(({ topic }) => topic)
    this.#maxValueBytes = maxValueBytes
  }

  /** The next batch of the first demanded input that has records; empty after one poll without. */
  next(at: ReadonlyArray<bigint>, demand: Demand): Effect.Effect<Batch, SqlError | EventLogError, SqlClient> {
    return Effect.gen({ self: this }, function* () {
      const known = yield* this.#read(at, demand())
      if (known !== undefined) return known
      if (this.#extents.length > 0) yield* Effect.sleep(POLL)
      const demanded = demand()
      yield* this.#poll(at, demanded)
      return (yield* this.#read(at, demanded)) ?? emptyBatch(demanded, at)
    })
  }

  #poll(at: ReadonlyArray<bigint>, demanded: ReadonlyArray<number>) {
    return Effect.gen({ self: this }, function* () {
      this.#extents = yield* readExtents(this.#topics)
      for (const input of demanded) {
        const extent = present(this.#extents[input], "every input has an extent")
        const position = positionOf(at, input)
        if (position < extent.start || position > extent.end) {
          return yield* outOfRange(this.#of(input), position, extent)
        }
      }
    })
  }

  #of(input: number): Input {
    return present(this.#inputs[input], "demand names inputs of the task")
  }

  #read(at: ReadonlyArray<bigint>, demanded: ReadonlyArray<number>) {
    return Effect.gen({ self: this }, function* () {
      for (const input of demanded) {
        const extent = this.#extents[input]
        const position = positionOf(at, input)
        if (extent === undefined || position >= extent.end) continue
        const records = yield* this.#records(input, position)
        if (records.length > 0) {
          const batch: Batch = {
            input,
            records: RecordsBuilder.of(records),
            nextOffset: position + BigInt(records.length)
          }
          return batch
        }
        // Either retention has dropped the offset since the poll, which the next poll reports, or
        // it is missing.
        yield* this.#poll(at, [input])
        return yield* incomplete(this.#of(input), position, present(this.#extents[input], "there was a poll"))
      }
      return undefined
    })
  }

  /** Records from a position on that is before the end; none if they are not there. */
  #records(input: number, position: bigint) {
    return Effect.gen({ self: this }, function* () {
      const { topic } = this.#of(input)
      const known = this.#days.get(input)
      if (known !== undefined) {
        const records = contiguous(yield* readRecords(topic, known, position, this.#maxValueBytes), position)
        if (records.length > 0) return records
      }
      const day = yield* findDay(topic, position)
      if (day === undefined || day === known) return []
      this.#days.set(input, day)
      return contiguous(yield* readRecords(topic, day, position, this.#maxValueBytes), position)
    })
  }
}

const tasksOf = ({ taskScope, topics }: LocalLogOptions): ReadonlyArray<TaskDefinition> => [
  {
    sourcePartition: taskScope === "all" ? ALL_PARTITIONS : PARTITION,
    inputs: [
      { kind: "chat", topic: topics.chat, partition: PARTITION },
      { kind: "viewer", topic: topics.viewer, partition: PARTITION }
    ]
  }
]

const serviceOf = (options: LocalLogOptions, call: Calling): EventLog["Service"] => {
  const tasks = tasksOf(options)

  const extentsOf = ({ inputs }: TaskDefinition) =>
    readExtents(inputs.map(({ topic }) => topic)).pipe(call("read the ends of the local log"))

  const endsOf = (task: TaskDefinition) => Effect.map(extentsOf(task), (extents) => extents.map(({ end }) => end))

  /** PostgreSQL may be away for any time: until it replies, time passes without records. */
  const nextOf = (reader: Reader, at: ReadonlyArray<bigint>, demand: Demand) =>
    Effect.gen(function* () {
      const { outage } = reader
      if (yield* outage.isPaused) {
        yield* Effect.sleep(POLL)
        return emptyBatch(demand(), at)
      }
      return yield* reader.next(at, demand).pipe(
        call("read the local log"),
        Effect.tap(() => outage.end),
        Effect.catchIf(
          (error) => error.isRetryable,
          (error) => Effect.as(outage.attempt(error), emptyBatch(demand(), at))
        )
      )
    })

  return {
    assignments: Stream.concat(Stream.make({ generation: 1, tasks, allTasks: tasks.length }), Stream.never),
    startOffsets: (task) => Effect.map(extentsOf(task), (extents) => extents.map(({ start }) => start)),
    endOffsets: endsOf,
    readableEnds: endsOf,
    openTransactions: () => Effect.succeed([]),
    problem: Effect.undefined,
    commit: () => Effect.void,
    read: (task, positions, demand) =>
      Stream.suspend(() => {
        const reader = new Reader(task, options.maxValueBytes)
        return Stream.unfold(positions, (at) =>
          Effect.map(nextOf(reader, at, demand), (batch) => [batch, at.with(batch.input, batch.nextOffset)] as const)
        )
      })
  }
}

/** The log over the pool that is given. The tables must exist. */
export const layerNoDeps = (options: LocalLogOptions): Layer.Layer<EventLog, never, SqlClient> =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const call = calling(placeOf(options), yield* SqlClient)
      if (options.retention !== undefined) yield* Effect.forkScoped(dropForever(options.retention, call))
      return serviceOf(options, call)
    })
  )

/** The log with sessions of its own. Building it connects. The tables must exist. */
export const layer = (options: LocalLogOptions): Layer.Layer<EventLog, EventLogError> =>
  Layer.provide(layerNoDeps(options), pool(options))
