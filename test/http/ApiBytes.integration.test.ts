/**
 * Lists whose rows are as large as the tables may hold them, read by several clients at once from a
 * process with a small heap.
 */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startApiProcess } from "../harness/ApiProcess.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { type Answer, request, itemsOf, type Page } from "../harness/Request.ts"
import { openStream } from "../harness/EventStream.ts"
import * as Postgres from "../harness/Postgres.ts"
import { until } from "../harness/Until.ts"

const READERS = 8

/** 4,080 bytes of text, six times as many in JSON. */
const EMOTES = Array.from({ length: 16 }, () => "\u0001".repeat(255))

/**
 * A page holds 1 MiB of text, plus the row that exceeds it. JSON takes up to six times as much, and
 * some for the figures.
 */
const MOST_BODY_BYTES = 8 * 2 ** 20

interface Item {
  readonly stream_id: string
  readonly window_start: string
  readonly id: string
}

const MANY = 5050

const start = ({ window_start }: Item): string => window_start

const windowsOf = (stream: string, count: number, topEmotes: ReadonlyArray<string>) =>
  Array.from({ length: count }, (_, index) =>
    rowOf({
      stream,
      startMs: EventTimeMs(T0 + index * 10_000),
      endMs: EventTimeMs(T0 + index * 10_000 + 60_000),
      topEmotes
    })
  )

/** All answers are pages, none is too large, and all pages together hold each item once. */
const expectPages = Effect.fnUntraced(function* (url: string, count: number, keyOf: (item: Item) => string) {
  const answers: ReadonlyArray<Answer<Page<Item>>> = yield* Effect.all(
    Array.from({ length: READERS }, () => request<Page<Item>>(url)),
    { concurrency: "unbounded" }
  )
  assert.deepStrictEqual(
    answers.map(({ status }) => status),
    answers.map(() => 200),
    url
  )
  for (const { text } of answers) assert.isAtMost(Buffer.byteLength(text), MOST_BODY_BYTES, url)
  const items = yield* itemsOf<Item>(url)
  assert.strictEqual(items.length, count, url)
  assert.strictEqual(new Set(items.map(keyOf)).size, count, url)
})

layer(Postgres.layer(), { timeout: "5 minutes", excludeTestServices: true })("pages of the largest rows", (it) => {
  it.effect("are cut by bytes, so that eight readers get them at once", () =>
    withApi(({ postgres, schema }) =>
      Effect.gen(function* () {
        const api = yield* startApiProcess(postgres, schema)
        const task = yield* startTask()
        const last = EventTimeMs(T0 + MANY * 10_000)
        const rows = windowsOf("alpha", MANY, EMOTES)
        const live = Array.from({ length: 600 }, (_, index) =>
          rowOf({
            stream: `live ${index}`,
            startMs: last,
            endMs: EventTimeMs(last + 60_000),
            topEmotes: EMOTES
          })
        )
        const moments = Array.from({ length: 600 }, (_, index) => {
          const timestampMs = EventTimeMs(T0 + index * 10_000)
          const moment = momentOf({ stream: "alpha", timestampMs, endedAtMs: EventTimeMs(timestampMs + 60_000) })
          return { ...moment, metadata: { ...moment.metadata, top_emotes: EMOTES, top_emotes_before: EMOTES } }
        })
        yield* task.commit({ rows, moments })
        yield* task.commit({ rows: live })

        yield* expectPages(`${api.url}/streams/alpha/summaries?from=1970-01-01&limit=5000`, MANY, start)
        yield* expectPages(`${api.url}/streams/alpha/summaries?from=1970-01-01&step=10&limit=5000`, MANY, start)
        yield* expectPages(`${api.url}/moments?limit=500`, 600, ({ id }) => id)
        yield* expectPages(`${api.url}/streams?limit=500`, 600, ({ stream_id }) => stream_id)
        const file = yield* request(`${api.url}/streams/alpha/summaries?from=1970-01-01`, {
          headers: { accept: "application/x-ndjson" }
        })
        assert.strictEqual(file.text.split("\n").length - 1, MANY)

        const { body } = yield* request<Page<Item>>(`${api.url}/moments?limit=1`)
        const [moment] = body.items
        const detail = yield* request<{ readonly surroundings: ReadonlyArray<Item> }>(
          `${api.url}/moments/${moment?.id}`
        )
        assert.strictEqual(detail.status, 200)
        assert.isAbove(detail.body.surroundings.length, 50)
      })
    )
  )

  it.effect("are read one by one where an earlier job wrote rows of any size", () =>
    withApi(({ postgres, schema }) =>
      Effect.gen(function* () {
        const api = yield* startApiProcess(postgres, schema)
        const task = yield* startTask()
        const huge = Array.from({ length: 10 }, () => "x".repeat(100_000))
        for (let part = 0; part < 3; part++) {
          yield* task.commit({ rows: windowsOf("alpha", 30, huge).slice(part * 10, part * 10 + 10) })
        }
        yield* expectPages(`${api.url}/streams/alpha/summaries?from=1970-01-01&limit=5000`, 30, start)
      })
    )
  )

  it.effect("make a live client start over where a flush is too large to send", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const stream = yield* openStream(`${api.url}/live?include=windows`)
        assert.strictEqual(stream.status, 200)
        yield* task.commit({ rows: windowsOf("alpha", 2200, EMOTES) })
        const named = (name: string) =>
          until(
            name,
            Effect.sync(() => stream.events.some((event) => event.name === name) || undefined),
            () => JSON.stringify(stream.events.map(({ name }) => name))
          )
        yield* named("reset")
        yield* task.commit({
          rows: [rowOf({ stream: "small", startMs: EventTimeMs(T0 + 3_000_0000), endMs: EventTimeMs(T0 + 3_006_0000) })]
        })
        yield* named("update")
      })
    )
  )
})
