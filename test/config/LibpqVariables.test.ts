import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Result } from "effect"
import * as Load from "../../src/config/Load.ts"

const problems = (env: Readonly<Record<string, string>>) =>
  Load.load.pipe(
    Effect.result,
    Effect.map((loaded) => (Result.isFailure(loaded) ? loaded.failure.problems.map(({ allowed }) => allowed) : [])),
    Effect.provide(NodeServices.layer),
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { KAFKA_BOOTSTRAP_SERVERS: "kafka:9092", ...env } })
    )
  )

describe("libpq's variables", () => {
  const bare = "postgresql:///?user=u"
  const whole = "postgresql://u@db:5432/live?sslmode=require&schema=one"
  const refused: ReadonlyArray<readonly [string, string]> = [
    ["PGHOST", "elsewhere"],
    ["PGHOSTADDR", "10.0.0.1"],
    ["PGPORT", "6543"],
    ["PGDATABASE", "other"],
    ["PGSERVICE", "production"],
    ["PGOPTIONS", "-c search_path=other"],
    ["PGOPTIONS", "-c role=other"],
    ["PGSSLMODE", "verify-full"]
  ]
  for (const [name, value] of refused) {
    it.effect(`${name}=${value} is refused if the URL does not contain it`, () =>
      Effect.gen(function* () {
        const [problem, ...others] = yield* problems({ POSTGRES_URL: bare, [name]: value })
        assert.include(problem, `because ${name} is set`)
        assert.notInclude(problem, value)
        assert.deepStrictEqual(others, [])
      })
    )
    if (name !== "PGHOSTADDR") {
      it.effect(`${name}=${value} changes nothing if the URL contains it`, () =>
        Effect.map(problems({ POSTGRES_URL: whole, [name]: value }), (found) => assert.deepStrictEqual(found, []))
      )
    }
  }

  it.effect("those that agree, or are empty, are no problem", () =>
    Effect.map(
      problems({
        POSTGRES_URL: bare,
        PGHOST: "localhost",
        PGPORT: "5432",
        PGDATABASE: "u",
        PGSSLMODE: "prefer",
        PGOPTIONS: ""
      }),
      (found) => assert.deepStrictEqual(found, [])
    )
  )

  it.effect("an embedded database has nothing to do with them", () =>
    Effect.map(problems({ STORE: "embedded", PGHOST: "elsewhere", PGSERVICE: "production" }), (found) =>
      assert.deepStrictEqual(found, [])
    )
  )
})
