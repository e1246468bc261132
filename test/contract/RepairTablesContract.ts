/** The contract of repairs: one suite for memory and PostgreSQL. */
import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import type { DeadLetter } from "../../src/domain/DeadLetter.ts"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Moment, MomentType } from "../../src/domain/Moment.ts"
import { FROM_FILES } from "../../src/domain/Task.ts"
import type { Repair } from "../../src/sink/Repair.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import type { Sweep } from "../../src/sink/Sweep.ts"
import { RepairTables } from "../../src/sink/RepairTables.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import {
  baselineOf,
  broadcastOf,
  contentOf,
  flushOf,
  momentOf,
  ResultTables,
  rowOf,
  started,
  T0
} from "./ResultStoreContract.ts"

const SLIDE = 10_000
const HOUR = 3_600_000
const EVERYTHING = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }

/** So many slides after T0. */
const at = (slides: number): EventTimeMs => EventTimeMs(T0 + slides * SLIDE)

const moment = (stream: string, first: number, end: number, openedAs: MomentType, type = openedAs): Moment =>
  momentOf({ stream, type, openedAs, timestampMs: at(first - 1), endedAtMs: at(end) })

const repairOf = (over: Partial<Repair> = {}): Repair => ({
  sourcePartition: 3,
  range: { fromMs: T0, toMs: T0 + HOUR },
  slideMs: SLIDE,
  rows: [],
  moments: [],
  settled: [],
  overToMs: Number.POSITIVE_INFINITY,
  over: [],
  momentsFromMs: T0,
  found: [],
  broadcasts: [],
  foundBroadcasts: [],
  deadLetters: [],
  ...over
})

const NOTHING = {
  rowsWritten: 0,
  momentsWritten: 0,
  momentsRemoved: 0,
  broadcastsWritten: 0,
  broadcastsRemoved: 0,
  refusedRows: 0
}

/** A broadcast of the slides that end after slide `first` (open bound), up to slide `last`. */
const lasting = (stream: string, first: number, last: number): Broadcast =>
  broadcastOf({ stream, startedAtMs: at(first), endedAtMs: at(last) })

/** A task whose tables hold these moments and broadcasts. */
const holding = Effect.fnUntraced(function* (
  moments: ReadonlyArray<Moment>,
  sourcePartition = 3,
  broadcasts: ReadonlyArray<Broadcast> = []
) {
  const store = yield* ResultStore
  const checkpoint = { ...(yield* started({ sourcePartition })), watermarkMs: EventTimeMs(T0 + HOUR) }
  const flush = flushOf(checkpoint, {
    rows: [rowOf()],
    moments,
    broadcasts,
    baselines: [baselineOf("alpha", T0 + 60_000)]
  })
  yield* store.commit(flush)
})

/** A dead letter at line 7 of a file. */
const letter = (text: string, path: string | null = null): DeadLetter => ({
  topic: "evening.ndjson",
  partition: 0,
  offset: 7n,
  recordTimestampMs: null,
  reason: "invalid-event",
  path,
  payload: new TextEncoder().encode(text),
  payloadBytes: text.length
})

const nameOf = ({ endMs, startMs, stream }: Pick<SummaryRow, "stream" | "startMs" | "endMs">): string =>
  `${stream} ${startMs - T0} ${endMs - T0}`

/**
 * Runs the suite. `store` is built again, with empty tables, for every test; `server` is what they
 * share.
 */
