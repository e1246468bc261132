/** The log in a table keeps the contract of sources. */
import { layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { TaskDefinition } from "../../src/domain/Task.ts"
import { EventLog } from "../../src/source/EventLog.ts"
import { EventWriter } from "../../src/source/EventWriter.ts"
import * as LocalLog from "../../src/source/local/LocalLog.ts"
import * as LocalWriter from "../../src/source/local/LocalWriter.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { type Check, eventLogContract, type OpenedLog } from "./EventLogContract.ts"

const TOPICS = { chat: "chat", viewer: "viewers" }

const TASK: TaskDefinition = {
  sourcePartition: 0,
  inputs: [
    { kind: "chat", topic: TOPICS.chat, partition: 0 },
    { kind: "viewer", topic: TOPICS.viewer, partition: 0 }
  ]
}

/** The values go in several appends. */
const APPEND = 500

const open = (values: readonly [ReadonlyArray<string>, ReadonlyArray<string>]) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const schema = freshSchema()
    const database = yield* Layer.build(
      Layer.provideMerge(PostgresTables.store(schema), PostgresTables.database(schema)).pipe(Layer.orDie)
    )
    const sql = Context.get(database, SqlClient)
    const options = { postgres, schema, topics: TOPICS }
    const services = yield* Layer.build(
      Layer.merge(
        LocalLog.layer({ ...options, taskScope: "partition", maxValueBytes: 1_000_000 }),
        LocalWriter.layer(options)
      )
    )
    const writer = Context.get(services, EventWriter)
    const append = (input: number, more: ReadonlyArray<string>) =>
      writer
        .append(
          more.map((value) => ({
            kind: input === 0 ? ("chat" as const) : ("viewer" as const),
            stream: "demo",
            timestampMs: Date.now(),
            value
          }))
        )
        .pipe(Effect.orDie)
    // A topic without a record has no head yet.
    for (const [input, some] of values.entries()) {
      for (let from = 0; from < some.length; from += APPEND) yield* append(input, some.slice(from, from + APPEND))
    }
    const opened: OpenedLog = {
      log: Context.get(services, EventLog),
      task: TASK,
      holds: values.map((some) => some.map((value, index) => ({ offset: BigInt(index), value }))),
      ends: values.map(({ length }) => BigInt(length)),
      append,
      // As retention does, within a day.
      lose: (input, before) =>
        Effect.gen(function* () {
          const topic = TASK.inputs[input]?.topic ?? ""
          yield* sql`UPDATE local_log_heads SET start_offset = ${before} WHERE topic = ${topic}`
          yield* sql`DELETE FROM local_log WHERE topic = ${topic} AND "offset" < ${before}`
        }).pipe(sql.withTransaction, Effect.orDie)
    }
    return opened
  })

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })(
  "the local log keeps the contract of sources",
  (it) => {
    const check: Check<PostgresHarness.Postgres> = (name, test) => it.effect(name, () => test)
    const can = { grow: true, lose: true, refuseBeyondEnd: true, startLatest: false, serveSeveral: true }
    eventLogContract({ open, can }, check)
  }
)
