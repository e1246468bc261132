import { assert, layer } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { type MomentItem, VERDICTS } from "../../src/api/Moments.ts"
import type { OverrideItem, SensitivityVersion } from "../../src/api/Sensitivity.ts"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { isJudged } from "../../src/query/FeedbackRows.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { momentOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { iso } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"
import { itemsOf, request } from "../harness/Request.ts"

type Override = typeof OverrideItem.Encoded
type Version = typeof SensitivityVersion.Encoded
type Moment = typeof MomentItem.Encoded

const TOKEN = "0123456789abcdef0123"

const put = <Body = Version>(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  request<Body>(url, {
    method: "PUT",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body)
  })

const remove = (url: string, headers: Readonly<Record<string, string>> = {}) =>
  request<Version>(url, { method: "DELETE", headers })

const override = (stream_id: string | null, moment_type: string | null, threshold: number) => ({
  stream_id,
  moment_type,
  threshold
})

const keyOf = ({ moment_type, stream_id, threshold }: Override) => [stream_id, moment_type, threshold]

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("the sensitivity over HTTP", (it) => {
  it.effect("is set, listed, taken back and versioned, and states the windows of each task", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const url = `${api.url}/sensitivity`
        const store = yield* ResultStore
        const task = yield* startTask()
        yield* startTask({ sourcePartition: 5 })
        assert.deepStrictEqual((yield* request<unknown>(url)).body, { items: [], next: null, standard: 3 })
        const raid = yield* put(url, override("a/ü", "raid", 2.5))
        assert.deepInclude<object>(raid.body, { version: "1", ...override("a/ü", "raid", 2.5) })
        assert.deepStrictEqual<unknown>(raid.body.tasks, [
          { source_partition: 3, applied_version: null, from_end: null },
          { source_partition: 5, applied_version: null, from_end: null }
        ])
        yield* put(url, override(null, null, 4))
        yield* put(url, override("a/ü", null, 5))
        // The same again is no new version.
        assert.strictEqual((yield* put(url, override("a/ü", null, 5))).body.version, "3")
        yield* put(url, override("b", null, 6))
        assert.deepStrictEqual((yield* itemsOf<Override>(`${url}?limit=1`)).map(keyOf), [
          [null, null, 4],
          ["a/ü", null, 5],
          ["a/ü", "raid", 2.5],
          ["b", null, 6]
        ])
        const own = yield* itemsOf<Override>(`${url}?stream=${encodeURIComponent("a/ü")}`)
        assert.deepStrictEqual(
          own.map(({ stream_id }) => stream_id),
          [null, "a/ü", "a/ü"]
        )
        const removed = yield* remove(`${url}?stream=${encodeURIComponent("a/ü")}&type=raid`)
        assert.deepInclude(removed.body, { version: "5", moment_type: "raid", threshold: null })
        assert.strictEqual((yield* remove(`${url}?stream=${encodeURIComponent("a/ü")}&type=raid`)).status, 404)
        assert.strictEqual((yield* itemsOf<Override>(url)).length, 3)
        assert.strictEqual((yield* request(`${url}/versions/6`)).status, 404)

        // Workers read the same changes in that order.
        assert.deepStrictEqual(
          (yield* store.sensitivityChanges(1)).map(({ stream, threshold, type, version }) => [
            version,
            stream,
            type,
            threshold
          ]),
          [
            [2, null, null, 4],
            [3, "a/ü", null, 5],
            [4, "b", null, 6],
            [5, "a/ü", "raid", null]
          ]
        )
        yield* task.commit({
          sensitivity: [
            { version: 2, fromEndMs: BEFORE_ALL },
            { version: 5, fromEndMs: EventTimeMs(T0) }
          ]
        })
        const applied = (version: number) =>
          Effect.map(request<Version>(`${url}/versions/${version}`), ({ body }) => body.tasks[0])
        assert.deepStrictEqual(yield* applied(1), { source_partition: 3, applied_version: "2", from_end: null })
        assert.deepStrictEqual(yield* applied(3), { source_partition: 3, applied_version: "5", from_end: iso(T0) })
      })
    )
  )

  it.effect("has limits in value, size, number and history", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const url = `${api.url}/sensitivity`
        const sql = yield* SqlClient
        const refused = [
          override("a", "raid", 0),
          override("a", "raid", 1001),
          override("a", "hype", 3),
          override("", null, 3),
          override("x".repeat(256), null, 3),
          override("a\0", null, 3),
          override("a\ud800", null, 3),
          override("\udc00\ud83d", null, 3),
          { stream_id: "a", threshold: 3 },
          { ...override("a", "raid", 3), stream: "b" },
          []
        ]
        for (const body of refused) assert.strictEqual((yield* put(url, body)).status, 400, JSON.stringify(body))
        const text = { method: "PUT", headers: { "content-type": "text/plain" }, body: "{}" }
        const untyped = yield* request<unknown>(url, text)
        assert.strictEqual(untyped.headers.get("content-type"), "application/problem+json")
        assert.deepStrictEqual(untyped.body, {
          type: "about:blank",
          title: "Unsupported Media Type",
          status: 415,
          detail: "The body needs the header Content-Type: application/json"
        })
        assert.strictEqual((yield* put(url, { ...override("a", "raid", 3), more: "x".repeat(5000) })).status, 413)
        assert.strictEqual((yield* remove(`${url}?strem=a`)).status, 400)
        yield* sql`INSERT INTO sensitivity (version, stream_id, threshold)
          SELECT n, 'stream ' || n, 2 FROM generate_series(1, 10000) n`
        const full = yield* put(url, override("one more", null, 3))
        assert.strictEqual(full.status, 409)
        assert.match(full.text, /10,000 overrides are in force/)
        // A change of one of them is possible.
        assert.strictEqual((yield* put(url, override("stream 7", null, 3))).status, 200)
        yield* sql`INSERT INTO sensitivity (version, stream_id, threshold)
          SELECT n, 'stream 1', 1 + n / 1000.0 FROM generate_series(10002, 100000) n`
        const ended = yield* put(url, override("stream 7", null, 4))
        assert.strictEqual(ended.status, 409)
        assert.match(ended.text, /100,000 changes/)
      })
    )
  )

  it.effect("gets versions in the order of their commits when many clients change it at once", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const url = `${api.url}/sensitivity`
        const answers = yield* Effect.forEach(
          Array.from({ length: 24 }, (_, index) => index),
          (index) => put(url, override(`s${index % 5}`, null, 1 + index)),
          { concurrency: 8 }
        )
        assert.deepStrictEqual(
          answers.map(({ body }) => Number(body.version)).toSorted((a, b) => a - b),
          Array.from({ length: 24 }, (_, index) => index + 1)
        )
      })
    )
  )

  it.effect("is changed only with the token, and never for another site", () =>
    withApi(
      ({ api, replica }) =>
        Effect.gen(function* () {
          const lines: Array<string> = []
          const logged = Logger.layer([Logger.make(({ message }) => lines.push(String(message)))])
          const url = `${api.url}/sensitivity`
          const body = override("a\u001b[2J", "raid", 3)
          const bearer = { authorization: `Bearer ${TOKEN}` }
          assert.strictEqual((yield* put(url, body)).status, 401)
          assert.strictEqual((yield* remove(url)).status, 401)
          assert.strictEqual((yield* put(url, body, { authorization: "Bearer wrong" })).status, 401)
          for (const hostile of [
            { "sec-fetch-site": "cross-site" },
            { "sec-fetch-site": "same-site" },
            { origin: "https://evil.example" },
            { origin: "null" }
          ]) {
            assert.strictEqual((yield* put(url, body, { ...bearer, ...hostile })).status, 403)
            assert.strictEqual((yield* remove(url, { ...bearer, ...hostile })).status, 403)
          }
          assert.deepStrictEqual(yield* (yield* ResultStore).sensitivityChanges(0), [])
          assert.strictEqual((yield* put(url, body, bearer)).status, 200)
          // Without a token, a server that others can reach changes nothing.
          const open = yield* replica({ host: "0.0.0.0" }).pipe(Effect.provide(logged))
          const refused = yield* put(`${open.url}/sensitivity`, override("b", null, 3))
          assert.strictEqual(refused.status, 403)
          assert.match(refused.text, /set API_TOKEN/)
          const local = yield* replica().pipe(Effect.provide(logged))
          assert.strictEqual((yield* put(`${local.url}/sensitivity`, body)).body.version, "1")
          assert.strictEqual((yield* put(`${local.url}/sensitivity`, { ...body, threshold: 4 })).status, 200)
          assert.include(lines.join("\n"), "Sensitivity: version 2 from 127.0.0.1: threshold 4 for raid, stream")
          // A client's mistake is no failure of the worker.
          assert.strictEqual((yield* put(`${local.url}/sensitivity`, { stream_id: "x".repeat(5000) })).status, 413)
          assert.notInclude(lines.join("\n"), "could not be encoded")
          assert.notInclude(lines.join("\n"), "\u001b")
        }),
      { apiToken: TOKEN }
    )
  )
})

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("feedback on moments", (it) => {
  it.effect("filters without a look-up for every moment", () =>
    withApi(() =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* sql`INSERT INTO moments (stream_id, timestamp, moment_type, opened_as, source_partition)
          SELECT 'stream ' || n % 100, TIMESTAMP '2026-01-01' + n * interval '1 minute', 'raid', 'raid', 0
          FROM generate_series(1, 20000) n`
        yield* sql`INSERT INTO moment_feedback (source_partition, stream_id, timestamp, opened_as, verdict)
          SELECT source_partition, stream_id, timestamp, opened_as, 'good' FROM moments WHERE id % 1000 = 0`
        yield* sql`ANALYZE moments`
        yield* sql`ANALYZE moment_feedback`
        for (const verdict of [...VERDICTS, "none"] as const) {
          const plan = yield* sql<{ "QUERY PLAN": string }>`EXPLAIN SELECT id FROM moments
            WHERE ${sql.literal(isJudged(verdict))} ORDER BY timestamp DESC, id DESC LIMIT 51`
          const text = plan.map((line) => line["QUERY PLAN"]).join("\n")
          assert.notInclude(text, "SubPlan", verdict)
          // Few verdicts are looked up from their side, without a scan of the moments.
          if (verdict !== "none") assert.notInclude(text, "Seq Scan on moments", verdict)
        }
      })
    )
  )

  it.effect("is stored, filtered, exported and taken back, and stays with the moment's key", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const task = yield* startTask()
        const other = yield* startTask({ sourcePartition: 9 })
        const [a, b] = [momentOf(), momentOf({ stream: "beta" })]
        yield* task.commit({ moments: [a, b] })
        // The same moment of another task is another moment.
        yield* other.commit({ moments: [a] })
        const url = `${api.url}/moments`
        const all = yield* itemsOf<Moment>(url)
        assert.deepStrictEqual(
          all.map(({ feedback }) => feedback),
          [null, null, null]
        )
        const [first, second] = [
          all.findLast(({ stream_id }) => stream_id === "alpha")?.id,
          all.find(({ stream_id }) => stream_id === "beta")?.id
        ]
        const verdict = (id: string | undefined, value: unknown) =>
          put<object>(`${url}/${id}/feedback`, { verdict: value })
        assert.strictEqual((yield* verdict(first, "not")).status, 200)
        assert.deepInclude((yield* verdict(first, "good")).body, { verdict: "good" })
        assert.deepInclude((yield* verdict(second, "not")).body, { verdict: "not" })
        assert.strictEqual((yield* verdict(first, "bad")).status, 400)
        assert.strictEqual((yield* put(`${url}/${first}/feedback`, { verdict: "not", id: 1 })).status, 400)
        assert.strictEqual((yield* verdict("999999", "good")).status, 404)
        assert.strictEqual((yield* verdict("99999999999999999999", "good")).status, 400)
        const idsOf = (filter: string) =>
          Effect.map(itemsOf<Moment>(`${url}?feedback=${filter}`), (items) => items.map(({ id }) => id))
        assert.deepStrictEqual(yield* idsOf("good"), [first])
        assert.deepStrictEqual(yield* idsOf("not"), [second])
        assert.strictEqual((yield* idsOf("none")).length, 1)
        assert.strictEqual((yield* request(`${url}?feedback=maybe`)).status, 400)
        assert.match((yield* request(`${url}?format=csv&feedback=good`)).text, /,good,/)

        // The type changes, and a replay deletes the row and writes it again.
        yield* task.commit({ moments: [{ ...a, type: "raid" }] })
        yield* sql`DELETE FROM moments WHERE stream_id = 'alpha' AND source_partition = 3`
        yield* task.commit({ moments: [{ ...a, type: "raid" }] })
        const [again, ...others] = yield* itemsOf<Moment>(`${url}?feedback=good`)
        assert.deepInclude(again, { stream_id: "alpha", moment_type: "raid", feedback: "good" })
        assert.deepStrictEqual(others, [])
        assert.notStrictEqual(again?.id, first)
        const detail = yield* request<{ readonly moment: Moment }>(`${url}/${again?.id}`)
        assert.strictEqual(detail.body.moment.feedback, "good")

        assert.strictEqual((yield* remove(`${url}/${again?.id}/feedback`)).status, 204)
        assert.strictEqual((yield* remove(`${url}/${again?.id}/feedback`)).status, 404)
        assert.deepStrictEqual(yield* idsOf("good"), [])
      })
    )
  )
})
