import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { type Moment, MomentType } from "../../src/domain/Moment.ts"
import type { MomentDetail, MomentItem } from "../../src/api/Moments.ts"
import { explain } from "../../src/query/Explanation.ts"
import { contentOf, momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { Random } from "../harness/Random.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request, itemsOf, pagesOf } from "../harness/Request.ts"
import { clipOf, iso, pointOf } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"

type Item = typeof MomentItem.Encoded

const MINUTE = 60_000

const OF_EARLIER_VERSION = {
  window_start: "2024-05-01T00:00:00.000Z",
  window_end: "2024-05-01T00:01:00.000Z",
  chat_count: 12,
  unique_chatters: 5,
  avg_viewers: null,
  avg_sentiment: 0.25,
  score: 4.25,
  value: 12,
  baseline_mean: 2,
  baseline_deviation: 0.5,
  baseline_size: 10,
  top_emotes: ["Kappa"],
  top_emotes_before: []
}

/** All but what the table gives it. */
const itemOf = (moment: Moment): Omit<Item, "id" | "detected_at"> => ({
  stream_id: moment.stream,
  timestamp: iso(moment.timestampMs),
  ended_at: iso(moment.endedAtMs),
  moment_type: moment.type,
  description: moment.description,
  intensity: moment.intensity,
  metadata: moment.metadata,
  content: moment.content ?? null,
  feedback: null,
  clip: clipOf(moment)
})

const at = (ms: number, over: Partial<Moment> = {}): Moment =>
  momentOf({
    timestampMs: EventTimeMs(T0 + ms),
    endedAtMs: EventTimeMs(T0 + ms + MINUTE),
    openedAs: over.type ?? "chat_spike",
    ...over
  })

const descriptions = (items: ReadonlyArray<Item>) => items.map(({ description }) => description)

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("moments", (it) => {
  // Longer than 70 lines: the steps of one scenario, on the same tables.
  it.effect("are listed as they were committed, the latest first, by every filter and whatever the page", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const random = new Random(5)
        const types = MomentType.literals
        const streams = ["alpha", "beta", "x' OR '1'='1"]
        const byKey = new Map<string, Moment>()
        for (let index = 0; index < 90; index++) {
          const moment = at(random.between(0, 20) * MINUTE, {
            stream: streams[index % 3] ?? "",
            type: types[random.between(0, types.length - 1)] ?? "chat_spike",
            intensity: random.between(6, 30) / 2,
            description: `number ${index}`,
            ...(index % 3 === 1 ? { content: contentOf(`quote ${index}`) } : {})
          })
          byKey.set(`${moment.stream} ${moment.type} ${moment.timestampMs}`, moment)
        }
        const moments = [...byKey.values()]
        const task = yield* startTask()
        for (let first = 0; first < moments.length; first += 20) {
          yield* task.commit({ moments: moments.slice(first, first + 20) })
        }
        const url = `${api.url}/moments`
        const all = yield* itemsOf<Item>(`${url}?limit=500`)
        assert.strictEqual(all.length, moments.length)
        assert.strictEqual(new Set(all.map(({ id }) => id)).size, all.length)
        const byDescription = new Map(moments.map((moment) => [moment.description, moment]))
        for (const { detected_at, id, ...item } of all) {
          assert.deepStrictEqual(item, itemOf(byDescription.get(item.description ?? "") ?? momentOf()))
          assert.match(id, /^\d+$/)
          assert.isBelow(Math.abs(Date.now() - Date.parse(detected_at ?? "")), 60 * MINUTE)
        }
        for (const [index, { id, timestamp }] of all.entries()) {
          const next = all[index + 1]
          assert.isTrue(
            next === undefined ||
              timestamp > next.timestamp ||
              (timestamp === next.timestamp && Number(id) > Number(next.id))
          )
        }
        const from = iso(T0 + 5 * MINUTE)
        const to = iso(T0 + 15 * MINUTE)
        const filters: ReadonlyArray<readonly [string, (item: Item) => boolean]> = [
          ["", () => true],
          ["stream=beta", ({ stream_id }) => stream_id === "beta"],
          [`stream=${encodeURIComponent("x' OR '1'='1")}`, ({ stream_id }) => stream_id.startsWith("x")],
          ["stream=nobody", () => false],
          ...types.map((type) => [`type=${type}`, ({ moment_type }: Item) => moment_type === type] as const),
          [`from=${from}`, ({ timestamp }) => timestamp >= from],
          [`to=${to}`, ({ timestamp }) => timestamp < to],
          ["min_intensity=7.5", ({ intensity }) => (intensity ?? 0) >= 7.5],
          [
            `stream=alpha&type=chat_spike&from=${from}&to=${to}&min_intensity=4`,
            ({ intensity, moment_type, stream_id, timestamp }) =>
              stream_id === "alpha" &&
              moment_type === "chat_spike" &&
              timestamp >= from &&
              timestamp < to &&
              (intensity ?? 0) >= 4
          ]
        ]
        for (const [filter, holds] of filters) {
          for (const limit of [1, 7, 500]) {
            assert.deepStrictEqual(yield* itemsOf<Item>(`${url}?limit=${limit}&${filter}`), all.filter(holds), filter)
          }
        }
        for (const bad of [
          "type=other",
          "min_intensity=x",
          "min_intensity=Infinity",
          "from=yesterday",
          "from=2026-02-30",
          "limit=501",
          "stream="
        ]) {
          assert.strictEqual((yield* request(`${url}?${bad}`)).status, 400, bad)
        }
      })
    )
  )

  it.effect("come once each while there are more of them, and while some continue", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const moments = Array.from({ length: 30 }, (_, index) => at(index * MINUTE, { description: String(index) }))
        yield* task.commit({ moments })
        let more = 30
        const pages = yield* pagesOf(
          `${api.url}/moments?limit=4`,
          Effect.suspend(() => {
            const continued = moments[more % 30] ?? momentOf()
            return task.commit({
              moments: [
                at(more++ * MINUTE, { description: "new" }),
                { ...continued, endedAtMs: EventTimeMs(continued.endedAtMs + 10_000) }
              ]
            })
          })
        )
        assert.deepStrictEqual(
          descriptions(pages.flat() as ReadonlyArray<Item>),
          moments.map(({ description }) => description).toReversed()
        )
      })
    )
  )

  it.effect("quote the chat of their present peak alone, one by one and in the list", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const moment = at(0)
        const peakAt = (peak_end: string): Moment => ({ ...moment, metadata: { ...moment.metadata, peak_end } })
        yield* task.commit({ moments: [{ ...peakAt("2024-05-01T00:01:00.000Z"), content: contentOf("first") }] })
        const content = Effect.gen(function* () {
          const [item] = yield* itemsOf<Item>(`${api.url}/moments`)
          const { body } = yield* request<typeof MomentDetail.Encoded>(`${api.url}/moments/${item?.id}`)
          assert.deepStrictEqual(body.moment, item)
          return item?.content
        })
        assert.deepStrictEqual(yield* content, contentOf("first"))
        // A later peak quotes nothing: MOMENT_SAMPLES has become 0.
        const later = peakAt("2024-05-01T00:01:10.000Z")
        yield* task.commit({ moments: [later] })
        assert.isNull(yield* content)
        yield* task.commit({ moments: [{ ...later, content: contentOf("second") }] })
        assert.deepStrictEqual(yield* content, contentOf("second"))
        // Another version may write another form.
        const sql = yield* SqlClient
        yield* sql`UPDATE moment_samples SET content = '{"samples": 1}'`
        assert.isNull(yield* content)
      })
    )
  )

  it.effect("keep their id when their type changes", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const spike = at(0)
        yield* task.commit({ moments: [spike] })
        const [before] = yield* itemsOf<Item>(`${api.url}/moments?type=chat_spike`)
        yield* task.commit({ moments: [{ ...spike, type: "raid", description: "a raid" }] })
        assert.deepStrictEqual(yield* itemsOf<Item>(`${api.url}/moments?type=chat_spike`), [])
        const [after] = yield* itemsOf<Item>(`${api.url}/moments?type=raid`)
        assert.isDefined(after)
        assert.strictEqual(after.id, before?.id)
      })
    )
  )

  it.effect("have 64-bit ids as text; the last digit counts", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const task = yield* startTask()
        yield* sql`SELECT setval(pg_get_serial_sequence('moments', 'id'), 9223372036854775800)`
        yield* task.commit({ moments: [at(0, { type: "chat_drop" }), at(0, { type: "chat_spike" })] })
        const ids = (yield* itemsOf<Item>(`${api.url}/moments?limit=1`)).map(({ id }) => id)
        assert.deepStrictEqual(ids, ["9223372036854775802", "9223372036854775801"])
        const { body } = yield* request<typeof MomentDetail.Encoded>(`${api.url}/moments/9223372036854775801`)
        assert.strictEqual(body.moment.id, "9223372036854775801")
        assert.strictEqual(body.moment.moment_type, "chat_drop")
        const statuses = Effect.forEach(
          [
            "9223372036854775803",
            "9223372036854775807",
            "0",
            "9223372036854775808",
            "99999999999999999999",
            "-1",
            "1.0",
            "0x1"
          ],
          (id) => Effect.map(request(`${api.url}/moments/${id}`), ({ status }) => status)
        )
        assert.deepStrictEqual(yield* statuses, [404, 404, 404, 404, 400, 400, 400, 400])
      })
    )
  )

  it.effect("from an earlier job are returned as stored, in their order to the microsecond", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        yield* startTask()
        yield* sql`INSERT INTO moments (stream_id, timestamp, moment_type, description, intensity,
            metadata, detected_at)
          VALUES
          ('old', '2024-05-01 00:00:00.000100', 'raid', NULL, NULL, NULL, NULL),
          ('old', '2024-05-01 00:00:00.000300', 'hype', 'c', 'NaN', '{"viewers": 3}', NULL),
          ('old', '2024-05-01 00:00:00.000200', 'chat_spike', 'b', 'Infinity',
            ${JSON.stringify(OF_EARLIER_VERSION)}::jsonb, NULL),
          ('old', '2024-05-01 00:00:00.000050', 'chat_spike', 'a', 4,
            '{"window_start": "x", "top_emotes": {}}', '2024-05-01 00:00:09.123456')`
        const expected = [
          ["hype", "c", null, null],
          ["chat_spike", "b", null, null],
          ["raid", null, null, null],
          ["chat_spike", "a", 4, "2024-05-01T00:00:09.123Z"]
        ]
        for (const limit of [1, 2, 500]) {
          const items = yield* itemsOf<Item>(`${api.url}/moments?limit=${limit}`)
          assert.deepStrictEqual(
            items.map(({ description, detected_at, intensity, moment_type }) => [
              moment_type,
              description,
              intensity,
              detected_at
            ]),
            expected,
            `${limit} a page`
          )
          assert.isTrue(items.every(({ ended_at, metadata }) => ended_at === null && metadata === null))
        }
        assert.deepStrictEqual(descriptions(yield* itemsOf<Item>(`${api.url}/moments?min_intensity=0`)), ["a"])
        const [raid] = yield* itemsOf<Item>(`${api.url}/moments?stream=old&limit=1`)
        const { body, status } = yield* request<typeof MomentDetail.Encoded>(`${api.url}/moments/${raid?.id}`)
        assert.strictEqual(status, 200)
        assert.deepStrictEqual(body.explanation, [])
      })
    )
  )

  it.effect("come with the stream's windows from 15 minutes before to 10 minutes after, and with an explanation", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const rows = Array.from({ length: 300 }, (_, index) =>
          rowOf({
            startMs: EventTimeMs(T0 + index * 10_000),
            endMs: EventTimeMs(T0 + index * 10_000 + MINUTE),
            zScore: null
          })
        )
        const moment = at(20 * MINUTE)
        yield* (yield* startTask()).commit({ rows: [...rows, rowOf({ stream: "other" })], moments: [moment] })
        const [item] = yield* itemsOf<Item>(`${api.url}/moments`)
        const { body } = yield* request<typeof MomentDetail.Encoded>(`${api.url}/moments/${item?.id}`)
        assert.deepStrictEqual(body.moment, item)
        assert.deepStrictEqual(
          body.surroundings,
          rows.filter(({ startMs }) => startMs >= T0 + 5 * MINUTE && startMs < T0 + 31 * MINUTE).map(pointOf)
        )
        assert.deepStrictEqual(body.explanation, explain(moment))
        assert.isNotEmpty(body.explanation)
      })
    )
  )
})
