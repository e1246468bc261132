import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startApiProcess } from "../harness/ApiProcess.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { type EventStream, openStream } from "../harness/EventStream.ts"
import * as Postgres from "../harness/Postgres.ts"
import { until } from "../harness/Until.ts"

const CLIENTS = 500
const ROWS = 400
/** 1.5 KB of text in each row: few rows with much text cost the database less than many rows. */
const EMOTES = Array.from({ length: 6 }, () => "x".repeat(255))
/** Twice the retained amount for later clients. After that nothing has to grow. */
const WARM_FLUSHES = 60
/** As text more than the bound: what is held for a client that does not read would show. */
const FLUSHES = 250
const MOST_GROWTH_BYTES = 100 * 2 ** 20

const isUpTo = (flush: number) => (stream: EventStream) => stream.lastId() === `3:${flush}`

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("live updates", (it) => {
  it.effect("reach all others while one client does not read, and hold nothing for it", () =>
    withApi(({ postgres, schema }) =>
      Effect.gen(function* () {
        const api = yield* startApiProcess(postgres, schema)
        const task = yield* startTask()
        const commit = (flush: number) =>
          task.commit({
            rows: Array.from({ length: ROWS }, (_, index) =>
              rowOf({
                startMs: EventTimeMs(T0 + flush * 10_000),
                endMs: EventTimeMs(T0 + flush * 10_000 + 60_000),
                stream: `stream ${index}`,
                topEmotes: EMOTES
              })
            )
          })
        const open = (include: string) => openStream(`${api.url}/live?include=${include}`, { keep: false })
        const few = yield* Effect.forEach(Array.from({ length: CLIENTS - 4 }), () => open("moments,status"), {
          concurrency: 20
        })
        const readers = yield* Effect.forEach([1, 2, 3], () => open("windows"))
        const stalled = yield* open("windows")
        yield* stalled.pause
        const others = [...few, ...readers]
        assert.isTrue([...others, stalled].every(({ status }) => status === 200))
        const received = (flush: number, streams: ReadonlyArray<EventStream>) =>
          until(
            `flush ${flush}`,
            Effect.sync(() => streams.every(isUpTo(flush)) || undefined),
            () =>
              streams
                .filter((stream) => !isUpTo(flush)(stream))
                .map((stream) => stream.lastId())
                .join(" ")
          )
        /** Ten flushes are less than what one read takes, and than what is kept for readers. */
        const commitAll = Effect.fnUntraced(function* (from: number, to: number) {
          for (let flush = from; flush <= to; flush++) {
            yield* commit(flush)
            if (flush % 10 === 0) yield* received(flush, readers)
          }
        })
        yield* commitAll(1, WARM_FLUSHES)
        yield* received(WARM_FLUSHES, others)
        const before = yield* api.residentBytes

        const last = WARM_FLUSHES + FLUSHES
        yield* commitAll(WARM_FLUSHES + 1, last)
        yield* received(last, others)
        const growth = (yield* api.residentBytes) - before
        assert.isBelow(growth, MOST_GROWTH_BYTES)
        assert.isTrue(others.every((stream) => stream.events.every(({ name }) => name === "update")))

        // It reads again: the rest, then the request to load again, then new data.
        assert.isFalse(isUpTo(last)(stalled))
        yield* stalled.resume
        yield* received(last, [stalled])
        const names = stalled.events.map(({ name }) => name)
        assert.strictEqual(names.filter((name) => name === "reset").length, 1)
        assert.strictEqual(names.at(-1), "reset")
        yield* commit(last + 1)
        yield* received(last + 1, [...others, stalled])
        assert.strictEqual(stalled.events.at(-1)?.name, "update")
      })
    )
  )
})
