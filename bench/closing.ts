/**
 * The cost of a row, apart from its messages: one task with many streams of few messages each.
 * The windows of all streams close at once. The bench runs the task from the records' bytes to the
 * parameters of the statements, without Kafka and PostgreSQL. It measures only the closing of
 * windows.
 *
 * `node bench/closing.ts [streams] [slides] [cpu | heap]`: `cpu` adds the profile of the closings
 * by file and function, `heap` their allocations.
 */
import { PgProtocol, PgTypes } from "@effect/sql-pg"
import { Deferred, Effect, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Session } from "node:inspector"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setImmediate, setTimeout } from "node:timers/promises"
import type { Batch } from "../src/domain/Batch.ts"
import type { Flush } from "../src/domain/Flush.ts"
import { RecordsBuilder } from "../src/domain/RecordsBuilder.ts"
import type { PipelineSettings } from "../src/domain/Settings.ts"
import type { TaskInput } from "../src/domain/TaskInput.ts"
import { decode } from "../src/pipeline/Decode.ts"
import { detect } from "../src/pipeline/Detect.ts"
import { FlushBuilder } from "../src/pipeline/FlushBuilder.ts"
import { flushes } from "../src/pipeline/Flushes.ts"
import { taskState } from "../src/pipeline/TaskState.ts"
import { windows } from "../src/pipeline/Windows.ts"
import { BaselineModel } from "../src/sentiment/BaselineModel.ts"
import { writeBaselines } from "../src/sink/postgres/Baselines.ts"
import { writeBroadcasts } from "../src/sink/postgres/Broadcasts.ts"
import { insertMoments, insertRows } from "../src/sink/postgres/Insert.ts"
import { writeResults } from "../src/sink/postgres/Results.ts"
import { firstCheckpoint, INPUTS, NO_PAST } from "../test/pipeline/Script.ts"
import { CORE_SETTINGS } from "./CoreSettings.ts"

const STREAMS = Number(process.argv[2] ?? 100_000)
const SLIDES = Number(process.argv[3] ?? 30)
const MODE = process.argv[4] ?? "time"
/** Slides before the first that is measured: windows fill, and streams become known. */
const WARM_UP = Math.min(14, SLIDES - 2)
/** A stream has a message in one of so many slides, and a sample of viewers. */
const EVERY = 3
const BATCH_RECORDS = 1000
const ORIGIN_MS = Date.UTC(2025, 0, 1)

const settings: PipelineSettings = {
  ...CORE_SETTINGS,
  limits: { ...CORE_SETTINGS.limits, streamsPerPane: 4 * STREAMS }
}
const { slideMs } = settings.window

const nameOf = (stream: number): string => `stream_${(stream * 7919) % STREAMS}`

const offsets = [0n, 0n]

const batchOf = (input: number, values: ReadonlyArray<string>, timeMs: number): Batch => {
  const records = new RecordsBuilder()
  for (const value of values) {
    records.push({ offset: offsets[input] ?? 0n, timestampMs: timeMs, value: Buffer.from(value) })
    offsets[input] = (offsets[input] ?? 0n) + 1n
  }
  return { input, records: records.finish(), nextOffset: offsets[input] ?? 0n }
}

const chatOf = (stream: number, slide: number, timeMs: number): string =>
  `{"event_id":"c${slide}-${stream}","timestamp":${timeMs},"stream_id":"${nameOf(stream)}",` +
  `"user_id":"user_${stream}_${slide % 7}","username":"x","message":"what a great play that was",` +
  `"emotes":${stream % 3 === 0 ? `["Emote${stream % 40}"]` : "[]"},"badges":[]}`

const samplesOf = (stream: number, slide: number, timeMs: number): string =>
  `{"event_id":"v${slide}-${stream}","timestamp":${timeMs},"stream_id":"${nameOf(stream)}","viewer_count":${100 + ((stream * slide) % 1000)}}`

/** The records of a slide of one input, in batches. */
function* batchesOf(input: number, slide: number): Generator<Batch> {
  let values: Array<string> = []
  const made = input === 0 ? chatOf : samplesOf
  const startMs = ORIGIN_MS + slide * slideMs
  for (let stream = (slide + input) % EVERY; stream < STREAMS; stream += EVERY) {
    const timeMs = startMs + Math.floor((stream / STREAMS) * (slideMs - 1))
    values.push(made(stream, slide, timeMs))
    if (values.length < BATCH_RECORDS) continue
    yield batchOf(input, values, timeMs)
    values = []
  }
  if (values.length > 0) yield batchOf(input, values, startMs + slideMs - 1)
}