export const suite = <S, E, E2>(
  name: string,
  server: Layer.Layer<S, E>,
  store: Layer.Layer<ResultStore | RepairTables | ResultTables, E2, S>
): void =>
  layer(server, { timeout: "10 minutes", excludeTestServices: true })(`RepairTables: ${name}`, (it) => {
    const check = (title: string, body: Effect.Effect<void, unknown, ResultStore | RepairTables | ResultTables>) =>
      it.effect(title, () => body.pipe(Effect.provide(Layer.provideMerge(Layer.fresh(store), Logger.layer([])))))

    const contents = Effect.gen(function* () {
      const { baselines, moments, rows } = yield* ResultTables
      return { rows: yield* rows, moments: yield* moments, baselines: yield* baselines }
    })

    check(
      "changes nothing where the tables hold what it found",
      Effect.gen(function* () {
        const moments = [
          moment("alpha", 1, 3, "chat_spike", "raid"),
          moment("alpha", 5, 9, "chat_drop"),
          moment("alpha", 20, 40, "viewer_drop")
        ]
        yield* holding(moments)
        const before = yield* contents
        const { repair } = yield* RepairTables
        const settled = [3, 9, 10, 40].map((end) => ({ stream: "alpha", endMs: at(end) }))
        const one = repairOf({ rows: [rowOf()], moments, found: moments, settled })
        assert.deepStrictEqual(yield* repair(one), NOTHING)
        assert.deepStrictEqual(yield* contents, before)
      })
    )

    check(
      "corrects a row's sums, and a moment in its place, whatever its type was",
      Effect.gen(function* () {
        yield* holding([moment("alpha", 1, 3, "chat_spike"), moment("alpha", 1, 3, "chat_drop")])
        const { repair } = yield* RepairTables
        const row = rowOf({ viewerSum: 99 })
        const raid = moment("alpha", 1, 5, "chat_spike", "raid")
        const one = repairOf({ rows: [row], moments: [raid], found: [raid] })
        assert.deepStrictEqual(yield* repair(one), { ...NOTHING, rowsWritten: 1, momentsWritten: 1 })
        const { baselines, moments, rows } = yield* contents
        assert.deepStrictEqual(
          rows.map(({ viewerSum }) => viewerSum),
          [99]
        )
        assert.deepStrictEqual(
          moments.map(({ endedAtMs, openedAs, type }) => [type, openedAs, endedAtMs]),
          [
            ["chat_drop", "chat_drop", at(3)],
            ["raid", "chat_spike", at(5)]
          ]
        )
        // The newest baseline is the worker's.
        assert.strictEqual(baselines.length, 1)
        assert.deepStrictEqual(yield* repair(one), NOTHING)
      })
    )

    check(
      "corrects what a moment quotes, keeps it for a replay that quotes nothing, and deletes it with its moment",
      Effect.gen(function* () {
        const quoted = (text: string): Moment => ({ ...moment("alpha", 1, 3, "chat_spike"), content: contentOf(text) })
        yield* holding([quoted("stored"), { ...moment("gone", 5, 8, "chat_spike"), content: contentOf("gone") }])
        const { repair } = yield* RepairTables
        const { samples } = yield* ResultTables
        const texts = Effect.map(samples, (all) => all.map(({ content }) => content.samples[0]?.text.split(" ")[0]))
        const silent = moment("alpha", 1, 3, "chat_spike")
        const one = (found: Moment) => repairOf({ moments: [found], found: [found] })
        assert.deepStrictEqual(yield* repair(one(silent)), NOTHING)
        assert.deepStrictEqual(yield* texts, ["stored", "gone"])
        assert.deepStrictEqual(yield* repair(one(quoted("stored"))), NOTHING)
        assert.deepStrictEqual(yield* repair(one(quoted("corrected"))), { ...NOTHING, momentsWritten: 1 })
        const both = { ...quoted("both"), intensity: 99 }
        assert.deepStrictEqual(yield* repair(one(both)), { ...NOTHING, momentsWritten: 1 })
        assert.deepStrictEqual(yield* texts, ["both", "gone"])
        const settled = [{ stream: "gone", endMs: at(8) }]
        assert.deepStrictEqual(yield* repair(repairOf({ settled })), { ...NOTHING, momentsRemoved: 1 })
        assert.deepStrictEqual(yield* texts, ["both"])
      })
    )

    check(
      "deletes the moments whose last slide is settled and that it did not find: a silence's is the one after its end",
      Effect.gen(function* () {
        const gone = [
          moment("rise", 5, 8, "chat_spike", "hype"),
          moment("turn", 8, 8, "sentiment_shift"),
          moment("silence", 2, 7, "chat_drop"),
          moment("loss", 2, 8, "viewer_drop"),
          // Another one of the same time is found.
          moment("other", 5, 8, "chat_drop"),
          moment("other", 5, 8, "viewer_surge")
        ]
        const kept = [
          moment("other", 5, 8, "chat_spike"),
          moment("found", 5, 8, "chat_spike"),
          moment("later", 5, 9, "chat_spike"),
          moment("later silence", 5, 8, "chat_drop"),
          moment("before", 0, 8, "chat_spike"),
          moment("not computed", 5, 8, "chat_spike")
        ]
        yield* holding([...gone, ...kept])
        yield* holding([moment("rise", 5, 8, "chat_spike")], 4)
        const { repair } = yield* RepairTables
        const settled = ["rise", "turn", "silence", "loss", "other", "found", "later", "later silence", "before"].map(
          (stream) => ({ stream, endMs: at(8) })
        )
        const one = repairOf({
          settled: [...settled, { stream: "other", endMs: at(9) }],
          found: kept.slice(0, 2)
        })
        assert.deepStrictEqual(yield* repair(one), { ...NOTHING, momentsRemoved: gone.length })
        const { baselines, moments } = yield* contents
        assert.sameMembers(
          moments.map(({ openedAs, sourcePartition, stream }) => `${stream} ${openedAs} ${sourcePartition}`),
          [...kept.map(({ openedAs, stream }) => `${stream} ${openedAs} 3`), "rise chat_spike 4"]
        )
        assert.strictEqual(baselines.length, 2)
      })
    )

    check(
      "corrects a broadcast in its place, and leaves equal ones as they are",
      Effect.gen(function* () {
        const { repair } = yield* RepairTables
        const { broadcasts } = yield* ResultTables
        const equal = broadcastOf({ stream: "equal", avgViewers: null, peakViewers: null, peakViewersAtMs: null })
        yield* holding([], 3, [broadcastOf(), equal])
        yield* holding([], 4, [broadcastOf()])
        const before = yield* broadcasts
        assert.deepStrictEqual(yield* repair(repairOf({ broadcasts: [broadcastOf(), equal] })), NOTHING)
        assert.deepStrictEqual(yield* broadcasts, before)
        const corrected = broadcastOf({ peakViewers: null, peakViewersAtMs: null })
        const late = broadcastOf({ stream: "late" })
        const one = repairOf({ broadcasts: [late, corrected, equal, broadcastOf({ stream: "nul\u0000" })] })
        assert.deepStrictEqual(yield* repair(one), { ...NOTHING, broadcastsWritten: 2, refusedRows: 1 })
        const after = (yield* broadcasts).map(({ peakViewers, sourcePartition, stream }) => [
          stream,
          sourcePartition,
          peakViewers
        ])
        assert.sameDeepMembers(after, [
          ["alpha", 3, null],
          ["alpha", 4, 200 / 3],
          ["equal", 3, null],
          ["late", 3, 200 / 3]
        ])
      })
    )

    check(
      "deletes the broadcasts that are over, end with a computed window, and were not found",
      Effect.gen(function* () {
        const { repair } = yield* RepairTables
        const { broadcasts } = yield* ResultTables
        const gone = [lasting("gone", 2, 8), lasting("other", 3, 8), lasting("late", 7, 8)]
        const kept = [
          lasting("found", 2, 8),
          lasting("other", 2, 9),
          lasting("before", -1, 8),
          lasting("longer", 2, 9),
          lasting("not computed", 2, 8)
        ]
        yield* holding([], 3, [...gone, ...kept])
        yield* holding([], 4, [lasting("gone", 2, 8)])
        const over = ["gone", "other", "late", "found", "before", "longer"].map((stream) => ({
          stream,
          endMs: at(8)
        }))
        const found = { foundBroadcasts: kept.slice(0, 2) }
        assert.deepStrictEqual(yield* repair(repairOf({ settled: over, ...found })), NOTHING)
        const one = repairOf({ over, ...found })
        assert.deepStrictEqual(yield* repair(one), { ...NOTHING, broadcastsRemoved: gone.length })
        assert.sameMembers(
          (yield* broadcasts).map(({ sourcePartition, stream }) => `${stream} ${sourcePartition}`),
          [...kept.map(({ stream }) => `${stream} 3`), "gone 4"]
        )
      })
    )

    check(
      "gives the broadcasts that began before an instant and ended after another one, in order of their starts",
      Effect.gen(function* () {
        const tables = yield* RepairTables
        yield* holding([], 3, [
          lasting("a", 4, 9),
          lasting("b", 1, 5),
          lasting("c", 5, 9),
          lasting("d", 1, 4),
          lasting("e", 2, 7)
        ])
        yield* holding([], 4, [lasting("f", 1, 9)])
        const found = yield* tables.broadcasts({ sourcePartition: 3, beforeMs: at(5), sinceMs: at(5) })
        assert.deepStrictEqual(found, [
          { stream: "b", startedAtMs: at(1), endedAtMs: at(5) },
          { stream: "e", startedAtMs: at(2), endedAtMs: at(7) },
          { stream: "a", startedAtMs: at(4), endedAtMs: at(9) }
        ])
        const all = { sourcePartition: 4, beforeMs: AFTER_ALL, sinceMs: BEFORE_ALL }
        assert.strictEqual((yield* tables.broadcasts(all)).length, 1)
      })
    )

    check(
      "keeps the dead letters of several files with one name, each once",
      Effect.gen(function* () {
        const long = "x".repeat(9000)
        const different = [
          letter("first"),
          letter("second"),
          letter("second", "message"),
          letter(long),
          letter(`${long}y`)
        ]
        const { repair } = yield* RepairTables
        for (const one of [...different, ...different]) {
          yield* repair(repairOf({ sourcePartition: FROM_FILES, deadLetters: [one] }))
        }
        yield* repair(
          repairOf({ sourcePartition: FROM_FILES, deadLetters: [letter("second"), { ...letter("x"), offset: 8n }] })
        )
        const { deadLetters } = yield* ResultTables
        assert.deepStrictEqual(
          (yield* deadLetters).map(({ offset, partition, path, payloadBytes }) => [
            partition,
            offset,
            path,
            payloadBytes
          ]),
          [
            [0, 7n, null, 5],
            [0, 8n, null, 1],
            [1, 7n, null, 6],
            [2, 7n, "message", 6],
            [3, 7n, null, 9000],
            [4, 7n, null, 9001]
          ]
        )
      })
    )

    check(
      "sweeps the rows of a span that were not computed, with their moments; counts those of another size or slide",
      Effect.gen(function* () {
        const { repair, sweep } = yield* RepairTables
        const store = yield* ResultStore
        const rowAt = (stream: string, slides: number, sizeMs = 60_000, offsetMs = 0): SummaryRow =>
          rowOf({
            stream,
            startMs: EventTimeMs(at(slides) + offsetMs),
            endMs: EventTimeMs(at(slides) + offsetMs + sizeMs)
          })
        const gone = [rowAt("alpha", 1), rowAt("beta", 3)]
        const others = [rowAt("alpha", 2, 30_000), rowAt("alpha", 2, 60_000, 5_000)]
        const outside = [rowAt("alpha", 0), rowAt("beta", 4), rowAt("alpha", 3, 2 * HOUR)]
        const computed = [rowAt("alpha", 2), rowAt("alpha", 3)]
        const moments = [
          // The last slide of the first one is a row that goes.
          moment("beta", 6, 9, "chat_spike"),
          moment("beta", 6, 9, "viewer_surge"),
          moment("alpha", 6, 8, "chat_spike")
        ]
        const checkpoint = { ...(yield* started({ sourcePartition: 3 })), watermarkMs: EventTimeMs(T0 + HOUR) }
        const broadcasts = [lasting("beta", 5, 9), lasting("beta", 4, 8)]
        yield* store.commit(
          flushOf(checkpoint, { rows: [...gone, ...others, ...outside, ...computed], moments, broadcasts })
        )
        const ofFiles = [rowAt("alpha", 1)]
        yield* repair(repairOf({ sourcePartition: FROM_FILES, rows: ofFiles }))

        const one: Sweep = {
          repair: repairOf({ found: moments.slice(1, 2) }),
          window: { sizeMs: 60_000, slideMs: SLIDE },
          afterMs: at(0),
          toMs: at(3),
          rows: computed,
          deletes: true
        }
        const counted = yield* sweep({ ...one, deletes: false })
        assert.deepStrictEqual(counted, { rowsRemoved: 0, momentsRemoved: 0, broadcastsRemoved: 0, rowsLeft: 4 })
        assert.deepStrictEqual(yield* sweep(one), {
          rowsRemoved: 2,
          momentsRemoved: 1,
          broadcastsRemoved: 1,
          rowsLeft: 2
        })
        assert.deepStrictEqual(yield* sweep(one), { ...counted, rowsLeft: 2 })
        const after = yield* contents
        assert.sameMembers(after.rows.map(nameOf), [...others, ...outside, ...computed, ...ofFiles].map(nameOf))
        assert.strictEqual(after.moments.length, 2)

        const files: Sweep = {
          ...one,
          repair: repairOf({ ...one.repair, sourcePartition: FROM_FILES, range: EVERYTHING }),
          rows: []
        }
        assert.deepStrictEqual(yield* sweep({ ...files, deletes: false }), { ...counted, rowsLeft: 1 })
      })
    )
  })
