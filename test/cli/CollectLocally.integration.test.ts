/** COLLECT without Kafka: `run` collects into the local log and reads it; `collect` fills it. */
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { freePort } from "../harness/FreePort.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import type { Post } from "../harness/twitch/Lines.ts"
import { startTwitchServer } from "../harness/twitch/TwitchServer.ts"
import { until, untilTrue } from "../harness/Until.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { start, telemetra } from "./Command.ts"

const post = (id: string): Post => ({
  stream: "one",
  id,
  timeMs: Date.now(),
  user: "ann",
  userId: "1",
  text: `hello ${id}`,
  emotes: [],
  badges: [],
  bits: 0
})

/** The ids of the messages in the local log, in its order. */
const ids = Effect.gen(function* () {
  const sql = yield* SqlClient
  const rows = yield* sql.unsafe<{ id: string }>(
    `SELECT convert_from(value, 'UTF8')::json ->> 'event_id' AS id FROM local_log ORDER BY topic, "offset"`
  )
  return rows.map(({ id }) => id)
})

const idsFrom = (from: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `m${from + index}`)

const environment = Effect.fnUntraced(function* (schema: string) {
  const { postgres } = yield* PostgresHarness.Postgres
  const twitch = yield* startTwitchServer()
  const env = {
    ...postgresVariables(postgres, schema),
    ...twitch.variables(),
    EMOTE_LISTS: "none",
    HTTP_PORT: String(yield* Effect.promise(freePort))
  }
  return { twitch, env }
})

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })("chat in the local log", (it) => {
  it.effect("run collects it, reports the state of each channel, and loses nothing at its stop", () =>
    Effect.gen(function* () {
      const { freshSchema } = yield* PostgresHarness.Postgres
      const schema = freshSchema()
      const { env, twitch } = yield* environment(schema)
      const doctor = yield* telemetra(["doctor"], { env: { ...env, COLLECT: "twitch:one two" } })
      assert.strictEqual(doctor.code, 78)
      assert.match(doctor.stdout, /^failure +configuration +COLLECT=.*"one two".* A Twitch channel has/m)

      const worker = yield* start(["run"], { env: { ...env, COLLECT: "https://twitch.tv/One" } })
      const output = () => `${worker.printed().stdout}${worker.printed().stderr}`
      yield* untilTrue("the channel is joined", () => output().includes("Reading chat of twitch:one"), output)
      assert.include(output(), "  collects twitch:one\n")
      const status = yield* Effect.promise(async () => {
        const response = await fetch(`http://127.0.0.1:${env.HTTP_PORT}/api/v1/status`)
        return (await response.json()) as { readonly collects: unknown }
      })
      assert.deepStrictEqual(status.collects, {
        channels: [{ channel: "twitch:one", state: "reading", reason: null }],
        first_rows_after_ms: 25_000
      })
      twitch.chat.post(idsFrom(0, 300).map(post))
      yield* Effect.promise(() => twitch.chat.barrier())
      // The collector has received everything, and appends it before it ends.
      yield* worker.signal("SIGTERM")
      const { code } = yield* worker.ended
      assert.strictEqual(code, 0, output())
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* ids, idsFrom(0, 300))
      }).pipe(Effect.provide(PostgresTables.database(schema)))
    })
  )

  it.effect("collect creates the tables and fills the log that a worker reads", () =>
    Effect.gen(function* () {
      const { freshSchema } = yield* PostgresHarness.Postgres
      const schema = freshSchema()
      const { env, twitch } = yield* environment(schema)
      const collector = yield* start(["collect", "twitch:one"], { env })
      const output = () => `${collector.printed().stdout}${collector.printed().stderr}`
      yield* untilTrue("the channel is joined", () => twitch.chat.joined.size === 1, output)
      twitch.chat.post(idsFrom(0, 100).map(post))
      yield* Effect.promise(() => twitch.chat.barrier())
      const worker = yield* start(["run"], { env: { ...env, SOURCE: "local" } })
      yield* untilTrue(
        "the worker reads the local log",
        () => /[1-9]\S* rows?,/.test(worker.printed().stdout),
        () => JSON.stringify(worker.printed())
      )
      yield* collector.signal("SIGTERM")
      assert.strictEqual((yield* collector.ended).code, 0, output())
      yield* worker.signal("SIGTERM")
      yield* worker.ended
      yield* Effect.gen(function* () {
        assert.deepStrictEqual(yield* ids, idsFrom(0, 100))
      }).pipe(Effect.provide(PostgresTables.database(schema)))
    })
  )

  it.effect("run appends what it collected before it ends with a failure of the worker", () =>
    Effect.gen(function* () {
      const { freshSchema } = yield* PostgresHarness.Postgres
      const schema = freshSchema()
      const { env, twitch } = yield* environment(schema)
      const worker = yield* start(["run"], { env: { ...env, COLLECT: "twitch:one", SHUTDOWN_TIMEOUT: "60 s" } })
      const output = () => `${worker.printed().stdout}${worker.printed().stderr}`
      const hasTen = Effect.map(ids, ({ length }) => (length === 10 ? true : undefined))
      yield* Effect.gen(function* () {
        yield* untilTrue("the channel is joined", () => output().includes("Reading chat of twitch:one"), output)
        twitch.chat.post(idsFrom(0, 10).map(post))
        yield* until("the first messages are appended", hasTen)
        const sql = yield* SqlClient
        const locked = yield* Deferred.make<void>()
        const released = yield* Deferred.make<void>()
        // Appends wait.
        const holding = yield* sql
          .withTransaction(
            Effect.gen(function* () {
              yield* sql`LOCK TABLE local_log_writers IN ACCESS EXCLUSIVE MODE`
              yield* Deferred.succeed(locked, undefined)
              yield* Deferred.await(released)
            })
          )
          .pipe(Effect.forkScoped)
        yield* Deferred.await(locked)
        twitch.chat.post(idsFrom(10, 40).map(post))
        yield* Effect.promise(() => twitch.chat.barrier())
        // A hole: the worker cannot read on.
        yield* sql`UPDATE local_log_heads SET next_offset = next_offset + 1`
        yield* untilTrue("the worker fails", () => output().includes("appending what was collected"), output)
        yield* Deferred.succeed(released, undefined)
        yield* Fiber.join(holding)
        const { code } = yield* worker.ended
        assert.strictEqual(code, 65, output())
        assert.deepStrictEqual(yield* ids, idsFrom(0, 50))
      }).pipe(Effect.provide(PostgresTables.database(schema)))
    })
  )

  it.effect("run ends with the exit code of wrong credentials", () =>
    Effect.gen(function* () {
      const { freshSchema } = yield* PostgresHarness.Postgres
      const { env, twitch } = yield* environment(freshSchema())
      const worker = yield* start(["run"], {
        env: {
          ...env,
          ...twitch.variables({ withViewers: true }),
          COLLECT: "twitch:one",
          TWITCH_CLIENT_SECRET: "no-such-secret"
        }
      })
      const { code, stderr } = yield* worker.ended
      assert.strictEqual(code, 77, stderr)
      assert.include(stderr, "TWITCH_CLIENT_SECRET")
    })
  )
})
