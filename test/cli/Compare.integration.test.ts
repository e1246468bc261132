import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { oldTables } from "../sink/postgres/OldTables.ts"
import { telemetra } from "./Command.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"

const DAY = "2024-05-10"
const at = (minute: number): string => `${DAY} 12:${String(minute).padStart(2, "0")}:00`
const instant = (minute: number): string => `${DAY}T12:${String(minute).padStart(2, "0")}:00.000Z`

interface Row {
  readonly stream: string
  readonly minute: number
  readonly chats?: number
  readonly chatters?: number
  readonly sentiment?: number | null
  readonly viewers?: number | null
  readonly emotes?: ReadonlyArray<string> | null
  readonly z?: number | null
  readonly complete?: boolean
}

const values = ({ chats = 100, chatters = 40, emotes = ["a", "b"], sentiment = 0.25, viewers = 10, z = 1 }: Row) => ({
  chats,
  chatters,
  emotes,
  sentiment,
  viewers,
  z
})

/** Each kind of difference in a stream of its own, far from the edges (minutes 0 and 40). */
const ours: ReadonlyArray<Row> = [
  { stream: "all", minute: 0 },
  { stream: "all", minute: 40 },
  { stream: "equal", minute: 10 },
  { stream: "late", minute: 10 },
  { stream: "approximate", minute: 10 },
  { stream: "rounding", minute: 10 },
  { stream: "empty", minute: 10 },
  { stream: "ties", minute: 10, emotes: ["a", "b", "c"] },
  { stream: "baseline", minute: 10 },
  { stream: "copies", minute: 10 },
  { stream: "gap", minute: 10, chats: 50, complete: false },
  { stream: "viewers-only", minute: 10, chats: 0, sentiment: null }
]
const theirs: ReadonlyArray<Row> = [
  { stream: "all", minute: 0 },
  { stream: "all", minute: 40 },
  { stream: "equal", minute: 10 },
  { stream: "late", minute: 10, chats: 95 },
  { stream: "approximate", minute: 10, chatters: 43 },
  { stream: "rounding", minute: 10, sentiment: 0.2500001 },
  { stream: "empty", minute: 10, viewers: null },
  { stream: "ties", minute: 10, emotes: ["b", "a"] },
  { stream: "baseline", minute: 10, z: 2 },
  { stream: "copies", minute: 10, chats: 7 },
  { stream: "copies", minute: 10 },
  { stream: "gap", minute: 10 }
]
const unexplained: readonly [ReadonlyArray<Row>, ReadonlyArray<Row>] = [
  [
    { stream: "x-fewer", minute: 20 },
    { stream: "x-more", minute: 20 },
    { stream: "x-ours", minute: 20 },
    { stream: "x-chatters", minute: 20 },
    { stream: "x-sentiment", minute: 20 }
  ],
  [
    { stream: "x-fewer", minute: 20, chats: 50 },
    { stream: "x-more", minute: 20, chats: 101 },
    { stream: "x-theirs\u001b[2J", minute: 20 },
    { stream: "x-chatters", minute: 20, chatters: 80 },
    { stream: "x-sentiment", minute: 20, sentiment: -0.25 }
  ]
]

const insert = (schema: string, rows: ReadonlyArray<Row>, zone = "UTC") =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const isOurs = schema === ""
    const table = isOurs ? "chat_summary_minute" : `${schema}.chat_summary_minute`
    for (const row of rows) {
      const { chats, chatters, emotes, sentiment, viewers, z } = values(row)
      yield* sql`INSERT INTO ${sql.literal(table)} (stream_id, window_start, window_end, chat_count,
          unique_chatters, avg_sentiment, positive_count, negative_count, chat_rate,
          avg_viewers, top_emotes, z_score, is_anomaly)
        SELECT ${row.stream}::text, start, start + INTERVAL '1 minute',
          ${chats}::int, ${chatters}::int, ${sentiment}::float8,
          ${chats}::int / 2, 0, ${chats}::int / 60.0, ${viewers}::float8, ${emotes}::text[], ${z}::float8, FALSE
        FROM (SELECT (${at(row.minute)}::timestamp AT TIME ZONE 'UTC' AT TIME ZONE ${zone}) AS start) AS window_of`
      if (row.complete === false) {
        yield* sql`UPDATE chat_summary_minute SET complete = FALSE WHERE stream_id = ${row.stream}`
      }
    }
  })

