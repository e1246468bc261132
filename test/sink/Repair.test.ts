import { assert, it } from "@effect/vitest"
import { BEFORE_ALL, EventTimeMs } from "../../src/domain/EventTime.ts"
import { type Flush, NO_COUNTS } from "../../src/domain/Flush.ts"
import type { Moment } from "../../src/domain/Moment.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import { Repairs } from "../../src/sink/Repair.ts"

const WINDOW = { sizeMs: 60, slideMs: 10 }

const row = (endMs: number): SummaryRow => ({
  stream: "s",
  startMs: EventTimeMs(endMs - WINDOW.sizeMs),
  endMs: EventTimeMs(endMs),
  chatCount: 1,
  uniqueChatters: 1,
  avgSentiment: 0,
  scoredCount: 1,
  positiveCount: 0,
  negativeCount: 0,
  chatRate: 1,
  avgViewers: null,
  topEmotes: [],
  zScore: null,
  isAnomaly: false,
  complete: true
})

/** A moment from the window that ends at `firstEndMs` to the one that ends at `endedAtMs`. */
const moment = (firstEndMs: number, endedAtMs: number): Moment => ({
  stream: "s",
  type: "chat_spike",
  timestampMs: EventTimeMs(firstEndMs - WINDOW.slideMs),
  endedAtMs: EventTimeMs(endedAtMs),
  intensity: 4,
  description: "",
  metadata: {
    window_start: "",
    window_end: "",
    chat_count: 1,
    unique_chatters: 1,
    avg_viewers: null,
    avg_sentiment: null,
    score: 4,
    value: 1,
    baseline_mean: 0,
    baseline_deviation: 0,
    baseline_size: 3,
    top_emotes: [],
    top_emotes_before: []
  }
})

const flush = (watermarkMs: number, rows: ReadonlyArray<SummaryRow>, moments: ReadonlyArray<Moment> = []): Flush => ({
  checkpoint: {
    sourcePartition: 0,
    epoch: 0,
    flush: 1,
    watermarkMs: EventTimeMs(watermarkMs),
    window: WINDOW,
    read: { watermarkDelayMs: 0, maxFutureSkewMs: 0, futureReference: "record", maxEventBytes: 1 },
    partialToMs: BEFORE_ALL,
    inputs: []
  },
  watermarkBeforeMs: BEFORE_ALL,
  rows,
  moments,
  deadLetters: [],
  gaps: [],
  status: { owner: "", ...NO_COUNTS, lagRecords: null, recordsPerSecond: null }
})

const RANGE = { fromMs: 100, toMs: 200 }
const ends = (rows: ReadonlyArray<{ readonly endMs: number }>) => rows.map(({ endMs }) => endMs)

it("windows wholly inside the range, both bounds closed", () => {
  const { rows } = new Repairs(RANGE, WINDOW).step(flush(300, [150, 160, 170, 200, 210].map(row)))
  assert.deepStrictEqual(ends(rows), [160, 170, 200])
})

it("moments whose windows are all inside, and the one after their last as well", () => {
  const all = [moment(150, 160), moment(160, 170), moment(170, 190), moment(190, 200), moment(210, 220)]
  const { moments } = new Repairs(RANGE, WINDOW).step(flush(300, [], all))
  assert.deepStrictEqual(ends(moments.map(({ endedAtMs }) => ({ endMs: endedAtMs }))), [170, 190])
})

it("a moment waits until it is seen to have ended, and is then what it came to", () => {
  const repairs = new Repairs(RANGE, WINDOW)
  assert.deepStrictEqual(repairs.step(flush(170, [], [moment(160, 170)])).moments, [])
  assert.deepStrictEqual(repairs.step(flush(180, [], [moment(160, 180)])).moments, [])
  assert.deepStrictEqual(repairs.step(flush(190, [])).moments, [moment(160, 180)])
  assert.deepStrictEqual(repairs.step(flush(200, [])).moments, [])
})

it("windows are settled one slide later, each once; what goes on is among the found", () => {
  const repairs = new Repairs(RANGE, WINDOW)
  const first = repairs.step(flush(170, [row(160), row(170)], [moment(160, 170)]))
  assert.deepStrictEqual([ends(first.settled), first.found.length], [[160], 1])
  const second = repairs.step(flush(200, [row(180), row(190), row(200)]))
  assert.deepStrictEqual([ends(second.settled), second.found.length], [[170, 180, 190], 1])
  const third = repairs.step(flush(Number.POSITIVE_INFINITY, [row(210)]))
  // whether a moment ends with the last window of the range is not seen in it
  assert.deepStrictEqual([ends(third.settled), third.found.length], [[], 0])
})

it("without bounds everything is settled at the end", () => {
  const repairs = new Repairs({ fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY }, WINDOW)
  const { moments, settled } = repairs.step(flush(Number.POSITIVE_INFINITY, [row(70), row(80)], [moment(70, 80)]))
  assert.deepStrictEqual([ends(settled), moments.length], [[70, 80], 1])
})
