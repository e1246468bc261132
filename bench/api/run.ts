/**
 * `npm run bench:api`: response times of the API over a month of a platform. Exits with 1 if a
 * request fails.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, DateTime, Duration, Effect, Layer } from "effect"
import { Command, Flag } from "effect/cli"
import { startApi } from "../../test/harness/ApiServer.ts"
import { request, type Page } from "../../test/harness/Request.ts"
import * as PostgresHarness from "../../test/harness/Postgres.ts"
import * as PostgresTables from "../../test/harness/PostgresTables.ts"
import { replaceSection } from "../../test/harness/Section.ts"
import { writeIfFull } from "../report/Full.ts"
import { table } from "../report/Text.ts"
import { machine } from "../Machine.ts"
import { fill, type Month } from "./Month.ts"
import { type Question, questionsOf } from "./Questions.ts"

const DOCUMENT = new URL("../../docs/api.md", import.meta.url).pathname
/** The facts about the machine that matter for these figures. */
const FACTS = ["processor", "memory", "system", "the worker", "Node"]
const SLIDE_MS = 10_000
/** The first requests of a kind warm the server up and are not counted. */
const WARM = 20
const MOST = 300
/** Time limit for one kind of request. */
const PATIENCE_MS = 20_000
const STATEMENT_TIMEOUT = Duration.minutes(20)

interface Timed {
  readonly name: string
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly bytes: number
}

/** The value that a share of them, from 0 (open) to 1 (closed), does not exceed. */
const quantile = (sorted: ReadonlyArray<number>, share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN

/** One after the other, over one connection. */
const time = Effect.fnUntraced(function* (url: string, { name, path }: Question) {
  const delays: Array<number> = []
  let bytes = 0
  const startedMs = yield* Clock.currentTimeMillis
  for (let n = 0; n < WARM + MOST; n++) {
    const before = performance.now()
    const { status, text } = yield* request(`${url}${path(n)}`)
    if (status !== 200) return yield* Effect.fail(`${path(n)}: ${status} ${text}`)
    if (n >= WARM) delays.push(performance.now() - before)
    bytes = text.length
    if (delays.length > 0 && (yield* Clock.currentTimeMillis) - startedMs > PATIENCE_MS) break
  }
  delays.sort((a, b) => a - b)
  return { name, count: delays.length, p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), bytes } satisfies Timed
})

const figures = (timed: ReadonlyArray<Timed>): string =>
  table(
    ["request", "p50, ms", "p99, ms", "requests", "response, KB"],
    timed.map(({ bytes, count, name, p50, p99 }) => [
      name,
      p50.toFixed(1),
      p99.toFixed(1),
      String(count),
      (bytes / 1000).toFixed(1)
    ])
  )

/** The smallest run that counts as full; docs/ takes no figures of smaller ones. */
const FULL = { streams: 10_000, always: 2, past: 60, moments: 200_000, "dead-letters": 200_000 }

const positive = (name: string, what: string, standard: number) =>
  Flag.Int(name).pipe(Flag.withDescription(what), Flag.withDefault(standard))

const api = Command.make(
  "bench:api",
  {
    streams: positive("streams", "Live streams", 10_000),
    always: positive("always", "Streams that are live all month", 10),
    past: positive("past", "Windows that each other stream was live for in the month", 600),
    moments: positive("moments", "Moments of the month", 1_000_000),
    deadLetters: positive("dead-letters", "Dead letters of the month", 1_000_000)
  },
  Effect.fnUntraced(function* (given) {
    const month: Month = { ...given, tasks: 6 }
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const schema = freshSchema()
    const tables = PostgresTables.store(schema, { partitionBy: "day" }).pipe(
      Layer.provideMerge(PostgresTables.database(schema, { statementTimeout: STATEMENT_TIMEOUT, poolSize: 2 }))
    )
    yield* Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const filled = yield* fill(month, Math.floor(now / SLIDE_MS) * SLIDE_MS)
      const size = `${(filled.rows / 1e6).toFixed(1)} million rows, ${(filled.bytes / 2 ** 30).toFixed(1)} GiB with moments, dead letters and all indexes`
      yield* Console.log(size)
      const { open, url } = yield* startApi()
      yield* open(postgres, schema)
      const { body } = yield* request<Page<{ readonly id: string }>>(`${url}/moments?limit=100`)
      const timed: Array<Timed> = []
      for (const question of questionsOf(
        month,
        filled,
        body.items.map(({ id }) => id)
      )) {
        const one = yield* time(url, question)
        timed.push(one)
        yield* Console.log(
          `${one.name.padEnd(46)} p50 ${one.p50.toFixed(1).padStart(8)} ms, p99 ${one.p99.toFixed(1)} ms`
        )
      }
      const facts = (yield* machine).filter(([name]) => FACTS.includes(name))
      const text = `${month.streams.toLocaleString("en")} live streams, each for an hour now and for ${month.past} windows earlier in the month. ${month.always} of them are live all month. ${size}; ${month.moments.toLocaleString("en")} moments, ${month.deadLetters.toLocaleString("en")} dead letters. A client on the same machine sends one request after the other, each for a different stream.

${figures(timed)}

${DateTime.formatIsoDateUtc(yield* DateTime.now)}, \`npm run bench:api -- --streams ${month.streams} --always ${month.always} --past ${month.past} --moments ${month.moments} --dead-letters ${month.deadLetters}\`; ${facts.map(([name, value]) => `${name}: ${value}`).join("; ")}; PostgreSQL 18, its defaults.`
      const sizes = { ...given, "dead-letters": given.deadLetters }
      yield* writeIfFull(DOCUMENT, sizes, FULL, replaceSection(DOCUMENT, "figures", text))
    }).pipe(Effect.scoped, Effect.provide(tables))
  })
).pipe(
  Command.withDescription("Times the API over a month of a platform's rows"),
  Command.provide(PostgresHarness.layer({ timezone: "UTC", settings: { fsync: "off", max_wal_size: "8GB" } }))
)

api.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
