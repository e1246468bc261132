/** The contract of every result store: one suite for memory and PostgreSQL. */
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, Logger } from "effect"
import { type BaselineRow, STREAM_NUMBERS } from "../../src/domain/Baseline.ts"
import type { Broadcast } from "../../src/domain/Broadcast.ts"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import type { DeadLetter } from "../../src/domain/DeadLetter.ts"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { type Flush, NO_COUNTS } from "../../src/domain/Flush.ts"
import type { Gap } from "../../src/domain/Gap.ts"
import type { ChatContent } from "../../src/domain/ChatContent.ts"
import type { Moment, MomentKey } from "../../src/domain/Moment.ts"
import { NO_REACTION } from "../../src/domain/Reaction.ts"
import type { SensitivityApplied, SensitivityChange } from "../../src/domain/Sensitivity.ts"
import { slideOf, slideSums, type StreamSlide } from "../../src/domain/Slide.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"

/** A baseline with the size and slide that it was learned under. */
/** A row of table `moment_samples`. */
export interface StoredSample extends MomentKey {
  readonly peakEnd: string
  readonly content: ChatContent
}

export interface StoredBaseline extends BaselineRow {
  readonly window: Checkpoint["window"]
}

/** A row of the outbox. */
export interface StoredNotification extends Pick<
  Moment,
  "stream" | "timestampMs" | "openedAs" | "type" | "endedAtMs" | "intensity" | "description"
> {
  readonly target: string
  readonly id: string
  readonly sourcePartition: number
  readonly flush: number
}

/** The content of the tables, for assertions. */
export class ResultTables extends Context.Service<
  ResultTables,
  {
    /** In order of (end, stream by code unit, source partition). */
    readonly rows: Effect.Effect<
      ReadonlyArray<SummaryRow & { readonly sourcePartition: number; readonly flush: number }>
    >
    /** In order of (timestamp, stream by code unit, type at first, source partition). */
    readonly moments: Effect.Effect<
      ReadonlyArray<Moment & { readonly sourcePartition: number; readonly flush: number }>
    >
    /** Quotes of moments, in the order of the moments. */
    readonly samples: Effect.Effect<
      ReadonlyArray<StoredSample & { readonly sourcePartition: number; readonly flush: number }>
    >
    /** In order of (source partition, stream by code unit). */
    readonly baselines: Effect.Effect<
      ReadonlyArray<StoredBaseline & { readonly sourcePartition: number; readonly flush: number }>
    >
    /** In order of (start, stream by code unit, source partition). */
    readonly broadcasts: Effect.Effect<
      ReadonlyArray<Broadcast & { readonly sourcePartition: number; readonly flush: number }>
    >
    /** In order of (topic, partition, offset). */
    readonly deadLetters: Effect.Effect<ReadonlyArray<DeadLetter>>
    /** In order of (topic, partition, first offset). */
    readonly gaps: Effect.Effect<ReadonlyArray<Gap>>
    /** In order of (flush in time, target, id). */
    readonly notifications: Effect.Effect<ReadonlyArray<StoredNotification>>
    /** Stores a change under the next version, as an operator's request does. */
    readonly setSensitivity: (change: Omit<SensitivityChange, "version">) => Effect.Effect<SensitivityChange>
    /** In order of (source partition, version). */
    readonly sensitivityApplied: Effect.Effect<
      ReadonlyArray<SensitivityApplied & { readonly sourcePartition: number; readonly flush: number }>
    >
  }
>()("telemetra/test/contract/ResultTables") {}

/** 2024-05-01T00:00:00Z */
export const T0 = Date.UTC(2024, 4, 1)

const MINUTE = 60_000
const SLIDE = 10_000

export const checkpointOf = (over: Partial<Checkpoint> = {}): Checkpoint => ({
  sourcePartition: 3,
  epoch: 1,
  flushNumber: 0,
  watermarkMs: BEFORE_ALL,
  window: { sizeMs: MINUTE, slideMs: SLIDE },
  read: { watermarkDelayMs: 10_000, maxFutureSkewMs: 10_000, futureReference: "record", maxEventBytes: 1_048_576 },
  partialToMs: BEFORE_ALL,
  inputs: [
    {
      kind: "chat",
      topic: "telemetra.events.chat",
      partition: 3,
      nextOffset: 0n,
      rereadOffset: 0n,
      maxTimeBeforeRereadMs: BEFORE_ALL,
      active: true,
      earlier: []
    },
    {
      kind: "viewer",
      topic: "telemetra.events.viewer",
      partition: 3,
      // Beyond what a double holds exactly.
      nextOffset: 9_007_199_254_740_993n,
      rereadOffset: 9_007_199_254_740_993n,
      maxTimeBeforeRereadMs: EventTimeMs(T0 + 1),
      active: false,
      earlier: []
    }
  ],
  ...over
})

export const rowOf = (over: Partial<SummaryRow> = {}): SummaryRow => {
  const startMs = over.startMs ?? EventTimeMs(T0)
  return {
    stream: "alpha",
    startMs,
    endMs: EventTimeMs(startMs + MINUTE),
    reaction: { ...NO_REACTION, people: 4, messages: 7, unison: 2, moodTexts: 3, moodMicro: -1_234_567 },
    viewerSum: 1234,
    viewerSamples: 2,
    slideMessages: 3,
    slideScored: 2,
    slideScoreMicro: -765_432,
    chatCount: 12,
    uniqueChatters: 5,
    avgSentiment: 0.1 + 0.2,
    scoredCount: 6,
    positiveCount: 4,
    negativeCount: 1,
    chatRate: 0.2,
    avgViewers: 100 / 3,
    topEmotes: ["Kappa", "LUL"],
    emoteCounts: [7, 2],
    complete: true,
    zScore: 3.5,
    isAnomaly: true,
    ...over
  }
}

