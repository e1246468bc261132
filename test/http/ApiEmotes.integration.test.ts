import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { StreamEmotes } from "../../src/api/Emotes.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import { rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { iso } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"
import { Random } from "../harness/Random.ts"
import { request } from "../harness/Request.ts"

type Emotes = typeof StreamEmotes.Encoded

const SLIDE = 10_000
const HOUR = 3_600_000

const windowAt = (index: number, counts: Readonly<Record<string, number>>, over: Partial<SummaryRow> = {}) =>
  rowOf({
    startMs: EventTimeMs(T0 + index * SLIDE),
    topEmotes: Object.keys(counts),
    emoteCounts: Object.values(counts),
    ...over
  })

const EMOTES = ["Kappa", "LUL", "", "a,b", "x&emote=y", "{}", "constructor", "\u{1F600}"]

/** Counts by emote, as a window lists them. */
const draw = (random: Random): Readonly<Record<string, number>> =>
  Object.fromEntries(EMOTES.filter(() => random.chance(0.4)).map((emote) => [emote, random.between(1, 50)]))

const countOf = (row: SummaryRow, emote: string): number => {
  const place = row.topEmotes.indexOf(emote)
  return place < 0 ? 0 : (row.emoteCounts[place] ?? Number.NaN)
}

const get = (url: string, emotes: ReadonlyArray<string> = []) => {
  const parameters = new URLSearchParams(emotes.map((emote): [string, string] => ["emote", emote]))
  return Effect.map(request<Emotes>(`${url}${emotes.length === 0 ? "" : `&${parameters}`}`), ({ body }) => body)
}

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("a stream's emotes", (it) => {
  it.effect("have the greatest count of a window in each step, those that no window lists 0", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const random = new Random(3)
        const rows = Array.from({ length: 200 }, (_, index) => windowAt(index, draw(random))).filter(() =>
          random.chance(0.7)
        )
        yield* (yield* startTask()).commit({ rows: [...rows, windowAt(3, { other: 99 }, { stream: "alpha2" })] })
        for (const step of [1, 10, 45, 300, 86_400]) {
          const from = T0 + 33_333
          const to = T0 + 1_000_001
          const inRange = rows.filter(({ startMs }) => startMs >= from && startMs < to)
          const steps = [...Map.groupBy(inRange, ({ startMs }) => Math.floor(startMs / (step * 1000)))]
          const url = `${api.url}/streams/alpha/emotes?step=${step}&from=${iso(from)}&to=${iso(to)}`
          const wanted = [...EMOTES, "nobody"]
          const body = yield* get(url, wanted)
          assert.deepStrictEqual(
            body.starts,
            steps.map(([number]) => iso(number * step * 1000))
          )
          assert.deepStrictEqual(
            body.emotes,
            wanted.map((emote) => ({
              emote,
              counts: steps.map(([, windows]) => Math.max(...windows.map((row) => countOf(row, emote))))
            }))
          )
          const most = EMOTES.map((emote) => ({
            emote,
            count: Math.max(...inRange.map((row) => countOf(row, emote)))
          })).toSorted((a, b) => b.count - a.count || (a.emote < b.emote ? -1 : 1))
          assert.deepStrictEqual(body.found, most)
          assert.deepStrictEqual(
            (yield* get(url)).emotes.map(({ emote }) => emote),
            most.slice(0, 5).map(({ emote }) => emote)
          )
        }
      })
    )
  )

  it.effect("are added up over the tasks of a split stream, within each window", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        for (const sourcePartition of [0, 1]) {
          yield* (yield* startTask({ sourcePartition })).commit({
            rows: [windowAt(0, { a: 3, b: 1 }), windowAt(1, { a: 5 + sourcePartition })]
          })
        }
        const body = yield* get(`${api.url}/streams/alpha/emotes?step=60`)
        assert.deepStrictEqual(body.emotes, [
          { emote: "a", counts: [11] },
          { emote: "b", counts: [2] }
        ])
      })
    )
  )

  it.effect("are those of the last hour by default; windows of earlier versions have no counts", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const rows = Array.from({ length: 400 }, (_, index) => windowAt(index, index === 399 ? {} : { a: index + 1 }))
        yield* (yield* startTask()).commit({ rows })
        yield* sql`UPDATE chat_summary_minute SET emote_counts = NULL WHERE window_start = ${iso(T0 + 50 * SLIDE)}::timestamp`
        const body = yield* get(`${api.url}/streams/alpha/emotes?`)
        assert.strictEqual(body.step, 10)
        assert.deepStrictEqual(
          body.starts,
          rows.slice(-360).map(({ startMs }) => iso(startMs))
        )
        assert.deepStrictEqual(body.emotes, [
          {
            emote: "a",
            counts: rows.slice(-360).map((_, index) => (index === 10 ? null : index === 359 ? 0 : index + 41))
          }
        ])
        assert.deepStrictEqual(yield* get(`${api.url}/streams/nobody/emotes?`), {
          step: 10,
          starts: [],
          emotes: [],
          found: []
        })
      })
    )
  )

  it.effect("refuse more than 1,000 steps and more than 10 emotes", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const url = `${api.url}/streams/alpha/emotes?from=${iso(T0)}`
        const status = (more: string) => Effect.map(request(`${url}${more}`), (response) => response.status)
        assert.strictEqual(yield* status(`&step=1&to=${iso(T0 + 1_000_000)}`), 200)
        assert.strictEqual(yield* status(`&step=1&to=${iso(T0 + 1_000_001)}`), 400)
        assert.strictEqual(yield* status(`&step=1.5`), 400)
        assert.strictEqual(yield* status(`&to=${iso(T0 + 10_000 * HOUR)}`), 200)
        assert.strictEqual(yield* status("&emote=a".repeat(10)), 200)
        assert.strictEqual(yield* status("&emote=a".repeat(11)), 400)
        assert.strictEqual(yield* status("&emote=%00"), 400)
      })
    )
  )

  it.effect("read only windows of the stream, by its index", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const task = yield* startTask()
        for (let index = 0; index < 20; index++) {
          yield* task.commit({
            rows: Array.from({ length: 500 }, (_, stream) => windowAt(index, { a: 1 }, { stream: `s${stream}` }))
          })
        }
        yield* sql`ANALYZE chat_summary_minute`
        const seen = sql<{ rows: bigint }>`SELECT sum(seq_tup_read)::int8 AS rows FROM pg_stat_user_tables
          WHERE relname LIKE 'chat\\_summary\\_minute%' AND schemaname = current_schema()`
        yield* sql`SELECT pg_stat_force_next_flush()`
        const before = yield* seen
        const body = yield* get(`${api.url}/streams/s7/emotes?`)
        assert.deepStrictEqual(body.emotes, [{ emote: "a", counts: Array.from({ length: 20 }, () => 1) }])
        yield* Effect.sleep("1200 millis")
        yield* sql`SELECT pg_stat_force_next_flush()`
        assert.deepStrictEqual(yield* seen, before)
      })
    )
  )
})