interface Frame {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
}

const session = new Session()
const post = <A>(method: string, parameters: object = {}): Promise<A> =>
  new Promise((resolve, reject) =>
    session.post(method, parameters, (error, result) => (error === null ? resolve(result as A) : reject(error)))
  )

/** The sum of the profiles of all closings, by function. */
const shares = new Map<string, number>()
const addShare = ({ functionName, lineNumber, url }: Frame, amount: number): void => {
  const file = url.replace(/.*\/(src|node_modules|bench|test)\//, "$1/").replace("node_modules/", "")
  const name = url === "" ? functionName : `${file}:${functionName || "(anonymous)"}:${lineNumber + 1}`
  shares.set(name, (shares.get(name) ?? 0) + amount)
}

interface CpuProfile {
  readonly nodes: ReadonlyArray<{ readonly id: number; readonly callFrame: Frame }>
  readonly samples: ReadonlyArray<number>
  readonly timeDeltas: ReadonlyArray<number>
}

interface HeapNode {
  readonly callFrame: Frame
  readonly selfSize: number
  readonly children: ReadonlyArray<HeapNode>
}

const addHeap = (node: HeapNode): void => {
  addShare(node.callFrame, node.selfSize)
  for (const child of node.children) addHeap(child)
}

const startProfile = async (): Promise<void> => {
  if (MODE === "cpu") await post("Profiler.start")
  if (MODE === "heap")
    await post("HeapProfiler.startSampling", {
      samplingInterval: 16_384,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true
    })
}

const stopProfile = async (): Promise<void> => {
  if (MODE === "cpu") {
    const { profile } = await post<{ profile: CpuProfile }>("Profiler.stop")
    const frames = new Map(profile.nodes.map(({ callFrame, id }) => [id, callFrame]))
    for (const [at, id] of profile.samples.entries()) {
      const frame = frames.get(id)
      if (frame !== undefined) addShare(frame, profile.timeDeltas[at] ?? 0)
    }
  }
  if (MODE === "heap") addHeap((await post<{ profile: { head: HeapNode } }>("HeapProfiler.stopSampling")).profile.head)
}

const measured = { rows: 0, cpuUs: 0, wallMs: 0, closings: 0, flushes: 0, largest: 0, blockMs: 0, parameterBytes: 0 }
let isMeasuring = false
/** Flushes that are built and not written. */
const waiting = { flushes: 0 }
let perRowUs: Array<number> = []
const delay = monitorEventLoopDelay({ resolution: 1 })

const encodeBind = PgProtocol.makeBindEncoder(PgTypes.writeParameter, PgTypes.isTextFormat)

/** Encodes the parameters of each statement, and reports that all rows were stored. */
const client = {
  withTransaction: <A>(self: A): A => self,
  unsafe: (_: string, parameters: ReadonlyArray<PgTypes.Parameter>) => {
    const raw = Effect.sync(() => {
      const frame = encodeBind({ portal: "", statement: "s", parameters })
      if (isMeasuring && frame._tag === "Success") measured.parameterBytes += frame.success.length
      const [first] = parameters
      return { rowCount: Array.isArray(first?.value) ? first.value.length : 0 }
    })
    return Object.assign(
      Effect.map(raw, () => []),
      { raw }
    )
  }
} as unknown as SqlClient

const write = (flush: Flush) =>
  Effect.gen(function* () {
    const { flushNumber, sourcePartition, window } = flush.checkpoint
    const writer = { sourcePartition, flush: flushNumber }
    yield* writeResults(flush, {
      rows: insertRows(writer, { adopted: false, own: false }),
      moments: insertMoments(writer)
    })
    yield* writeBaselines(writer, window, flush.baselines)
    yield* writeBroadcasts(writer, flush.broadcasts)
    // PostgreSQL's reply.
    yield* Effect.promise(() => setImmediate())
    waiting.flushes--
    if (!isMeasuring) return
    measured.rows += flush.rows.length
    measured.flushes++
    measured.largest = Math.max(measured.largest, flush.rows.length)
  }).pipe(Effect.provideService(SqlClient, client))

const asInput = (batch: Batch): TaskInput => ({ _tag: "Batch", batch, clockMs: Number.MAX_SAFE_INTEGER })

/** The inputs of the task. Measures from the batches that end a slide's windows to the last row. */
async function* inputs(): AsyncGenerator<TaskInput> {
  let monotonicMs = 0
  for (let slide = 0; slide < SLIDES; slide++) {
    for (const input of [0, 1]) for (const batch of batchesOf(input, slide)) yield asInput(batch)
    monotonicMs += slideMs
    const endMs = ORIGIN_MS + (slide + 1) * slideMs + settings.read.watermarkDelayMs
    isMeasuring = slide >= WARM_UP
    while (waiting.flushes > 0) await setImmediate()
    if (isMeasuring) await startProfile()
    const rowsBefore = measured.rows
    delay.enable()
    // The first samples belong to the time before.
    await setTimeout(20)
    delay.reset()
    const cpu = process.cpuUsage()
    const startedMs = performance.now()
    yield asInput(batchOf(0, [chatOf(0, slide, endMs)], endMs))
    yield asInput(batchOf(1, [samplesOf(0, slide, endMs)], endMs))
    yield { _tag: "Tick", clockMs: 0, monotonicMs, ends: undefined, openTransactions: [] }
    while (waiting.flushes > 0) await setImmediate()
    const { system, user } = process.cpuUsage(cpu)
    const endedMs = performance.now()
    await setTimeout(5)
    delay.disable()
    if (!isMeasuring) continue
    measured.closings++
    measured.cpuUs += system + user
    measured.wallMs += endedMs - startedMs
    measured.blockMs = Math.max(measured.blockMs, delay.max / 1e6)
    perRowUs.push((system + user) / (measured.rows - rowsBefore))
    await stopProfile()
    isMeasuring = false
  }
}

const state = taskState({
  settings,
  model: BaselineModel,
  owner: "bench",
  checkpoint: firstCheckpoint({ settings, inputs: INPUTS }),
  recovered: NO_PAST,
  monotonicMs: 0
})

session.connect()
if (MODE === "cpu") {
  await post("Profiler.enable")
  await post("Profiler.setSamplingInterval", { interval: 250 })
}
await Effect.runPromise(
  Stream.fromAsyncIterable(inputs(), (error) => error as Error).pipe(
    Stream.rechunk(1),
    decode(state),
    windows({ settings, stop: Deferred.makeUnsafe(), windows: state.windows }),
    detect(state.detection),
    flushes(new FlushBuilder(state)),
    Stream.tap(() => Effect.sync(() => waiting.flushes++)),
    Stream.buffer({ capacity: 1 }),
    Stream.runForEach(write)
  )
)
globalThis.gc?.()
const { arrayBuffers, heapUsed, rss } = process.memoryUsage()
perRowUs = perRowUs.sort((a, b) => a - b)
const lines = [
  `${STREAMS} streams: ${measured.rows} rows in ${measured.closings} slides, ${measured.flushes} flushes of at most ${measured.largest} rows`,
  `CPU per row: ${(measured.cpuUs / measured.rows).toFixed(2)} µs, least ${perRowUs[0]?.toFixed(2)} µs, median ${perRowUs[perRowUs.length >> 1]?.toFixed(2)} µs`,
  `wall clock per slide: ${Math.round(measured.wallMs / measured.closings)} ms; longest block of the event loop: ${measured.blockMs.toFixed(0)} ms`,
  `parameters per row: ${Math.round(measured.parameterBytes / measured.rows)} bytes; at the end: heap ${Math.round(heapUsed / STREAMS)} + arrays ${Math.round(arrayBuffers / STREAMS)} bytes per stream, ${Math.round(rss / 2 ** 20)} MiB in all`
]
const shown = (entries: Iterable<readonly [string, number]>, count: number): ReadonlyArray<string> =>
  [...entries]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, amount]) => `${(amount / measured.rows).toFixed(MODE === "cpu" ? 3 : 1).padStart(9)} ${name}`)
if (MODE !== "time") {
  const files = new Map<string, number>()
  for (const [name, amount] of shares) {
    const file = name.split(":")[0] ?? name
    files.set(file, (files.get(file) ?? 0) + amount)
  }
  lines.push(
    `${MODE === "cpu" ? "µs" : "bytes"} per row by file:`,
    ...shown(files, 30),
    "by function:",
    ...shown(shares, 50)
  )
}
// oxlint-disable-next-line no-console -- what a tool prints
console.log(lines.join("\n"))
process.exit(0)
