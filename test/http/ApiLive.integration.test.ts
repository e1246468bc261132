import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import type { ProblemDetails } from "effect/http"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import { LiveUpdate } from "../../src/api/Live.ts"
import { MAX_CLIENTS } from "../../src/query/LiveFeed.ts"
import { checkpointOf, flushOf, momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { Random } from "../harness/Random.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import { request } from "../harness/Request.ts"
import { type EventStream, openStream } from "../harness/EventStream.ts"
import { clipOf, iso, summaryOf } from "../harness/Expected.ts"
import * as Postgres from "../harness/Postgres.ts"
import { until } from "../harness/Until.ts"

type Update = typeof LiveUpdate.Encoded

const SLIDE = 10_000
const MINUTE = 60_000

const windowAt = (index: number, over: Partial<SummaryRow> = {}): SummaryRow =>
  rowOf({ startMs: EventTimeMs(T0 + index * SLIDE), endMs: EventTimeMs(T0 + index * SLIDE + MINUTE), ...over })

/** The events of one kind that have come so far. */
const updates = ({ events }: EventStream): ReadonlyArray<Update> =>
  events.filter(({ name }) => name === "update").map(({ data }): Update => JSON.parse(data))

const resets = ({ events }: EventStream): number => events.filter(({ name }) => name === "reset").length

const announce = (streams: ReadonlyArray<EventStream>) => ({
  output: () => streams.map((stream) => `${stream.events.length} events, last id ${stream.lastId()}`).join("\n")
})

/** Waits until it has come about. */
const come = (what: string, streams: ReadonlyArray<EventStream>, is: () => boolean) =>
  until(
    what,
    Effect.sync(() => is() || undefined),
    announce(streams).output
  )

const keyOf = (stream: string, start: string): string => `${stream} ${start}`

/** The id of a client that has received everything of these tasks. */
const isUpTo = (stream: EventStream, positions: Readonly<Record<number, number>>): boolean => {
  const pairs = (stream.lastId() ?? "").split(",").toSorted()
  return (
    String(pairs) ===
    String(
      Object.entries(positions)
        .map(([task, flush]) => `${task}:${flush}`)
        .toSorted()
    )
  )
}

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("live updates", (it) => {
  it.effect("end with an event when the worker stops, for those who come during the stop too", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        yield* task.commit({ rows: [windowAt(0)] })
        const [following, resuming] = yield* Effect.all([
          openStream(`${api.url}/live`),
          openStream(`${api.url}/live`, { lastId: "3:0" })
        ])
        yield* come(
          "where they begin",
          [following, resuming],
          () => isUpTo(following, { 3: 1 }) && isUpTo(resuming, { 3: 1 })
        )
        yield* api.status.stop
        const late = yield* openStream(`${api.url}/live`)
        const all = [following, resuming, late]
        yield* come("the end", all, () => all.every(({ isOver }) => isOver()))
        assert.deepStrictEqual(
          all.map(({ events }) => events.map(({ name }) => name)),
          [["shutdown"], ["update", "shutdown"], ["shutdown"]]
        )
        // The data of a client do not change.
        assert.isTrue(isUpTo(following, { 3: 1 }))
        assert.strictEqual(yield* api.clients, 0)
      })
    )
  )

  it.effect("report what a flush wrote, as it is committed", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        yield* task.commit({ rows: [windowAt(0)] })
        const live = yield* openStream(`${api.url}/live`)
        assert.strictEqual(live.status, 200)
        assert.strictEqual(live.contentType, "text/event-stream")
        yield* come("where it begins", [live], () => isUpTo(live, { 3: 1 }))

        const rows = [windowAt(1), windowAt(1, { stream: "=1\n\ndata: x\u2028", zScore: null, avgViewers: null })]
        const moment = momentOf({ description: "line\nline" })
        const status = { ...flushOf(checkpointOf()).status, owner: "somebody", lagRecords: 4, recordsPerSecond: 1.5 }
        yield* task.commit({ rows, moments: [moment], status })
        yield* come("the flush", [live], () => live.events.length === 1)
        assert.isTrue(isUpTo(live, { 3: 2 }))
        const [update] = updates(live)
        const [received] = update?.moments ?? []
        assert.deepStrictEqual(update?.windows, rows.toSorted((a, b) => (a.stream < b.stream ? -1 : 1)).map(summaryOf))
        assert.deepStrictEqual(received, {
          id: "1",
          stream_id: "alpha",
          timestamp: iso(moment.timestampMs),
          ended_at: iso(moment.endedAtMs),
          moment_type: "chat_spike",
          description: "line\nline",
          intensity: 4.25,
          detected_at: received?.detected_at ?? "",
          metadata: moment.metadata,
          content: null,
          feedback: null,
          clip: clipOf(moment)
        })
        assert.strictEqual(update?.tasks.length, 1)
        assert.isNull(update?.totals)
        assert.deepInclude(update?.tasks[0], {
          source_partition: 3,
          owner: "somebody",
          flush: "2",
          lag_records: 4,
          records_per_second: 1.5
        })

        // A moment that continues is sent again.
        yield* task.commit({ moments: [{ ...moment, endedAtMs: EventTimeMs(moment.endedAtMs + SLIDE) }] })
        yield* come("the moment again", [live], () => live.events.length === 2)
        assert.deepInclude(updates(live)[1]?.moments[0], { id: "1", ended_at: iso(moment.endedAtMs + SLIDE) })
      })
    )
  )

  it.effect("contain what is requested: kinds, and one stream; the id moves on for all", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        const windows = yield* openStream(`${api.url}/live?include=windows`)
        const moments = yield* openStream(`${api.url}/live?include=moments`)
        const status = yield* openStream(`${api.url}/live?include=status`)
        const totals = yield* openStream(`${api.url}/live?include=totals`)
        const beta = yield* openStream(`${api.url}/live?stream=beta&include=windows,moments`)
        const silentTask = yield* openStream(
          `${api.url}/live?stream=${encodeURIComponent("a b/ü")}&include=moments,windows`
        )
        const all = [windows, moments, status, totals, beta, silentTask]
        yield* task.commit({ rows: [windowAt(0), windowAt(0, { stream: "beta" })], moments: [momentOf()] })
        yield* task.commit({ rows: [windowAt(1)] })
        yield* task.commit({ moments: [momentOf({ stream: "beta" })] })
        yield* task.commit({ rows: [windowAt(2, { stream: "a b/ü" })] })
        yield* come("all flushes", all, () => all.every((stream) => isUpTo(stream, { 3: 4 })))
        const shape = (stream: EventStream) =>
          updates(stream).map((update) => [
            update.windows.map(({ stream_id }) => stream_id),
            update.moments.map(({ stream_id }) => stream_id)
          ])
        assert.deepStrictEqual(
          shape(windows).flatMap(([rows]) => rows ?? []),
          ["alpha", "beta", "alpha", "a b/ü"]
        )
        assert.isTrue(updates(windows).every((update) => update.moments.length === 0 && update.tasks.length === 0))
        assert.deepStrictEqual(
          shape(moments).flatMap(([, found]) => found ?? []),
          ["alpha", "beta"]
        )
        assert.isTrue(updates(moments).every((update) => update.windows.length === 0 && update.tasks.length === 0))
        assert.isTrue(updates(status).every((update) => update.windows.length === 0 && update.moments.length === 0))
        assert.strictEqual(updates(status).at(-1)?.tasks[0]?.flush, "4")
        assert.isTrue(updates(totals).every((update) => update.windows.length + update.moments.length === 0))
        assert.deepStrictEqual(updates(totals).at(-1)?.totals, {
          watermark: updates(status).at(-1)?.tasks[0]?.watermark ?? null,
          lag_records: null,
          records_per_second: null,
          task_count: 1,
          tasks_without_watermark: 0
        })
        assert.deepStrictEqual(shape(beta).flat(2), ["beta", "beta"])
        assert.deepStrictEqual(shape(silentTask).flat(2), ["a b/ü"])

        for (const bad of ["include=", "include=windows,other", "include=windows;moments", "stream=", "stream=a%00"]) {
          const { body, status } = yield* request<ProblemDetails.ProblemDetails>(`${api.url}/live?${bad}`)
          assert.strictEqual(status, 400, bad)
          assert.strictEqual(body.status, 400)
        }
        for (const id of ["x", "1", "1:", "1:2,", "1:-2", "1.5:2", "1:2;3:4"]) {
          assert.strictEqual((yield* request(`${api.url}/live`, { headers: { "last-event-id": id } })).status, 400, id)
        }
      })
    )
  )

  it.effect("contain longer windows that start before those of earlier flushes", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const task = yield* startTask()
        for (const index of [0, 1, 2]) yield* task.commit({ rows: [windowAt(index)] })
        const live = yield* openStream(`${api.url}/live?include=windows`)
        yield* come("where it begins", [live], () => isUpTo(live, { 3: 3 }))
        const longer = windowAt(0, { endMs: EventTimeMs(T0 + 5 * MINUTE) })
        yield* task.commit({ rows: [longer] }, { window: { sizeMs: 5 * MINUTE, slideMs: SLIDE } })
        const resuming = yield* openStream(`${api.url}/live?include=windows`, { lastId: "3:2" })
        const both = [live, resuming]
        yield* come("the longer window", both, () => both.every((stream) => isUpTo(stream, { 3: 4 })))
        assert.deepStrictEqual(
          both.map((stream) => updates(stream).flatMap(({ windows }) => windows)),
          [[summaryOf(longer)], [windowAt(2), longer].map(summaryOf)]
        )
      })
    )
  )

  it.effect("give a client the totals only, if it wants them, however many tasks flush", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const tasks = yield* Effect.forEach(
          Array.from({ length: 40 }, (_, sourcePartition) => sourcePartition),
          (sourcePartition) => startTask({ sourcePartition })
        )
        const totals = yield* openStream(`${api.url}/live?include=moments,totals`)
        const windows = yield* openStream(`${api.url}/live?include=windows`)
        yield* come("where they begin", [totals, windows], () => totals.lastId() !== undefined)
        const flushAll = (flush: number) =>
          Effect.forEach(
            tasks,
            (task, number) => task.commit({ rows: [windowAt(flush, { stream: `stream ${number}` })] }),
            { concurrency: "unbounded", discard: true }
          )
        yield* flushAll(0)
        const upTo = Object.fromEntries(tasks.map((_, task) => [task, 1]))
        yield* come("all flushes", [totals, windows], () => isUpTo(windows, upTo) && isUpTo(totals, upTo))
        assert.strictEqual(updates(windows).flatMap((update) => update.windows).length, tasks.length)
        assert.isTrue(updates(totals).every((update) => update.tasks.length === 0 && update.totals?.task_count === 40))
        assert.strictEqual(updates(totals).length, updates(windows).length)
      })
    )
  )

  it.effect("report a later task from its first flush", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        const early = yield* openStream(`${api.url}/live?include=windows`)
        yield* come("where it begins", [early], () => early.lastId() !== undefined)
        const before = early.lastId()
        yield* early.vanish
        const first = yield* startTask({ sourcePartition: 0 })
        yield* first.commit({ rows: [windowAt(0)] })
        const live = yield* openStream(`${api.url}/live?include=windows`)
        // It was there before there was any task.
        const again = yield* openStream(`${api.url}/live?include=windows`, { lastId: before })
        yield* come("what it has missed", [again], () => updates(again).flatMap(({ windows }) => windows).length === 1)
        yield* come("where it begins", [live], () => isUpTo(live, { 0: 1 }))
        const second = yield* startTask({ sourcePartition: 1 })
        yield* Effect.forEach([0, 1, 2], (index) => second.commit({ rows: [windowAt(index, { stream: "late" })] }))
        const both = [live, again]
        yield* come("the new task", both, () => both.every((stream) => isUpTo(stream, { 0: 1, 1: 3 })))
        assert.strictEqual(updates(live).flatMap(({ windows }) => windows).length, 3)
        assert.strictEqual(updates(again).flatMap(({ windows }) => windows).length, 4)
        assert.strictEqual(resets(live) + resets(again), 0)
      })
    )
  )

  // Longer than 70 lines: the steps of one scenario, on the same tables.
  it.effect("miss nothing and repeat nothing, wherever and however often a client comes back", () =>
    withApi(({ api, replica }) =>
      Effect.gen(function* () {
        const random = new Random(1)
        const servers = [api, yield* replica()]
        const FLUSHES = 300
        const TASKS = [0, 1]
        const tasks = yield* Effect.forEach(TASKS, (sourcePartition) => startTask({ sourcePartition }))
        const committed: Array<SummaryRow> = []
        /** As they are in the end. */
        const moments = new Map<string, Moment>()
        const produce = Effect.forEach(
          tasks,
          (task, number) =>
            Effect.gen(function* () {
              let open = momentOf({ stream: `${number}`, timestampMs: EventTimeMs(T0) })
              for (let flush = 0; flush < FLUSHES; flush++) {
                const rows = Array.from({ length: random.between(0, 20) }, (_, index) =>
                  windowAt(flush, { stream: `${number} ${index}` })
                )
                // One moment goes on for a while, then there is another.
                open =
                  flush % 7 === 0
                    ? { ...open, timestampMs: EventTimeMs(T0 + flush), endedAtMs: EventTimeMs(T0 + flush) }
                    : { ...open, endedAtMs: EventTimeMs(open.endedAtMs + SLIDE) }
                const received = random.chance(0.5) ? [open] : []
                for (const moment of received) moments.set(`${moment.stream} ${iso(moment.timestampMs)}`, moment)
                committed.push(...rows)
                yield* task.commit({ rows, moments: received })
              }
            }),
          { concurrency: "unbounded", discard: true }
        )
        const streams: Array<EventStream> = []
        let lastId: string | undefined
        let isProduced = false
        const consume = Effect.gen(function* () {
          for (let visit = 0; visit <= 100; visit++) {
            const server = servers[random.between(0, 1)] ?? api
            const isLast = visit === 100
            // Gone in the middle of something, most times.
            const stream = yield* openStream(`${server.url}/live?include=windows,moments`, {
              lastId,
              ...(isLast ? {} : { vanishAfter: random.between(1, 5) })
            })
            streams.push(stream)
            if (isLast) return stream
            yield* come("some events", [stream], () => isProduced || stream.isOver())
            yield* stream.vanish
            lastId = stream.lastId() ?? lastId
          }
          return yield* Effect.die("it has not come back 100 times")
        })
        // The first position is that of before the first flush.
        const begin = yield* openStream(`${api.url}/live?include=windows,moments`)
        yield* come("where it begins", [begin], () => begin.lastId() !== undefined)
        lastId = begin.lastId()
        yield* begin.vanish
        const [last] = yield* Effect.all(
          [
            consume,
            Effect.andThen(
              produce,
              Effect.sync(() => void (isProduced = true))
            )
          ],
          { concurrency: 2 }
        )
        yield* come("the end", [last], () => isUpTo(last, { 0: FLUSHES, 1: FLUSHES }))

        const received = streams.flatMap(updates)
        assert.deepStrictEqual(
          received.flatMap(({ windows }) => windows.map((row) => keyOf(row.stream_id, row.window_start))).toSorted(),
          committed.map((row) => keyOf(row.stream, iso(row.startMs))).toSorted()
        )
        const versions = received.flatMap((update) => update.moments)
        assert.strictEqual(new Set(versions.map(({ ended_at, id }) => `${id} ${ended_at}`)).size, versions.length)
        const final = new Map(versions.map((moment) => [keyOf(moment.stream_id, moment.timestamp), moment.ended_at]))
        assert.deepStrictEqual(
          [...final].toSorted(),
          [...moments].map(([key, { endedAtMs }]): [string, string] => [key, iso(endedAtMs)]).toSorted()
        )
        assert.strictEqual(
          streams.reduce((sum, stream) => sum + resets(stream), 0),
          0
        )
      })
    )
  )

  it.effect(
    "report that the lists must be requested again if too much was missed, or the database is an older one",
    () =>
      withApi(({ api }) =>
        Effect.gen(function* () {
          const sql = yield* SqlClient
          const task = yield* startTask()
          yield* task.commit({ rows: [windowAt(0)] })
          for (let flush = 0; flush < 5; flush++) {
            yield* task.commit({
              rows: Array.from({ length: 4_500 }, (_, index) => windowAt(flush, { stream: `many ${index}` }))
            })
          }
          // For one stream it is little.
          const few = yield* openStream(`${api.url}/live?include=windows&stream=${encodeURIComponent("many 7")}`, {
            lastId: "3:1"
          })
          const many = yield* openStream(`${api.url}/live?include=windows`, { lastId: "3:1" })
          const some = yield* openStream(`${api.url}/live?include=windows`, { lastId: "3:4" })
          const beyond = yield* openStream(`${api.url}/live?include=windows`, { lastId: "3:9999999999999999999" })
          const all = [few, many, some, beyond]
          yield* come("what was missed", all, () => all.every((stream) => isUpTo(stream, { 3: 6 })))
          assert.deepStrictEqual(all.map(resets), [0, 1, 0, 1])
          assert.deepStrictEqual(
            all.map((stream) => updates(stream).flatMap(({ windows }) => windows).length),
            [5, 0, 9_000, 0]
          )
          // Everything after it is complete.
          yield* task.commit({ rows: [windowAt(9)] })
          yield* come("what is new", [many, beyond], () => isUpTo(many, { 3: 7 }) && isUpTo(beyond, { 3: 7 }))
          assert.strictEqual(updates(many).flatMap(({ windows }) => windows).length, 1)
          yield* sql`UPDATE checkpoints SET flush = 2`
          yield* sql`NOTIFY telemetra_flush`
          yield* come("the older database", [many], () => isUpTo(many, { 3: 2 }))
          assert.strictEqual(resets(many), 2)
        })
      )
  )

  it.effect("go on where the session that listens is ended", () =>
    withApi(({ api, schema }) =>
      Effect.gen(function* () {
        const sql = yield* SqlClient
        const task = yield* startTask()
        const live = yield* openStream(`${api.url}/live?include=windows`)
        const listening = sql<{
          pid: number
        }>`SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()`
        for (let round = 0; round < 3; round++) {
          const [session] = yield* until(
            `a session that listens for ${schema}`,
            Effect.map(listening, (found) => (found.length === 1 ? found : undefined)),
            announce([live]).output
          )
          yield* sql`SELECT pg_terminate_backend(${session?.pid ?? 0})`
          yield* task.commit({ rows: [windowAt(round)] })
          yield* come("the flush after it", [live], () => isUpTo(live, { 3: round + 1 }))
        }
        // All sessions at once.
        yield* sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'telemetra' AND state = 'idle'`
        yield* task.commit({ rows: [windowAt(3)] }).pipe(Effect.retry({ times: 5 }))
        yield* come("the flush after all", [live], () => isUpTo(live, { 3: 4 }))
        assert.strictEqual(updates(live).flatMap(({ windows }) => windows).length, 4)
        assert.isFalse(live.isOver())
      })
    )
  )

  it.effect("are for so many clients at once; those that vanish make room; an idle client receives a heartbeat", () =>
    withApi(({ api }) =>
      Effect.gen(function* () {
        yield* startTask()
        const url = `${api.url}/live?include=status`
        const clients = yield* Effect.forEach(Array.from({ length: MAX_CLIENTS }), () => openStream(url), {
          concurrency: 20
        })
        assert.isTrue(clients.every(({ status }) => status === 200))
        const { body, status } = yield* request<ProblemDetails.ProblemDetails>(url)
        assert.strictEqual(status, 429)
        assert.strictEqual(body.status, 429)
        // A HEAD request opens no stream.
        assert.strictEqual((yield* request(`${api.url}/status`)).status, 200)
        const [first, second] = clients
        assert.isDefined(first)
        assert.isDefined(second)
        yield* second.vanish
        const room = yield* until(
          "room for one more",
          Effect.map(openStream(url), (stream) => (stream.status === 200 ? stream : undefined)),
          announce([]).output
        )
        yield* Effect.forEach(clients.slice(1), (client) => client.vanish)
        const few = yield* until(
          "those that are left",
          Effect.map(api.clients, (count) => count === 2 || undefined),
          announce([first, room]).output
        )
        assert.isTrue(few)
        yield* come("a heartbeat", [first], () => first.comments() > 0)
      })
    )
  )
})