/** The old tables in a schema of their own, next to ours; both dropped at the end. */
const sideBySide = <A, E>(
  use: (
    compare: (...args: ReadonlyArray<string>) => ReturnType<typeof telemetra>,
    old: string
  ) => Effect.Effect<A, E, SqlClient>
) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const [schema, old] = [freshSchema(), freshSchema()]
    const env = postgresVariables(postgres, schema)
    const withOld = Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* sql.unsafe(`CREATE SCHEMA ${old}`)
      for (const statement of oldTables) yield* sql.unsafe(statement)
    }).pipe(
      Effect.andThen(
        Effect.gen(function* () {
          const migrated = yield* telemetra(["migrate"], { env })
          assert.strictEqual(migrated.code, 0, migrated.stderr)
          return yield* Effect.gen(function* () {
            const sql = yield* SqlClient
            yield* sql`CREATE TABLE chat_summary_minute_all PARTITION OF chat_summary_minute DEFAULT`
            return yield* use((...args) => telemetra(["compare", "--theirs", old, ...args], { env }), old)
          }).pipe(Effect.provide(PostgresTables.database(schema)))
        })
      )
    )
    return yield* withOld.pipe(Effect.provide(PostgresTables.database(old)))
  })

interface Difference {
  readonly reason: string
  readonly explained: boolean
}

