import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { ProblemDetails } from "effect/http"
import { SqlClient } from "effect/sql/SqlClient"
import { type DeadLetter, DeadLetterReason } from "../../src/domain/DeadLetter.ts"
import { AFTER_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import type { FlushStatus } from "../../src/domain/Flush.ts"
import type { DeadLetterDetail, DeadLetterItem } from "../../src/api/DeadLetters.ts"
import type { PipelineStatus } from "../../src/api/Pipeline.ts"
import { checkpointOf, deadLetterOf, flushOf, T0 } from "../contract/ResultStoreContract.ts"
import { Random } from "../harness/Random.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request, itemsOf, pagesOf } from "../harness/Request.ts"
import { iso } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"

type Item = typeof DeadLetterItem.Encoded

const itemOf = (letter: DeadLetter): Omit<Item, "dead_at"> => ({
  topic: letter.topic,
  partition: letter.partition,
  kafka_offset: String(letter.offset),
  reason: letter.reason,
  path: letter.path,
  record_timestamp: letter.recordTimestampMs === null ? null : iso(letter.recordTimestampMs),
  payload_bytes: letter.payloadBytes
})

const status = (over: Partial<FlushStatus>): FlushStatus => ({ ...flushOf(checkpointOf()).status, ...over })

const keyOf = ({ kafka_offset, partition, topic }: Pick<Item, "topic" | "partition" | "kafka_offset">): string =>
  `${topic} ${partition} ${kafka_offset}`

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("dead letters", (it) => {
  it.effect("are listed as they were committed, the latest first, by reason and topic, whatever the page", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const random = new Random(3)
        const letters = Array.from({ length: 60 }, (_, index) =>
          deadLetterOf({
            topic: index % 3 === 0 ? "telemetra.events.viewer" : "telemetra.events.chat",
            partition: index % 2,
            // Beyond what a double holds exactly.
            offset: 9_007_199_254_740_993n + BigInt(index),
            reason: DeadLetterReason.literals[random.between(0, 4)] ?? "invalid-json",
            path: random.chance(0.5) ? null : "emotes[3]",
            recordTimestampMs: random.chance(0.2) ? null : T0 + index
          })
        )
        const task = yield* startTask()
        // Those of one flush share their time.
        for (const first of [0, 20, 40]) yield* task.commit({ deadLetters: letters.slice(first, first + 20) })
        const url = `${api.url}/dead-letters`
        const all = yield* itemsOf<Item>(`${url}?limit=500`)
        const byKey = new Map(letters.map((letter) => [keyOf(itemOf(letter)), letter]))
        assert.strictEqual(all.length, letters.length)
        assert.strictEqual(new Set(all.map(keyOf)).size, letters.length)
        for (const [index, { dead_at, ...item }] of all.entries()) {
          assert.deepStrictEqual(item, itemOf(byKey.get(keyOf(item)) ?? deadLetterOf()))
          assert.isTrue(dead_at >= (all[index + 1]?.dead_at ?? ""))
        }
        const filters: ReadonlyArray<readonly [string, (item: Item) => boolean]> = [
          ["", () => true],
          ["reason=invalid-json", ({ reason }) => reason === "invalid-json"],
          ["topic=telemetra.events.viewer", ({ topic }) => topic === "telemetra.events.viewer"],
          [
            "topic=telemetra.events.chat&reason=too-large",
            ({ reason, topic }) => topic === "telemetra.events.chat" && reason === "too-large"
          ],
          ["topic=other", () => false]
        ]
        for (const [filter, holds] of filters) {
          for (const limit of [1, 7, 500]) {
            assert.deepStrictEqual(yield* itemsOf<Item>(`${url}?limit=${limit}&${filter}`), all.filter(holds), filter)
          }
        }
        assert.strictEqual((yield* request(`${url}?reason=other`)).status, 400)

        const counts = Map.groupBy(all, ({ reason }) => reason)
        const { body } = yield* request<ReadonlyArray<{ readonly reason: string; readonly count: number }>>(
          `${url}/reasons`
        )
        assert.deepStrictEqual(
          body,
          [...counts]
            .map(([reason, items]) => ({ reason, count: items.length, latest: items[0]?.dead_at ?? "" }))
            .toSorted((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
        )
      })
    )
  )

  it.effect("come once each while there are more of them", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const letters = Array.from({ length: 20 }, (_, index) => deadLetterOf({ offset: BigInt(index) }))
        yield* task.commit({ deadLetters: letters })
        let more = 20
        const pages = yield* pagesOf(
          `${api.url}/dead-letters?limit=3`,
          Effect.suspend(() => task.commit({ deadLetters: [deadLetterOf({ offset: BigInt(more++) })] }))
        )
        assert.deepStrictEqual(
          (pages.flat() as ReadonlyArray<Item>).map(({ kafka_offset }) => Number(kafka_offset)),
          letters.map(({ offset }) => Number(offset)).toReversed()
        )
      })
    )
  )

  it.effect("are shown with their payload by a server that serves payloads", () =>
    withApi(({ api, replica }) =>
      Effect.gen(function* () {
        const payload = new Uint8Array([0, 255, 123, 0xe2, 0x80, 0xae, 10, 0xf0, 0x9f])
        const letter = deadLetterOf({ topic: "a/b", offset: 2n ** 63n - 1n, payload, payloadBytes: 2_000_000 })
        yield* (yield* startTask()).commit({ deadLetters: [letter] })
        const path = "dead-letters/a%2Fb/3/9223372036854775807"
        const { body } = yield* request<typeof DeadLetterDetail.Encoded>(`${api.url}/${path}`)
        const { dead_at, ...rest } = body
        assert.deepStrictEqual(rest, { ...itemOf(letter), payload: "\0\uFFFD{\u202E\n\uFFFD" })
        assert.isBelow(Math.abs(Date.now() - Date.parse(dead_at)), 3_600_000)

        for (const [other, status] of [
          ["dead-letters/a%2Fb/3/9223372036854775806", 404],
          ["dead-letters/a/3/1", 404],
          ["dead-letters/a%2Fb/2147483648/1", 400],
          ["dead-letters/a%2Fb/-1/1", 400],
          ["dead-letters/a%2Fb/3/9223372036854775808", 404],
          ["dead-letters/a%00/3/1", 400]
        ] as const) {
          assert.strictEqual((yield* request(`${api.url}/${other}`)).status, status, other)
        }

        const exposed = yield* replica({ host: "0.0.0.0" })
        const refused = yield* request<ProblemDetails.ProblemDetails>(`${exposed.url}/${path}`)
        assert.strictEqual(refused.status, 403)
        assert.strictEqual(refused.type, "application/problem+json")
        // Without payloads the list is public.
        assert.strictEqual((yield* itemsOf<Item>(`${exposed.url}/dead-letters`)).length, 1)
        const guarded = yield* replica({ host: "0.0.0.0", apiToken: "not-so-secret" })
        const headers = { authorization: "Bearer not-so-secret" }
        assert.strictEqual((yield* request(`${guarded.url}/${path}`, { headers })).status, 200)
        assert.strictEqual((yield* request(`${guarded.url}/${path}`)).status, 401)
      })
    )
  )
})

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("the pipeline's status", (it) => {
  it.effect("is empty before the first task", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const { body } = yield* request<typeof PipelineStatus.Encoded>(`${api.url}/status`)
        const { now, ...rest } = body
        assert.isBelow(Math.abs(Date.now() - Date.parse(now)), 3_600_000)
        assert.deepStrictEqual(rest, {
          window: null,
          watermark: null,
          lag_records: null,
          records_per_second: null,
          task_count: 0,
          tasks_without_watermark: 0,
          tasks: [],
          gaps: 0,
          dead_letters_dropped: 0,
          problems: yield* api.status.problems,
          collects: null,
          session: false
        })
      })
    )
  )

  // Longer than 70 lines: the steps of one scenario, on the same tables.
  it.effect("is the position of each task at its last flush, the same from every server", () =>
    withApi(({ api, replica }) =>
      Effect.gen(function* () {
        const first = yield* startTask({ sourcePartition: 0 })
        const second = yield* startTask({ sourcePartition: 1 })
        yield* first.commit(
          { status: status({ owner: "a", lagRecords: 7, recordsPerSecond: 1.5 }) },
          { watermarkMs: EventTimeMs(T0 + 5) }
        )
        const early = yield* request<typeof PipelineStatus.Encoded>(`${api.url}/status`)
        // The second task has had no event yet.
        assert.deepInclude(early.body, { watermark: iso(T0 + 5), lag_records: 7, records_per_second: 1.5 })
        assert.deepInclude(early.body.tasks[1], { watermark: null, lag_records: null })
        yield* second.commit(
          {
            status: status({ owner: "b", lagRecords: 0, recordsPerSecond: 2 }),
            gaps: [
              {
                topic: "t",
                partition: 1,
                fromOffset: 1n,
                toOffset: 5n,
                eventsFromMs: EventTimeMs(T0),
                eventsToMs: EventTimeMs(T0 + 1)
              }
            ]
          },
          { watermarkMs: EventTimeMs(T0 + 3) }
        )
        const { body } = yield* request<typeof PipelineStatus.Encoded>(`${api.url}/status`)
        assert.deepInclude(body, {
          window: { size_ms: 60_000, slide_ms: 10_000 },
          watermark: iso(T0 + 3),
          lag_records: 7,
          records_per_second: 3.5,
          gaps: 1,
          dead_letters_dropped: 0
        })
        const inputs = [
          { topic: "telemetra.events.chat", partition: 3, next_offset: "0", counts: true },
          { topic: "telemetra.events.viewer", partition: 3, next_offset: "9007199254740993", counts: false }
        ]
        const tasks = body.tasks.map(({ updated_at, ...task }) => {
          assert.isBelow(Math.abs(Date.now() - Date.parse(updated_at)), 3_600_000)
          return task
        })
        assert.deepStrictEqual(tasks, [
          {
            source_partition: 0,
            owner: "a",
            epoch: "1",
            flush: "1",
            watermark: iso(T0 + 5),
            lag_records: 7,
            records_per_second: 1.5,
            inputs
          },
          {
            source_partition: 1,
            owner: "b",
            epoch: "1",
            flush: "1",
            watermark: iso(T0 + 3),
            lag_records: 0,
            records_per_second: 2,
            inputs
          }
        ])
        const other = yield* request<typeof PipelineStatus.Encoded>(`${(yield* replica()).url}/status`)
        assert.deepStrictEqual({ ...other.body, now: body.now }, body)

        // A bounded input that has ended.
        yield* second.commit({}, { watermarkMs: AFTER_ALL })
        const ended = yield* request<typeof PipelineStatus.Encoded>(`${api.url}/status`)
        assert.isNull(ended.body.tasks[1]?.watermark)

        // A checkpoint of another version of the worker.
        const sql = yield* SqlClient
        yield* sql`UPDATE checkpoints SET settings = '[]', inputs = '{}', status = '3', epoch = 9223372036854775807`
        const strange = yield* request<typeof PipelineStatus.Encoded>(`${api.url}/status`)
        assert.strictEqual(strange.status, 200)
        assert.isNull(strange.body.window)
        assert.deepInclude(strange.body.tasks[0], { owner: null, epoch: "9223372036854775807", inputs: [] })
      })
    )
  )
})