/** So many slides after T0. */
const endAt = (slides: number): EventTimeMs => EventTimeMs(T0 + slides * SLIDE)

const at = (startMs: number, over: Partial<SummaryRow> = {}): SummaryRow =>
  rowOf({ startMs: EventTimeMs(startMs), ...over })

export const momentOf = (over: Partial<Moment> = {}): Moment => ({
  stream: "alpha",
  type: "chat_spike",
  openedAs: "chat_spike",
  timestampMs: EventTimeMs(T0 + MINUTE),
  endedAtMs: EventTimeMs(T0 + 2 * MINUTE),
  intensity: 4.25,
  description: "Chat jumped to 12 messages a minute",
  metadata: {
    peak_end: "2024-05-01T00:01:00.000Z",
    peak_start: "2024-05-01T00:00:50.000Z",
    span_seconds: 20,
    parts: { chat: 4.25 },
    people: 12,
    usual_people: 2,
    people_deviation: 0.5,
    messages: 15,
    usual_messages: 2.5,
    unison: 6,
    usual_unison: 1,
    shared: "kekw",
    repeated_text: "KEKW",
    repeated_messages: 6,
    repeated_people: 6,
    viewers: null,
    usual_viewers: null,
    mood: 0.25,
    usual_mood: null,
    broadcast_start: "2024-04-30T23:59:40.000Z"
  },
  ...over
})

export const broadcastOf = (over: Partial<Broadcast> = {}): Broadcast => ({
  stream: "alpha",
  startedAtMs: EventTimeMs(T0),
  endedAtMs: EventTimeMs(T0 + 2 * MINUTE),
  messages: 5_000_000_000,
  scored: 4_000_000_000,
  avgSentiment: 0.1 + 0.2,
  avgViewers: 100 / 3,
  peakViewers: 200 / 3,
  peakViewersAtMs: EventTimeMs(T0 + 10_000),
  peakMessages: 2_147_483_647,
  peakMessagesAtMs: EventTimeMs(T0 + 20_000),
  peakPeople: 77,
  peakPeopleAtMs: EventTimeMs(T0 + 30_000),
  ...over
})

/** A broadcast of viewer samples alone. */
const silentBroadcast = (over: Partial<Broadcast> = {}): Broadcast =>
  broadcastOf({
    messages: 0,
    scored: 0,
    avgSentiment: null,
    peakMessages: 0,
    peakMessagesAtMs: null,
    peakPeople: 0,
    peakPeopleAtMs: null,
    ...over
  })

/** Content whose texts a store must not change: controls, marks that reorder text, markup. */
export const contentOf = (text: string): ChatContent => ({
  samples: [
    {
      text: `${text} <script>alert(1)</script>\u0007\u001b[31m\u202e"'\\`,
      user: "\u{1F600}\u0001",
      at: "2024-05-01T00:00:59.000Z"
    },
    { text: "\u{10ffff}".repeat(500), user: null, at: "2024-05-01T00:00:59.999Z" }
  ],
  repeated: { text: "\n\ufffd", messages: 7, people: 6 },
  words: [{ word: "kekw", people: 6, usual: 1 / 3 }],
  emotes: [{ emote: "<b>", count: 9, before: 0 }]
})

export const deadLetterOf = (over: Partial<DeadLetter> = {}): DeadLetter => ({
  topic: "telemetra.events.chat",
  partition: 3,
  offset: 7n,
  reason: "invalid-event",
  path: "emotes[3]",
  recordTimestampMs: T0,
  payload: new Uint8Array([0, 255, 123]),
  payloadBytes: 3,
  ...over
})

/** A baseline whose last slide ends at `endMs`; its other numbers are all different. */
export const baselineOf = (stream: string, endMs: number, over: ReadonlyArray<number> = []): BaselineRow => ({
  stream,
  numbers: STREAM_NUMBERS.map((name, index) => (name === "end" ? endMs : (over[index - 1] ?? index + 1 / 3)))
})

/** The slides that a recovery returns, in order of (stream, end). */
const slidesOf = (rows: ReadonlyArray<SummaryRow>): ReadonlyArray<StreamSlide> =>
  sorted(rows.map((row) => slideOf(row.stream, row.endMs, slideSums(row))))

const sorted = (slides: ReadonlyArray<StreamSlide>): ReadonlyArray<StreamSlide> =>
  slides.toSorted((a, b) => (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.endMs - b.endMs))

export const flushOf = (checkpoint: Checkpoint, over: Partial<Flush> = {}): Flush => ({
  checkpoint: { ...checkpoint, flushNumber: checkpoint.flushNumber + 1 },
  watermarkBeforeMs: checkpoint.watermarkMs,
  rows: [],
  moments: [],
  baselines: [],
  broadcasts: [],
  deadLetters: [],
  gaps: [],
  status: {
    owner: "test",
    lastFlushWithRows: null,
    ...NO_COUNTS,
    records: 1,
    events: 1,
    lagRecords: null,
    recordsPerSecond: null
  },
  inputCounts: checkpoint.inputs.map(() => NO_COUNTS),
  ...over
})

/** Makes the task's checkpoint and takes the task over, as a worker does. */
export const started = (over: Partial<Checkpoint> = {}) =>
  Effect.gen(function* () {
    const store = yield* ResultStore
    const first = checkpointOf({ ...over, epoch: 0 })
    yield* store.create(first)
    return yield* store.takeOver(first.sourcePartition, "test")
  })

/** All slides of a task that end at or after an instant. */
export const readSlidesOf = Effect.fnUntraced(function* (checkpoint: Checkpoint, fromMs: EventTimeMs) {
  const store = yield* ResultStore
  const slides: Array<StreamSlide> = []
  yield* store.slides(checkpoint, fromMs, (page) => void slides.push(...page))
  return slides
})

