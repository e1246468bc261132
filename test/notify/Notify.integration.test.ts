import { createHmac } from "node:crypto"
import { assert, layer } from "@effect/vitest"
import { Clock, Duration, Effect, Fiber, Layer, Logger, Redacted } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { NotifyConfig, NotifyTarget } from "../../src/config/AppConfig.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { momentId } from "../../src/domain/Notification.ts"
import * as Notify from "../../src/notify/Notify.ts"
import { deleteAbandoned } from "../../src/sink/postgres/Notifications.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { flushOf, momentOf, started } from "../contract/ResultStoreContract.ts"
import * as Postgres from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { until, untilTrue } from "../harness/Until.ts"
import { startWebhookServer, type WebhookServer } from "../harness/WebhookServer.ts"
import { configOf, targetOf } from "./Messages.ts"

interface World {
  readonly server: WebhookServer
  readonly lines: ReadonlyArray<string>
  /** Commits a flush with so many new moments, and returns their ids. */
  readonly commit: (count: number) => Effect.Effect<ReadonlyArray<string>, unknown>
  /** Starts a deliverer, as one process has it. */
  readonly deliver: Effect.Effect<Fiber.Fiber<void>>
  /** The waiting rows: id, attempts and the milliseconds until they are due. */
  readonly waiting: Effect.Effect<
    ReadonlyArray<{
      readonly target: string
      readonly id: string
      readonly attempts: number
      readonly dueInMs: number
    }>,
    unknown
  >
  readonly sql: SqlClient
}

const SECRET = Buffer.alloc(32, 7).toString("base64")

const untilEmpty = ({ lines, waiting }: World) =>
  until(
    "all notifications to be delivered",
    Effect.map(waiting, (rows) => rows.length === 0 || undefined),
    () => lines.join("\n")
  )

