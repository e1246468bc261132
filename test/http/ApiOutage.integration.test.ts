import { assert, describe, it, layer } from "@effect/vitest"
import { Duration, Effect, Layer, Logger, Schedule } from "effect"
import type { ProblemDetails } from "effect/http"
import { SqlClient } from "effect/sql/SqlClient"
import { momentOf, rowOf } from "../contract/ResultStoreContract.ts"
import { startApi } from "../harness/ApiServer.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request } from "../harness/Request.ts"
import * as Postgres from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"

const QUESTIONS = [
  "streams",
  "streams/alpha",
  "streams/alpha/summaries",
  "streams/alpha/summaries?step=60",
  "moments",
  "moments/1",
  "dead-letters",
  "dead-letters/reasons",
  "status",
  "live"
]

const csv = { headers: { accept: "text/csv" } }

/** Each request is refused with a problem that does not reveal the database. */
const assertUnavailable = Effect.fnUntraced(function* (url: string, secrets: ReadonlyArray<string>) {
  for (const question of QUESTIONS) {
    for (const init of [{}, csv]) {
      const { body, status, text, type } = yield* request<ProblemDetails.ProblemDetails>(`${url}/${question}`, init)
      assert.strictEqual(status, 503, question)
      assert.strictEqual(type, "application/problem+json", question)
      assert.strictEqual(body.status, 503)
      assert.isString(body.detail)
      for (const secret of secrets) assert.notInclude(text, secret)
      assert.notInclude(text, "at ")
    }
  }
})

const silent = Logger.layer([])

describe("the API without its database", () => {
  it.live("refuses before there is one, and while it is gone; once it is back all is well", () =>
    Effect.gen(function* () {
      const api = yield* startApi()
      yield* assertUnavailable(api.url, [])

      const server = yield* Postgres.startPostgres18()
      const schema = server.freshSchema()
      yield* startTask().pipe(
        Effect.flatMap((task) => task.commit({ rows: [rowOf()], moments: [momentOf()] })),
        Effect.provide(
          PostgresTables.store(schema).pipe(
            Layer.provide(PostgresTables.pool({ postgres: server.postgres, store: { schema } }))
          )
        ),
        Effect.provideService(Postgres.Postgres, server)
      )
      yield* api.open(server.postgres, schema)
      for (const question of QUESTIONS.filter((one) => one !== "live" && !one.endsWith("/1"))) {
        assert.strictEqual((yield* request(`${api.url}/${question}`)).status, 200, question)
      }

      yield* server.stopAtOnce
      yield* assertUnavailable(api.url, [String(server.postgres.port), server.postgres.host, schema])

      yield* server.start
      const isWell = Effect.map(request(`${api.url}/streams/alpha`), ({ status }) => status === 200)
      assert.isTrue(
        yield* isWell.pipe(
          Effect.repeat({ until: (well) => well, schedule: Schedule.spaced("200 millis") }),
          Effect.timeoutOrElse({ duration: Duration.minutes(8), orElse: () => Effect.succeed(false) })
        )
      )
    }).pipe(Effect.scoped, Effect.provide(silent))
  )
})

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })(
  "a question that can't be answered",
  (it) => {
    it.effect("fails while another session locks the table, and succeeds after that", () =>
      withApi(({ api }) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* (yield* startTask()).commit({ moments: [momentOf()] })
          yield* sql.withTransaction(
            Effect.gen(function* () {
              yield* sql`LOCK TABLE moments IN ACCESS EXCLUSIVE MODE`
              assert.strictEqual((yield* request(`${api.url}/moments`)).status, 503)
              // Others don't wait for it.
              assert.strictEqual((yield* request(`${api.url}/streams`)).status, 200)
            })
          )
          assert.strictEqual((yield* request(`${api.url}/moments`)).status, 200)
        })
      )
    )

    it.effect("in the middle of a file ends the connection: a client cannot mistake a part for the whole", () =>
      withApi(({ api }) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          yield* startTask()
          // A time that JSON cannot represent, on a later page.
          yield* sql`INSERT INTO moments (stream_id, timestamp, moment_type)
          SELECT 'a', CASE WHEN n = 2500 THEN '-infinity' ELSE TIMESTAMP '2024-05-01' - n * interval '1 second' END,
            'chat_spike' FROM generate_series(1, 2500) n`
          for (const accept of ["text/csv", "application/x-ndjson"]) {
            const whole = Effect.promise(async () => {
              const response = await fetch(`${api.url}/moments`, { headers: { accept } })
              assert.strictEqual(response.status, 200)
              return response.text().then(
                () => true,
                () => false
              )
            })
            assert.isFalse(yield* whole)
          }
        })
      )
    )
  }
)