const reasonsOf = (report: { columns: ReadonlyArray<{ column: string; differences: ReadonlyArray<Difference> }> }) =>
  Object.fromEntries(
    report.columns.map(({ column, differences }) => [column, differences.map(({ reason }) => reason).toSorted()])
  )

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })("compare", (it) => {
  it.effect("explains what is to be expected of the Spark job", () =>
    sideBySide((compare, old) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* insert("", ours)
        yield* insert(old, theirs)
        yield* sql`INSERT INTO moments (stream_id, moment_type, timestamp, ended_at) VALUES
          ('a', 'chat_spike', ${at(10)}::timestamp, ${at(12)}::timestamp),
          ('b', 'raid', ${at(10)}::timestamp, ${at(10)}::timestamp)`
        yield* sql`INSERT INTO ${sql.literal(`${old}.moments`)} (stream_id, moment_type, timestamp) VALUES
          ('a', 'chat_spike', ${at(10)}::timestamp), ('a', 'chat_spike', ${at(10)}::timestamp),
          ('a', 'chat_spike', ${at(11)}::timestamp), ('c', 'chat_spike', ${at(10)}::timestamp),
          ('b', 'viewer_surge', ${at(10)}::timestamp), ('b', 'chat_drop', ${at(10)}::timestamp)`
        const { code, stderr, stdout } = yield* compare("--json")
        assert.strictEqual(code, 0, stderr + stdout)
        const report = JSON.parse(stdout)
        assert.strictEqual(report.unexplained, 0)
        assert.strictEqual(report.from, instant(0))
        const { differences, ...windows } = report.windows
        assert.deepStrictEqual(windows, { both: 11, only_ours: 1, only_theirs: 0, duplicated_theirs: 1 })
        assert.deepStrictEqual(
          differences.map(({ reason }: Difference) => reason),
          ["viewers-only"]
        )
        assert.deepStrictEqual(reasonsOf(report), {
          chat_count: ["gap", "late"],
          unique_chatters: ["approximate"],
          avg_sentiment: ["rounding"],
          positive_count: ["follows"],
          negative_count: [],
          chat_rate: ["follows"],
          avg_viewers: ["empty"],
          top_emotes: ["ties"],
          z_score: ["baseline"],
          is_anomaly: []
        })
        assert.deepStrictEqual(report.moments, {
          both: 1,
          only_ours: 1,
          theirs_in_moments: 2,
          only_theirs: 2,
          duplicated_theirs: 1
        })
      })
    )
  )

  it.effect("ends with 1 where nothing explains a difference, and shows it", () =>
    sideBySide((compare, old) =>
      Effect.gen(function* () {
        yield* insert("", [...ours, ...unexplained[0]])
        yield* insert(old, [...theirs, ...unexplained[1]])
        const found = yield* compare("--json")
        assert.strictEqual(found.code, 1, found.stderr)
        const report = JSON.parse(found.stdout)
        assert.strictEqual(report.unexplained, 6)
        assert.deepStrictEqual(
          report.windows.differences.filter((d: Difference) => !d.explained).map((d: Difference) => d.reason),
          ["only-ours", "only-theirs"]
        )
        const text = yield* compare("--limit", "5")
        assert.strictEqual(text.code, 1)
        assert.strictEqual(text.stderr, "")
        assert.include(text.stdout, String.raw`x-theirs\u001b[2J`)
        assert.include(text.stdout, "6 differences that nothing explains")
        // The range leaves them out.
        const before = yield* compare("--to", instant(15))
        assert.strictEqual(before.code, 0, before.stdout)
      })
    )
  )

  it.effect("finds times of another zone, and reads them", () =>
    sideBySide((compare, old) =>
      Effect.gen(function* () {
        const many = Array.from({ length: 30 }, (_, minute) => ({ stream: "s", minute, chats: 100 + minute }))
        yield* insert("", many)
        yield* insert(old, many, "Asia/Kolkata")
        const shifted = yield* compare()
        assert.strictEqual(shifted.code, 66, shifted.stdout)
        assert.include(shifted.stderr, "--their-zone")
        const read = yield* compare("--their-zone", "asia/kolkata", "--json")
        assert.strictEqual(read.code, 0, read.stderr + read.stdout)
        assert.strictEqual(JSON.parse(read.stdout).windows.both, 30)
        assert.strictEqual((yield* compare("--their-zone", "UTC+3")).code, 2)
      })
    )
  )

  it.effect("ends with 66 if the range has no window of both: nothing was compared", () =>
    sideBySide((compare, old) =>
      Effect.gen(function* () {
        // An hour in which only one of the two jobs ran, at either end.
        yield* insert("", [...ours, { stream: "ours-alone", minute: 50, chats: 0 }])
        yield* insert(old, [{ stream: "theirs-alone", minute: 0 }, ...theirs])
        const check = Effect.fnUntraced(function* (from: number, to: number) {
          const range = ["--from", instant(from), "--to", instant(to)]
          const { code, stderr, stdout } = yield* compare(...range)
          assert.strictEqual(code, 66, stderr + stdout)
          assert.notInclude(stdout, "Equal")
          assert.match(stdout, /Nothing was compared: no window of this range is in both tables$/m)
          const json = yield* compare(...range, "--json")
          assert.strictEqual(json.code, 66)
          const report = JSON.parse(json.stdout)
          assert.deepStrictEqual([report.windows.both, report.unexplained], [0, 0])
          assert.match(report.notices[0], /Nothing was compared/)
          return report.windows
        })
        const nothing = yield* check(20, 30)
        assert.deepStrictEqual([nothing.only_ours, nothing.only_theirs], [0, 0])
        const oneSided = yield* check(45, 55)
        assert.deepStrictEqual([oneSided.only_ours, oneSided.only_theirs], [1, 0])
        // Beyond all rows, and before them.
        yield* check(58, 59)
        // A difference that nothing explains stays one.
        yield* insert("", [{ stream: "x-ours", minute: 25 }])
        assert.strictEqual((yield* compare("--from", instant(20), "--to", instant(30))).code, 1)
      })
    )
  )

  it.effect("reports what is missing", () =>
    sideBySide((compare) =>
      Effect.gen(function* () {
        const table = yield* compare("--table", 'no"table')
        assert.strictEqual(table.code, 66)
        assert.include(table.stderr, "--theirs SCHEMA")
        const rows = yield* compare()
        assert.strictEqual(rows.code, 66)
        assert.include(rows.stderr, "no rows")
      })
    )
  )
})