const accepted = ({ server }: World, path: string) =>
  server.received.filter((one) => one.path === path && one.status === 204).map(({ id }) => id)

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("delivery of notifications", (it) => {
  /** A test with a store, an outbox and a receiver of its own. */
  const check = (
    title: string,
    paths: ReadonlyArray<string>,
    body: (world: World) => Effect.Effect<void, unknown>,
    over: Partial<NotifyConfig> = {}
  ) =>
    it.effect(title, () =>
      Effect.gen(function* () {
        const { freshSchema, postgres } = yield* Postgres.Postgres
        const schema = freshSchema()
        const server = yield* startWebhookServer
        const targets = paths.map((path, index): NotifyTarget =>
          targetOf(server.url(path), { name: `${index + 1}-local` })
        )
        const notify = configOf(targets, over)
        const tables = PostgresTables.storeConfig(schema, { notify: targets.map(({ rule }) => rule) })
        const lines: Array<string> = []
        const logger = Logger.make(({ message }) => void lines.push(String(message)))
        yield* Effect.gen(function* () {
          const store = yield* ResultStore
          const sql = yield* SqlClient
          let checkpoint = yield* started()
          let made = 0
          yield* body({
            server,
            lines,
            sql,
            commit: Effect.fnUntraced(function* (count) {
              const nowMs = yield* Clock.currentTimeMillis
              const moments = Array.from({ length: count }, () =>
                momentOf({ stream: `s${made++}`, endedAtMs: EventTimeMs(nowMs) })
              )
              const flush = flushOf(checkpoint, { moments })
              yield* store.commit(flush)
              checkpoint = flush.checkpoint
              return moments.map((moment) => momentId(3, moment))
            }),
            deliver: Effect.forkDetach(
              Notify.run({ notify, tables, sessionTimeout: Duration.seconds(30) }, postgres).pipe(
                Effect.provide(Logger.layer([logger]))
              )
            ),
            waiting: sql<{ target: string; id: string; attempts: number; dueInMs: number }>`
              SELECT target, id, attempts, (extract(epoch FROM due_at - LOCALTIMESTAMP) * 1000)::float8 AS "dueInMs"
              FROM notifications ORDER BY created_at, target, id`
          })
        }).pipe(
          Effect.provide(
            Layer.fresh(PostgresTables.store(schema, tables).pipe(Layer.provideMerge(PostgresTables.database(schema))))
          )
        )
      }).pipe(Effect.scoped)
    )

  check(
    "a target receives each moment once, signed, with a link",
    ["/in"],
    (world) =>
      Effect.gen(function* () {
        const running = yield* world.deliver
        const ids = yield* world.commit(11)
        yield* untilEmpty(world)
        assert.sameMembers([...accepted(world, "/in")], [...ids])
        for (const { body, headers, id } of world.server.received) {
          const at = String(headers["webhook-timestamp"])
          const signature = createHmac("sha256", Buffer.from(SECRET, "base64")).update(`${id}.${at}.${body}`)
          assert.strictEqual(headers["webhook-signature"], `v1,${signature.digest("base64")}`)
          assert.strictEqual(headers["content-type"], "application/json")
          assert.isUndefined(headers["traceparent"])
          const { data } = JSON.parse(body)
          assert.strictEqual(data.id, id)
          const rows = yield* world.sql`SELECT stream_id FROM moments
            WHERE ${"https://page.example"} || '/moments/' || id = ${data.url}`
          assert.deepStrictEqual(rows, [{ stream_id: data.stream_id }])
        }
        assert.deepStrictEqual(world.lines, [])
        yield* Fiber.interrupt(running)
      }),
    { secret: Redacted.make(SECRET), publicUrl: "https://page.example" }
  )

  check(
    "a dead, a silent, a redirecting and a failing target delay no other",
    ["/ok", "/silent", "/away", "/500", "/410", "/cut", "/endless"],
    (world) =>
      Effect.gen(function* () {
        const { server } = world
        server.behave((path) => {
          switch (path) {
            case "/silent":
              return "silent"
            case "/cut":
              return "cut"
            case "/endless":
              return "endless"
            case "/away":
              return { status: 302, headers: { location: server.url("/elsewhere") } }
            case "/500":
              return { status: 500 }
            case "/410":
              return { status: 410 }
            default:
              return { status: 204 }
          }
        })
        const running = yield* world.deliver
        const ids = yield* world.commit(5)
        yield* untilTrue("the good target", () => accepted(world, "/ok").length === 5)
        yield* untilTrue(
          "the endless target",
          () => server.received.filter(({ path }) => path === "/endless").length >= 5
        )
        assert.sameMembers([...accepted(world, "/ok")], [...ids])
        yield* untilTrue("every failure", () =>
          ["/away", "/500", "/410", "/cut"].every(
            (path) => server.received.filter((one) => one.path === path).length > 4
          )
        )
        const waiting = yield* world.waiting
        for (const path of ["/silent", "/away", "/500", "/410", "/cut"]) {
          assert.lengthOf(
            waiting.filter(({ target }) => target === server.url(path)),
            5,
            path
          )
        }
        assert.isFalse(server.received.some(({ path }) => path === "/elsewhere"))
        server.behave(() => ({ status: 204 }))
        yield* untilEmpty(world)
        for (const path of ["/silent", "/away", "/500", "/410", "/cut"]) {
          assert.sameMembers([...new Set(accepted(world, path))], [...ids], path)
        }
        assert.notInclude(world.lines.join(), "http://")
        yield* Fiber.interrupt(running)
      })
  )

  check("a target that refuses connections receives everything when it is back", ["/in"], (world) =>
    Effect.gen(function* () {
      yield* world.server.stop
      const running = yield* world.deliver
      const ids = yield* world.commit(6)
      yield* untilTrue("a refused connection", () => world.lines.some((line) => line.includes("ECONNREFUSED")))
      yield* world.server.start
      yield* untilEmpty(world)
      assert.sameMembers([...accepted(world, "/in")], [...ids])
      yield* Fiber.interrupt(running)
    })
  )

  check("several deliverers share the work, and send nothing twice", ["/in"], (world) =>
    Effect.gen(function* () {
      world.server.behave(() => ({ status: 204, afterMs: 20 }))
      const ids = yield* world.commit(120)
      const running = yield* Effect.all([world.deliver, world.deliver, world.deliver])
      yield* untilEmpty(world)
      assert.strictEqual(world.server.received.length, 120)
      assert.sameMembers([...accepted(world, "/in")], [...ids])
      yield* Effect.forEach(running, Fiber.interrupt)
    })
  )

  check(
    "a deliverer that ends between the request and its record loses nothing: the same id comes again",
    ["/in"],
    (world) =>
      Effect.gen(function* () {
        const { server, sql } = world
        server.behave(() => "silent")
        const first = yield* world.deliver
        const [id] = yield* world.commit(1)
        yield* untilTrue("the request", () => server.received.length === 1)
        yield* Fiber.interrupt(first)
        const [claimed] = yield* world.waiting
        assert(claimed !== undefined && claimed.id === id && claimed.attempts === 1)
        assert.isTrue(claimed.dueInMs > 0 && claimed.dueInMs <= 30_000, "the claim lapses within 30 s")

        server.behave(() => ({ status: 204 }))
        const second = yield* world.deliver
        // Another process does not take a claim that has not lapsed.
        yield* world.commit(1)
        yield* untilTrue("the next notification", () => server.received.length === 2)
        assert.notStrictEqual(server.received[1]?.id, id)
        yield* sql`UPDATE notifications SET due_at = LOCALTIMESTAMP`
        yield* untilEmpty(world)
        const requests = server.received.filter((one) => one.id === id)
        assert.lengthOf(requests, 2)
        assert.strictEqual(requests[0]?.body, requests[1]?.body)
        yield* Fiber.interrupt(second)
      })
  )

  check(
    "the backlog is bounded, and the newest stay",
    ["/in"],
    (world) =>
      Effect.gen(function* () {
        yield* world.server.stop
        yield* world.commit(30)
        const ids = yield* world.commit(7)
        const running = yield* world.deliver
        yield* until(
          "the sweep",
          Effect.map(world.waiting, (rows) => rows.length === 7 || undefined)
        )
        assert.sameMembers(
          (yield* world.waiting).map(({ id }) => id),
          [...ids]
        )
        assert.isTrue(world.lines.some((line) => line.startsWith("Dropped 30 notifications for target 1-local")))
        yield* world.server.start
        yield* untilEmpty(world)
        assert.sameMembers([...accepted(world, "/in")], [...ids])
        yield* Fiber.interrupt(running)
      }),
    { backlog: 7 }
  )

  check("what is too old is dropped, by its moment or by its wait", ["/in"], (world) =>
    Effect.gen(function* () {
      const [old, expired, fresh] = yield* world.commit(3)
      yield* world.sql`UPDATE notifications SET ended_at = created_at - interval '1 hour 1 second' WHERE id = ${old}`
      yield* world.sql`UPDATE notifications SET created_at = created_at - interval '73 hours',
        ended_at = ended_at - interval '73 hours' WHERE id = ${expired}`
      const running = yield* world.deliver
      yield* untilEmpty(world)
      assert.deepStrictEqual(accepted(world, "/in"), [fresh])
      yield* Fiber.interrupt(running)
    })
  )

  check("what waits for an abandoned target is deleted after four days", ["/in"], (world) =>
    Effect.gen(function* () {
      const [kept] = yield* world.commit(2)
      yield* world.sql`UPDATE notifications SET created_at = created_at - interval '95 hours' WHERE id = ${kept}`
      yield* world.sql`UPDATE notifications SET created_at = created_at - interval '97 hours' WHERE id <> ${kept}`
      yield* deleteAbandoned.pipe(Effect.provideService(SqlClient, world.sql))
      assert.deepStrictEqual(
        (yield* world.waiting).map(({ id }) => id),
        [kept]
      )
    })
  )

  check("a lost database delays the delivery and does not end it", ["/in"], (world) =>
    Effect.gen(function* () {
      const running = yield* world.deliver
      yield* world.commit(1)
      yield* untilEmpty(world)
      yield* world.sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE query LIKE '%due AS MATERIALIZED%' AND pid <> pg_backend_pid()`
      const ids = yield* world.commit(2)
      yield* untilEmpty(world)
      assert.includeMembers([...accepted(world, "/in")], [...ids])
      yield* Fiber.interrupt(running)
    })
  )
})