/** A task's baselines, by stream. */
export const readBaselinesOf = Effect.fnUntraced(function* (checkpoint: Checkpoint, sinceMs: EventTimeMs) {
  const store = yield* ResultStore
  const baselines: Array<BaselineRow> = []
  yield* store.baselines(checkpoint, sinceMs, (page) => void baselines.push(...page))
  return baselines.toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
})

const written = <A extends object>(items: ReadonlyArray<A>, sourcePartition: number, flush: number) =>
  items.map((item) => ({ ...item, sourcePartition, flush }))

/**
 * Runs the suite. `store` is built again, with empty tables, for every test; `server` is what they
 * share and is built once.
 */
export const suite = <S, E, E2>(
  name: string,
  server: Layer.Layer<S, E>,
  store: Layer.Layer<ResultStore | ResultTables, E2, S>
): void =>
  layer(server, { timeout: "10 minutes", excludeTestServices: true })(`ResultStore: ${name}`, (it) => {
    const check = (title: string, body: Effect.Effect<void, unknown, ResultStore | ResultTables>) =>
      it.effect(title, () => body.pipe(Effect.provide(Layer.provideMerge(Layer.fresh(store), Logger.layer([])))))

    check(
      "returns the changes of the sensitivity after a version, in their order",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        assert.deepStrictEqual(yield* store.sensitivityChanges(0), [])
        const changes = [
          yield* tables.setSensitivity({ stream: "alpha", type: "raid", threshold: 2.5 }),
          yield* tables.setSensitivity({ stream: null, type: "chat_drop", threshold: 0.1 + 0.2 }),
          yield* tables.setSensitivity({ stream: "alpha", type: "raid", threshold: null }),
          yield* tables.setSensitivity({ stream: null, type: null, threshold: 4 })
        ]
        assert.deepStrictEqual(yield* store.sensitivityChanges(0), changes)
        assert.deepStrictEqual(yield* store.sensitivityChanges(changes[1]?.version ?? 0), changes.slice(2))
        assert.deepStrictEqual(yield* store.sensitivityChanges(changes[3]?.version ?? 0), [])
      })
    )

    check(
      "stores the versions that a task applies in the transaction of its flush, and returns its steps",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const bounds = { openSinceMs: AFTER_ALL, slidesSinceMs: BEFORE_ALL }
        const stepsOf = (checkpoint: Checkpoint, slidesSinceMs = BEFORE_ALL) =>
          Effect.map(store.recover(checkpoint, { ...bounds, slidesSinceMs }), ({ sensitivity }) => sensitivity)
        const [a, b, c, d] = [
          yield* tables.setSensitivity({ stream: "alpha", type: null, threshold: 2 }),
          yield* tables.setSensitivity({ stream: "beta", type: "raid", threshold: 3 }),
          yield* tables.setSensitivity({ stream: "alpha", type: null, threshold: null }),
          yield* tables.setSensitivity({ stream: null, type: null, threshold: 9 })
        ] as const
        const checkpoint = yield* started()
        assert.deepStrictEqual(yield* stepsOf(checkpoint), [])
        const [atFirst, later, last] = [
          { version: a.version, fromEndMs: BEFORE_ALL },
          { version: c.version, fromEndMs: EventTimeMs(T0 + MINUTE) },
          { version: d.version, fromEndMs: EventTimeMs(T0 + 2 * MINUTE) }
        ] as const
        const first = flushOf(checkpoint, { sensitivity: [atFirst, later] })
        yield* store.commit(first)
        // Another task, a fenced flush and a second attempt change nothing.
        yield* store.commit(flushOf(yield* started({ sourcePartition: 4 }), { sensitivity: [last] }))
        yield* store.commit(flushOf({ ...first.checkpoint, epoch: 7 }, { sensitivity: [last] }))
        yield* store.commit(first)
        const second = flushOf(first.checkpoint, { sensitivity: [{ ...later, fromEndMs: endAt(30) }, last] })
        yield* store.commit(second)
        assert.deepStrictEqual(yield* tables.sensitivityApplied, [
          { ...atFirst, sourcePartition: 3, flush: 1 },
          { ...later, sourcePartition: 3, flush: 1 },
          { ...last, sourcePartition: 3, flush: 2 },
          { ...last, sourcePartition: 4, flush: 1 }
        ])
        const steps = [
          { ...atFirst, changes: [a] },
          { ...later, changes: [b, c] },
          { ...last, changes: [d] }
        ]
        assert.deepStrictEqual(yield* stepsOf(second.checkpoint), steps)
        // A slide that ends with a version's first bound is still under the version before.
        assert.deepStrictEqual(yield* stepsOf(second.checkpoint, later.fromEndMs), steps)
        assert.deepStrictEqual(yield* stepsOf(second.checkpoint, EventTimeMs(later.fromEndMs + 1)), [
          // Up to the first step, only the overrides in force are needed: c took a back.
          { ...later, changes: [b] },
          { ...last, changes: [d] }
        ])
        assert.deepStrictEqual(yield* stepsOf(second.checkpoint, AFTER_ALL), [{ ...last, changes: [b, d] }])
      })
    )

    check(
      "has no checkpoint of a task that never ran",
      Effect.gen(function* () {
        const store = yield* ResultStore
        assert.strictEqual(yield* store.load(3), undefined)
        assert.strictEqual((yield* Effect.flip(store.takeOver(3, "test"))).reason, "Checkpoint")
      })
    )

    check(
      "gives a checkpoint back as it was made",
      Effect.gen(function* () {
        const store = yield* ResultStore
        for (const checkpoint of [
          checkpointOf(),
          checkpointOf({ sourcePartition: -2, watermarkMs: EventTimeMs(T0 + 1), epoch: 2 ** 40, flushNumber: 2 ** 41 }),
          checkpointOf({ sourcePartition: -3, watermarkMs: AFTER_ALL, inputs: [] }),
          checkpointOf({
            sourcePartition: 5,
            emitted: { endMs: EventTimeMs(T0), stream: "\u{1F600}", offsets: [9_007_199_254_740_993n, 0n] }
          }),
          checkpointOf({
            sourcePartition: 4,
            read: { watermarkDelayMs: 0, maxFutureSkewMs: 0, futureReference: "clock", maxEventBytes: 1 }
          })
        ]) {
          yield* store.create(checkpoint)
          assert.deepStrictEqual(yield* store.load(checkpoint.sourcePartition), checkpoint)
        }
      })
    )

    check(
      "keeps an existing checkpoint",
      Effect.gen(function* () {
        const store = yield* ResultStore
        yield* store.create(checkpointOf())
        yield* store.create(checkpointOf({ epoch: 9, flushNumber: 9, watermarkMs: EventTimeMs(T0) }))
        assert.deepStrictEqual(yield* store.load(3), checkpointOf())
      })
    )

    check(
      "takes over with the next epoch and nothing else changed",
      Effect.gen(function* () {
        const store = yield* ResultStore
        yield* store.create(checkpointOf({ epoch: 4 }))
        const taken = yield* store.takeOver(3, "someone")
        assert.deepStrictEqual(taken, checkpointOf({ epoch: 5 }))
        assert.deepStrictEqual(yield* store.load(3), taken)
      })
    )

    check(
      "commits what a moment quotes with its peak, and keeps it while the peak stays",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const checkpoint = yield* started()
        const { content: _, ...opened } = momentOf({ stream: "hostile \u{1F600}" })
        const first = { ...opened, content: contentOf("first") }
        const other = momentOf({ openedAs: "raid", content: contentOf("other") })
        const one = flushOf(checkpoint, { moments: [first, other, momentOf()] })
        assert.deepStrictEqual(yield* store.commit(one), { _tag: "Committed", refusedRows: 0 })
        const stored = ({ openedAs, stream, timestampMs }: Moment, text: string, peakEnd: string, flush: number) => ({
          stream,
          timestampMs,
          openedAs,
          peakEnd,
          content: contentOf(text),
          sourcePartition: 3,
          flush
        })
        const early = "2024-05-01T00:01:00.000Z"
        assert.deepStrictEqual(yield* tables.samples, [
          stored(other, "other", early, 1),
          stored(first, "first", early, 1)
        ])
        assert.deepStrictEqual(
          (yield* tables.moments).filter((moment) => "content" in moment),
          []
        )

        const later = "2024-05-01T00:01:10.000Z"
        const second = {
          ...opened,
          metadata: { ...opened.metadata, peak_end: later },
          content: contentOf("second")
        }
        const { content: _same, ...lasting } = other
        const two = flushOf(one.checkpoint, { moments: [second, { ...lasting, intensity: 9 }] })
        yield* store.commit(two)
        assert.deepStrictEqual(yield* tables.samples, [
          stored(other, "other", early, 1),
          stored(first, "second", later, 2)
        ])
      })
    )

    check(
      "commits rows, moments, baselines, broadcasts, dead letters and the checkpoint",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const checkpoint = yield* started()
        const rows = [
          rowOf(),
          rowOf({
            stream: "beta",
            chatCount: 0,
            uniqueChatters: 0,
            avgSentiment: null,
            chatRate: 0,
            avgViewers: null,
            topEmotes: [],
            emoteCounts: [],
            zScore: null,
            isAnomaly: false,
            complete: false
          })
        ]
        const letters = [
          deadLetterOf(),
          deadLetterOf({ offset: 2n ** 62n, path: null, recordTimestampMs: null, payload: new Uint8Array() })
        ]
        const broadcasts = [broadcastOf(), silentBroadcast({ stream: "beta" })]
        const flush = flushOf(
          { ...checkpoint, watermarkMs: EventTimeMs(T0 + MINUTE) },
          { rows, moments: [momentOf()], baselines: [baselineOf("alpha", T0)], broadcasts, deadLetters: letters }
        )
        assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Committed", refusedRows: 0 })
        assert.deepStrictEqual(yield* tables.rows, written(rows, 3, 1))
        assert.deepStrictEqual(yield* tables.moments, written([momentOf()], 3, 1))
        assert.deepStrictEqual(
          yield* tables.baselines,
          written([{ ...baselineOf("alpha", T0), window: checkpoint.window }], 3, 1)
        )
        assert.deepStrictEqual(yield* tables.broadcasts, written(broadcasts, 3, 1))
        assert.deepStrictEqual(yield* tables.deadLetters, letters)
        assert.deepStrictEqual(yield* store.load(3), flush.checkpoint)
      })
    )

    check(
      "replaces a broadcast by its key: task, stream and start",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const first = flushOf(yield* started(), {
          broadcasts: [silentBroadcast(), broadcastOf({ stream: "beta", messages: 1 })]
        })
        yield* store.commit(first)
        const later = broadcastOf({ startedAtMs: EventTimeMs(T0 + MINUTE) })
        const longer = broadcastOf({ endedAtMs: EventTimeMs(T0 + 3 * MINUTE) })
        yield* store.commit(flushOf(first.checkpoint, { broadcasts: [longer, later] }))
        const other = silentBroadcast({ endedAtMs: EventTimeMs(T0 + SLIDE) })
        yield* store.commit(flushOf(yield* started({ sourcePartition: 4 }), { broadcasts: [other] }))
        assert.deepStrictEqual(yield* tables.broadcasts, [
          ...written([longer], 3, 2),
          ...written([other], 4, 1),
          ...written([broadcastOf({ stream: "beta", messages: 1 })], 3, 1),
          ...written([later], 3, 2)
        ])
      })
    )

    check(
      "answers a flush whose answer got lost",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const flush = flushOf(yield* started(), { rows: [rowOf()], deadLetters: [deadLetterOf()] })
        yield* store.commit(flush)
        const before = yield* tables.rows
        assert.deepStrictEqual(yield* store.commit(flush), { _tag: "AlreadyCommitted" })
        assert.deepStrictEqual(yield* tables.rows, before)
        assert.deepStrictEqual(yield* store.load(3), flush.checkpoint)
      })
    )

    check(
      "fences an owner that lost the task, and writes nothing of its flush",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const mine = yield* started()
        const theirs = yield* store.takeOver(3, "other")
        const flush = flushOf(mine, {
          rows: [rowOf()],
          moments: [momentOf()],
          baselines: [baselineOf("alpha", T0)],
          broadcasts: [broadcastOf()],
          deadLetters: [deadLetterOf()]
        })
        assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Fenced", epoch: theirs.epoch })
        assert.deepStrictEqual(yield* tables.rows, [])
        assert.deepStrictEqual(yield* tables.moments, [])
        assert.deepStrictEqual(yield* tables.baselines, [])
        assert.deepStrictEqual(yield* tables.broadcasts, [])
        assert.deepStrictEqual(yield* tables.deadLetters, [])
        assert.deepStrictEqual(yield* store.load(3), theirs)
        // Also if the other owner is at the same flush number.
        yield* store.commit(flushOf(theirs))
        assert.deepStrictEqual(yield* store.commit(flush), { _tag: "Fenced", epoch: theirs.epoch })
      })
    )

    check(
      "refuses a flush that does not follow the last one",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const checkpoint = yield* started()
        const error = yield* Effect.flip(
          store.commit(flushOf({ ...checkpoint, flushNumber: checkpoint.flushNumber + 1 }, { rows: [rowOf()] }))
        )
        assert.strictEqual(error.reason, "Checkpoint")
        assert.deepStrictEqual(yield* tables.rows, [])
        assert.strictEqual(
          (yield* Effect.flip(store.commit(flushOf(checkpointOf({ sourcePartition: 99 }))))).reason,
          "Checkpoint"
        )
      })
    )

    check(
      "keeps one row per stream, window and task, the last one written",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const first = flushOf(yield* started(), { rows: [rowOf()] })
        yield* store.commit(first)
        const replaced = rowOf({
          chatCount: 13,
          uniqueChatters: 6,
          avgSentiment: null,
          scoredCount: 3,
          positiveCount: 0,
          negativeCount: 2,
          chatRate: 0.5,
          avgViewers: null,
          topEmotes: [],
          emoteCounts: [],
          zScore: null,
          isAnomaly: false,
          complete: false
        })
        yield* store.commit(flushOf(first.checkpoint, { rows: [replaced] }))
        assert.deepStrictEqual(yield* tables.rows, written([replaced], 3, 2))
        // The same window of another task, and another window of the same stream, are other rows.
        const other = yield* started({ sourcePartition: 4 })
        yield* store.commit(flushOf(other, { rows: [rowOf()] }))
        assert.deepStrictEqual(yield* tables.rows, [...written([replaced], 3, 2), ...written([rowOf()], 4, 1)])
      })
    )

    check(
      "writes gaps, corrects what is known of them later, and recovers those that matter",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const topic = "telemetra.events.chat"
        const open = {
          topic,
          partition: 3,
          fromOffset: 9_007_199_254_740_993n,
          toOffset: 9_007_199_254_740_999n,
          eventsFromMs: BEFORE_ALL,
          eventsToMs: AFTER_ALL
        }
        const old = { ...open, fromOffset: 1n, toOffset: 2n, eventsToMs: EventTimeMs(T0 - MINUTE - 1) }
        const touching = { ...open, fromOffset: 3n, toOffset: 4n, eventsToMs: EventTimeMs(T0 - MINUTE) }
        const foreign = { ...open, partition: 4 }
        const first = flushOf(
          { ...(yield* started()), watermarkMs: EventTimeMs(T0) },
          { gaps: [old, touching, open, foreign] }
        )
        yield* store.commit(first)
        assert.deepStrictEqual(yield* tables.gaps, [old, touching, open, foreign])
        const bounds = { openSinceMs: EventTimeMs(T0), slidesSinceMs: BEFORE_ALL }
        assert.deepStrictEqual((yield* store.recover(first.checkpoint, bounds)).gaps, [touching, open])
        const known = { ...open, eventsFromMs: EventTimeMs(T0), eventsToMs: EventTimeMs(T0 + MINUTE) }
        yield* store.commit(flushOf(first.checkpoint, { gaps: [known] }))
        assert.deepStrictEqual(yield* tables.gaps, [old, touching, known, foreign])
      })
    )

    check(
      "names the tasks that have a checkpoint, ascending",
      Effect.gen(function* () {
        const store = yield* ResultStore
        assert.deepStrictEqual(yield* store.tasks, [])
        for (const sourcePartition of [10, -2, 9]) yield* started({ sourcePartition })
        assert.deepStrictEqual(yield* store.tasks, [-2, 9, 10])
      })
    )

    check(
      "keeps the first 8 KiB of a dead letter, and its size",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const payload = Uint8Array.from({ length: 8193 }, (_, index) => index % 251)
        const letter = deadLetterOf({ payload, payloadBytes: payload.length })
        yield* store.commit(flushOf(yield* started(), { deadLetters: [letter] }))
        assert.deepStrictEqual(yield* tables.deadLetters, [{ ...letter, payload: payload.slice(0, 8192) }])
      })
    )

    check(
      "updates a moment in place and keeps a dead letter as it was",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const first = flushOf(yield* started(), { moments: [momentOf()], deadLetters: [deadLetterOf()] })
        yield* store.commit(first)
        const later = momentOf({
          endedAtMs: EventTimeMs(T0 + 5 * MINUTE),
          intensity: 9,
          description: "Chat jumped further",
          metadata: { ...momentOf().metadata, people: 99 }
        })
        const other = momentOf({ type: "viewer_drop", openedAs: "viewer_drop" })
        yield* store.commit(
          flushOf(first.checkpoint, {
            moments: [later, other],
            deadLetters: [deadLetterOf({ reason: "future-timestamp" })]
          })
        )
        assert.deepStrictEqual(yield* tables.moments, written([later, other], 3, 2))
        assert.deepStrictEqual(yield* tables.deadLetters, [deadLetterOf()])
      })
    )

    check(
      "keeps a moment whose type changes as one row, and a fall next to a rise as another",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const first = flushOf(yield* started(), { moments: [momentOf()] })
        yield* store.commit(first)
        const raid = momentOf({ type: "raid", endedAtMs: EventTimeMs(T0 + 3 * MINUTE) })
        const fall = momentOf({ type: "chat_drop", openedAs: "chat_drop" })
        const second = flushOf(first.checkpoint, { moments: [raid, fall] })
        yield* store.commit(second)
        assert.deepStrictEqual(yield* tables.moments, written([fall, raid], 3, 2))
        const recovered = yield* store.recover(second.checkpoint, {
          openSinceMs: EventTimeMs(T0),
          slidesSinceMs: BEFORE_ALL
        })
        assert.deepStrictEqual(recovered.moments, [fall, raid])
      })
    )

    check(
      "recovers slides between closed bounds, of the checkpoint's windows and task only, ascending by end",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const checkpoint = yield* started()
        const inside = [
          at(T0, { stream: "beta", viewerSum: Number.MAX_SAFE_INTEGER, viewerSamples: 0 }),
          at(T0, { stream: "\u{1F600}" }),
          at(T0, { stream: "\uFFFD", reaction: NO_REACTION }),
          at(T0 + SLIDE),
          at(T0 + 3 * SLIDE)
        ]
        const outside = [
          at(T0 - SLIDE),
          at(T0 + 4 * SLIDE),
          at(T0 + 1),
          at(T0 + SLIDE, { stream: "beyond", viewerSum: 2 ** 53 }),
          at(T0 + SLIDE, { stream: "wide", endMs: EventTimeMs(T0 + SLIDE + 30_000) })
        ]
        // Written in another order than the requested one.
        const first = flushOf(checkpoint, { rows: [...outside, ...inside.slice(1)] })
        yield* store.commit(first)
        yield* store.commit(flushOf(first.checkpoint, { rows: inside.slice(0, 1) }))
        yield* store.commit(flushOf(yield* started({ sourcePartition: 4 }), { rows: [at(T0)] }))
        const fromMs = EventTimeMs(T0 + MINUTE)
        const watermarkMs = EventTimeMs(T0 + 3 * SLIDE + MINUTE)
        const slides = yield* readSlidesOf({ ...checkpoint, watermarkMs }, fromMs)
        assert.deepStrictEqual(sorted(slides), slidesOf(inside))
        assert.isTrue(slides.every(({ endMs }, index) => endMs >= (slides[index - 1]?.endMs ?? 0)))
        assert.deepStrictEqual(yield* readSlidesOf({ ...checkpoint, watermarkMs: BEFORE_ALL }, BEFORE_ALL), [])
        assert.strictEqual(
          (yield* readSlidesOf({ ...checkpoint, watermarkMs: AFTER_ALL }, BEFORE_ALL)).length,
          inside.length + 2
        )
        // A window that is written in part belongs to the past, so far as it is written.
        const emitted = { endMs: watermarkMs, stream: "z", offsets: [1n, 2n] }
        const before = { ...checkpoint, watermarkMs: EventTimeMs(watermarkMs - 1), emitted }
        assert.deepStrictEqual(sorted(yield* readSlidesOf(before, fromMs)), slidesOf(inside))
        assert.deepStrictEqual(
          yield* readSlidesOf({ ...checkpoint, watermarkMs }, watermarkMs),
          slidesOf(inside.slice(-1))
        )
      })
    )

    check(
      "reads many slides in pages that ascend by end, and each once",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const checkpoint = yield* started()
        const rows = Array.from({ length: 12_000 }, (_, n) =>
          at(T0 + (n % 3) * SLIDE, { stream: `s${n}`, viewerSum: n })
        )
        yield* store.commit(flushOf(checkpoint, { rows }))
        const slides = yield* readSlidesOf({ ...checkpoint, watermarkMs: AFTER_ALL }, EventTimeMs(T0))
        assert.isTrue(slides.every(({ endMs }, index) => endMs >= (slides[index - 1]?.endMs ?? 0)))
        assert.deepStrictEqual(sorted(slides), slidesOf(rows))
      })
    )

    check(
      "gives baselines back to the last bit, each stream's latest",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const checkpoint = yield* started()
        const extremes = [
          Number.MIN_VALUE,
          -Number.MIN_VALUE,
          -0,
          0,
          2 ** 53,
          -(2 ** 53),
          Number.MAX_VALUE,
          -Number.MAX_VALUE,
          Number.EPSILON,
          1 / 3
        ]
        const first = flushOf(checkpoint, {
          baselines: [baselineOf("beta", T0 + SLIDE), baselineOf("alpha", T0, [1, 2, 3])]
        })
        yield* store.commit(first)
        const latest = [
          baselineOf("alpha", T0 + SLIDE, extremes),
          ...Array.from({ length: 12_000 }, (_, n) => baselineOf(`b${String(n).padStart(5, "0")}`, T0, [n]))
        ]
        const second = flushOf({ ...first.checkpoint, watermarkMs: EventTimeMs(T0 + SLIDE) }, { baselines: latest })
        yield* store.commit(second)
        const all = [...latest, baselineOf("beta", T0 + SLIDE)]
        const found = yield* readBaselinesOf(second.checkpoint, BEFORE_ALL)
        assert.deepStrictEqual(found, all)
        assert.isTrue(found[0]?.numbers.every((number, at) => Object.is(number, latest[0]?.numbers[at])))
        const { window } = checkpoint
        assert.deepStrictEqual(yield* tables.baselines, [
          ...written(
            latest.map((baseline) => ({ ...baseline, window })),
            3,
            2
          ),
          ...written([{ ...baselineOf("beta", T0 + SLIDE), window }], 3, 1)
        ])
      })
    )

    check(
      "gives the baselines of the checkpoint's task, size and slide, between a bound and what is written",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const checkpoint = yield* started()
        const mine = [0, 1, 2, 3].map((n) => baselineOf(`s${n}`, endAt(n)))
        const first = flushOf(checkpoint, { baselines: mine })
        yield* store.commit(first)
        for (const [sourcePartition, window] of [
          [4, checkpoint.window],
          [5, { sizeMs: MINUTE, slideMs: MINUTE }],
          [6, { sizeMs: 2 * MINUTE, slideMs: SLIDE }]
        ] as const) {
          yield* store.commit(
            flushOf(yield* started({ sourcePartition, window }), { baselines: [baselineOf("other", endAt(1))] })
          )
        }
        const until = (n: number) => ({ ...checkpoint, watermarkMs: endAt(n) })
        assert.deepStrictEqual(yield* readBaselinesOf(until(2), endAt(1)), mine.slice(1, 3))
        assert.deepStrictEqual(yield* readBaselinesOf({ ...checkpoint, watermarkMs: AFTER_ALL }, BEFORE_ALL), mine)
        assert.deepStrictEqual(yield* readBaselinesOf({ ...checkpoint, watermarkMs: BEFORE_ALL }, BEFORE_ALL), [])
        const emitted = { endMs: endAt(3), stream: "s3", offsets: [1n, 2n] }
        assert.deepStrictEqual(yield* readBaselinesOf({ ...until(2), emitted }, endAt(3)), mine.slice(3))
        for (const sourcePartition of [5, 6]) {
          assert.deepStrictEqual(yield* readBaselinesOf({ ...until(3), sourcePartition }, BEFORE_ALL), [])
        }
        // Under other windows a stream's baseline is learned from its beginning and replaces the
        // one before.
        const other = { sizeMs: MINUTE, slideMs: MINUTE }
        const second = flushOf({ ...first.checkpoint, window: other }, { baselines: [baselineOf("s1", endAt(3))] })
        yield* store.commit(second)
        const wide = { ...until(3), window: other }
        assert.deepStrictEqual(yield* readBaselinesOf(wide, BEFORE_ALL), [baselineOf("s1", endAt(3))])
        assert.deepStrictEqual(
          (yield* readBaselinesOf(until(3), BEFORE_ALL)).map(({ stream }) => stream),
          ["s0", "s2", "s3"]
        )
      })
    )

    check(
      "recovers moments that ended at or after a bound, and the offsets that the clock condemned",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const checkpoint = yield* started()
        const since = EventTimeMs(T0 + 2 * MINUTE)
        const open = momentOf()
        const closed = momentOf({ stream: "beta", endedAtMs: EventTimeMs(since - 1) })
        const future = (offset: bigint, over: Partial<DeadLetter> = {}) =>
          deadLetterOf({ offset, reason: "future-timestamp", path: "timestamp", ...over })
        yield* store.commit(
          flushOf(checkpoint, {
            moments: [open, closed],
            deadLetters: [
              future(9n),
              future(10n),
              future(19n),
              future(20n),
              deadLetterOf({ offset: 12n }),
              future(11n, { partition: 4 }),
              future(11n, { topic: "telemetra.events.viewer" })
            ]
          })
        )
        yield* store.commit(flushOf(yield* started({ sourcePartition: 4 }), { moments: [momentOf()] }))
        const [chat, viewer] = checkpoint.inputs
        assert(chat !== undefined && viewer !== undefined)
        const found = yield* store.recover(
          { ...checkpoint, inputs: [{ ...chat, rereadOffset: 10n, nextOffset: 20n }, viewer] },
          { openSinceMs: since, slidesSinceMs: BEFORE_ALL }
        )
        assert.deepStrictEqual(found.moments, [open])
        assert.deepStrictEqual(
          found.futureOffsets.map((runs) => [...runs]),
          [
            [
              [10n, 11n],
              [19n, 20n]
            ],
            []
          ]
        )
      })
    )

    check(
      "gives hostile text back unchanged",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const checkpoint = yield* started()
        const hostile = [
          "NULL",
          "null",
          "'; DROP TABLE moments; --",
          'quote " backslash \\ both \\"',
          "{braces,and,commas}",
          "{}",
          "$1 $$ %s",
          " leading and trailing ",
          "line\nbreak\ttab\r",
          "e\u0301 combining, \u{1F468}\u200D\u{1F469}\u200D\u{1F467} joined",
          "\uFFFD",
          "\u0001\u007F\u0085\u2028",
          "\u{1F600}".repeat(255)
        ]
        const rows = hostile
          .map((text) => rowOf({ stream: text, topEmotes: [text, "", text], emoteCounts: [3, 2, 1] }))
          .toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
        const moments = hostile
          .map((text) =>
            momentOf({
              stream: text,
              description: text,
              metadata: { ...momentOf().metadata, shared: text, repeated_text: text }
            })
          )
          .toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
        const letters = hostile.map((path, n) => deadLetterOf({ offset: BigInt(n), path }))
        const baselines = rows.map(({ stream }) => baselineOf(stream, T0))
        const broadcasts = rows.map(({ stream }) => broadcastOf({ stream }))
        const outcome = yield* store.commit(
          flushOf(checkpoint, { rows, moments, baselines, broadcasts, deadLetters: letters })
        )
        assert.deepStrictEqual(outcome, { _tag: "Committed", refusedRows: 0 })
        assert.deepStrictEqual(yield* tables.rows, written(rows, 3, 1))
        assert.deepStrictEqual(yield* tables.moments, written(moments, 3, 1))
        assert.deepStrictEqual(yield* tables.broadcasts, written(broadcasts, 3, 1))
        assert.deepStrictEqual(yield* tables.deadLetters, letters)
        const recovered = yield* store.recover(
          { ...checkpoint, watermarkMs: AFTER_ALL },
          { openSinceMs: BEFORE_ALL, slidesSinceMs: BEFORE_ALL }
        )
        assert.deepStrictEqual(
          sorted(yield* readSlidesOf({ ...checkpoint, watermarkMs: AFTER_ALL }, BEFORE_ALL)),
          slidesOf(rows)
        )
        assert.sameDeepMembers([...recovered.moments], moments)
        assert.deepStrictEqual(yield* readBaselinesOf({ ...checkpoint, watermarkMs: AFTER_ALL }, BEFORE_ALL), baselines)
      })
    )

    check(
      "gives extreme numbers back to the last bit",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const numbers = [
          Number.MAX_VALUE,
          -Number.MAX_VALUE,
          Number.MIN_VALUE,
          Number.EPSILON,
          0.1 + 0.2,
          1 / 3,
          -2_147_483_648.000001
        ]
        const rows = numbers.map((n, index) =>
          rowOf({
            stream: `s${index}`,
            chatCount: 2_147_483_647,
            uniqueChatters: 2_147_483_647,
            emoteCounts: [2_147_483_647, 1],
            avgSentiment: n,
            chatRate: n,
            avgViewers: n,
            zScore: n
          })
        )
        const moment = momentOf({
          intensity: Number.MAX_VALUE,
          metadata: { ...momentOf().metadata, people_deviation: 1 / 3 }
        })
        yield* store.commit(flushOf(yield* started(), { rows, moments: [moment] }))
        assert.deepStrictEqual(yield* tables.rows, written(rows, 3, 1))
        assert.deepStrictEqual(yield* tables.moments, written([moment], 3, 1))
      })
    )

    check(
      "leaves out exactly the data that can't be held, and commits the rest",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const good = Array.from({ length: 40 }, (_, n) => rowOf({ stream: `good-${String(n).padStart(2, "0")}` }))
        const bad = [
          rowOf({ stream: "good-05-overflow", chatCount: 2_147_483_648 }),
          rowOf({ stream: "good-17-overflow", negativeCount: 1e18 }),
          rowOf({ stream: "good-17-nul\u0000" }),
          rowOf({ stream: "good-39-emote", topEmotes: ["\u0000"], emoteCounts: [1] }),
          rowOf({ stream: "good-39-overflow", emoteCounts: [2_147_483_648, 1] }),
          rowOf({ stream: "x".repeat(256) })
        ]
        const badMoment = momentOf({ stream: "nul", metadata: { ...momentOf().metadata, shared: "\u0000" } })
        const flush = flushOf(yield* started(), {
          rows: [...bad, ...good],
          moments: [badMoment, momentOf()],
          baselines: [
            baselineOf("good-17-nul\u0000", T0),
            baselineOf("good", T0),
            baselineOf("x".repeat(256), T0),
            baselineOf("x".repeat(255), T0)
          ],
          broadcasts: [
            broadcastOf({ messages: 1e19 }),
            broadcastOf({ stream: "good" }),
            broadcastOf({ peakMessages: 2_147_483_648 }),
            broadcastOf({ stream: "nul\u0000" })
          ],
          deadLetters: [deadLetterOf({ offset: 1n, path: "\u0000" }), deadLetterOf()]
        })
        assert.deepInclude(yield* store.commit(flush), { _tag: "Committed", refusedRows: bad.length + 7 })
        assert.deepStrictEqual(yield* tables.rows, written(good, 3, 1))
        assert.deepStrictEqual(yield* tables.moments, written([momentOf()], 3, 1))
        assert.deepStrictEqual(
          (yield* tables.baselines).map(({ stream }) => stream),
          ["good", "x".repeat(255)]
        )
        assert.deepStrictEqual(yield* tables.broadcasts, written([broadcastOf({ stream: "good" })], 3, 1))
        assert.deepStrictEqual(yield* tables.deadLetters, [deadLetterOf()])
        assert.deepStrictEqual(yield* store.load(3), flush.checkpoint)
      })
    )

    check(
      "takes events of years ago and of years ahead",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const rows = [Date.UTC(2000, 0, 1), Date.UTC(2024, 1, 29), Date.UTC(2099, 11, 31, 23, 59)].map((startMs) =>
          rowOf({ startMs: EventTimeMs(startMs) })
        )
        yield* store.commit(flushOf(yield* started(), { rows }))
        assert.deepStrictEqual(yield* tables.rows, written(rows, 3, 1))
      })
    )

    check(
      "lets one of two owners through when both commit at once",
      Effect.gen(function* () {
        const store = yield* ResultStore
        const tables = yield* ResultTables
        const checkpoint = yield* started()
        const flush = flushOf(checkpoint, { rows: [rowOf()] })
        const outcomes = yield* Effect.all(
          Array.from({ length: 8 }, () => store.commit(flush)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(outcomes.map((o) => o._tag).toSorted(), [
          ...Array.from({ length: 7 }, () => "AlreadyCommitted"),
          "Committed"
        ])
        assert.deepStrictEqual(yield* tables.rows, written([rowOf()], 3, 1))
      })
    )
  })
