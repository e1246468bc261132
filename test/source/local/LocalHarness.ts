/** A local log in a schema of its own: its writer, its reader, and its tables. */
import { Clock, Effect, Layer, type Scope, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { PostgresConfig } from "../../../src/config/AppConfig.ts"
import type { Batch } from "../../../src/domain/Batch.ts"
import { present } from "../../../src/domain/Invariant.ts"
import type { TaskDefinition } from "../../../src/domain/Task.ts"
import { type Demand, EventLog, type EventLogError } from "../../../src/source/EventLog.ts"
import { EventWriter, type NewRecord } from "../../../src/source/EventWriter.ts"
import type { LocalDatabaseOptions } from "../../../src/source/local/LocalDatabase.ts"
import * as LocalLog from "../../../src/source/local/LocalLog.ts"
import * as LocalWriter from "../../../src/source/local/LocalWriter.ts"
import { migrate } from "../../../src/sink/postgres/Migrations.ts"
import { placeOf } from "../../../src/postgres/Database.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

export const TOPICS = { chat: "chat", viewer: "viewer" } as const

/** Longer values are cut. */
export const MAX_VALUE_BYTES = 1_000_001

export const TASK: TaskDefinition = {
  sourcePartition: 0,
  inputs: [
    { kind: "chat", topic: "chat", partition: 0 },
    { kind: "viewer", topic: "viewer", partition: 0 }
  ]
}

const BOTH: Demand = () => [0, 1]

export interface World {
  readonly postgres: PostgresConfig
  readonly schema: string
  readonly options: LocalDatabaseOptions
  readonly sql: SqlClient
  /** A writer as one process has it. */
  readonly writer: Effect.Effect<EventWriter["Service"], EventLogError, Scope.Scope>
  readonly log: EventLog["Service"]
}

const open = (postgres: PostgresConfig, schema: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* migrate(placeOf({ postgres, store: { schema } }))
    const options: LocalDatabaseOptions = { postgres, schema }
    const log = LocalLog.layer({ ...options, topics: TOPICS, taskScope: "partition", maxValueBytes: MAX_VALUE_BYTES })
    const writer = Effect.map(Layer.build(Layer.fresh(LocalWriter.layer({ ...options, topics: TOPICS }))), (context) =>
      EventWriter.pipe((tag) => Effect.runSync(Effect.provideContext(tag, context)))
    )
    const world: World = {
      postgres,
      schema,
      options,
      sql,
      writer,
      log: yield* Effect.provide(EventLog, yield* Layer.build(log))
    }
    return world
  })

/** Runs the body with a log in a new schema, which is dropped at the end. */
export const withLog = <A, E>(body: (world: World) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* Postgres.Postgres
    const schema = freshSchema()
    return yield* Effect.flatMap(open(postgres, schema), body).pipe(
      Effect.provide(PostgresTables.database(schema)),
      Effect.scoped
    )
  })

export const chat = (value: string, timestampMs: number): NewRecord => ({
  kind: "chat",
  stream: "a",
  timestampMs,
  value
})
export const viewer = (value: string, timestampMs: number): NewRecord => ({
  kind: "viewer",
  stream: "a",
  timestampMs,
  value
})

/** Chat records whose values are numbers, from `from` (closed) to `to` (open). */
export const numbered = (from: number, to: number, timestampMs: number): ReadonlyArray<NewRecord> =>
  Array.from({ length: to - from }, (_, index) => chat(String(from + index), timestampMs))

const decoder = new TextDecoder()

export interface Read {
  readonly offset: bigint
  readonly timestampMs: number
  readonly value: string
}

/** The records of an input in the batches. */
export const recordsOf = (batches: ReadonlyArray<Batch>, input = 0): ReadonlyArray<Read> =>
  batches
    .filter((batch) => batch.input === input)
    .flatMap(({ records }) => [...records])
    .map(({ offset, timestampMs, value }) => ({
      offset,
      timestampMs,
      value: decoder.decode(present(value ?? undefined, "the local log has no tombstones"))
    }))

export const valuesOf = (batches: ReadonlyArray<Batch>, input = 0): ReadonlyArray<string> =>
  recordsOf(batches, input).map(({ value }) => value)

/** Reads from the positions up to the present ends. */
export const readAll = (log: EventLog["Service"], positions: ReadonlyArray<bigint> = [0n, 0n]) =>
  Effect.gen(function* () {
    const ends = yield* log.endOffsets(TASK)
    const at = [...positions]
    const isAtEnd = () => at.every((offset, input) => offset >= present(ends[input], "every input has an end"))
    if (isAtEnd()) return []
    return yield* log.read(TASK, positions, BOTH).pipe(
      Stream.tap(({ input, nextOffset }) => Effect.sync(() => (at[input] = nextOffset))),
      Stream.takeUntil(isAtEnd),
      Stream.runCollect
    )
  })

export const nowMs = Clock.currentTimeMillis
export const DAY_MS = 86_400_000
