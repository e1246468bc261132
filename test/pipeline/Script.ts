/**
 * Random histories for property tests. A script is a list of small steps, so that it shrinks well.
 * Playing it writes a log and feeds a real task with it in the script's order. It notes the
 * decisions that the oracle needs as data, and counts which hard cases it hit.
 */
import { Schema } from "effect"
import type { LogRecord } from "../../src/domain/Batch.ts"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import type { DeadLetter } from "../../src/domain/DeadLetter.ts"
import { BEFORE_ALL } from "../../src/domain/EventTime.ts"
import { addCounts, type Counts, type Flush, NO_COUNTS } from "../../src/domain/Flush.ts"
import { STATE_LIMITS, type StateLimits } from "../../src/domain/Limits.ts"
import { FALLS, type Moment, type MomentType, RISES, TURNS, withLatestContent } from "../../src/domain/Moment.ts"
import type { PipelineSettings } from "../../src/domain/Settings.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import type { Input } from "../../src/domain/Task.ts"
import type { TaskInput } from "../../src/domain/TaskInput.ts"
import { RecordsBuilder } from "../../src/domain/RecordsBuilder.ts"
import { Stages } from "./Stages.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import type { OracleInput, OracleSettings } from "../oracle/Recount.ts"
import { chatOf, EMOTES, EVENING_UNITS, STREAMS, TEXTS, UNIT_MS, USERS, viewersOf } from "./Crowd.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

export const Step = Schema.Struct({
  /** Picks the action; see `actionOf`. */
  pick: between(0, 99),
  input: between(0, 3),
  stream: between(0, 3),
  user: between(0, USERS.length - 1),
  text: between(0, TEXTS.length - 1),
  /** A set of emotes, one a bit. */
  emotes: between(0, 7),
  viewers: between(0, 2000),
  /** Position in time, relative to the input's cursor. */
  shiftMs: between(-45_000, 45_000),
  /** How the time meets the grid of windows; see `timeOf`. */
  align: between(0, 9),
  repeat: between(1, 30)
})
export type Step = typeof Step.Type

type Action = "event" | "evening" | "garbage" | "tombstone" | "silence" | "jump" | "hole" | "future"

export const actionOf = (pick: number): Action => {
  if (pick < 79) return "event"
  if (pick < 80) return "evening"
  if (pick < 83) return "garbage"
  if (pick < 85) return "tombstone"
  if (pick < 90) return "silence"
  if (pick < 94) return "jump"
  if (pick < 97) return "hole"
  return "future"
}

export const MOMENT_TYPES: ReadonlyArray<MomentType> = [...RISES, ...FALLS, ...TURNS]
export type MomentCounts = Record<MomentType, number>

/** No moment of any type. */
export const noMoments = (): MomentCounts => {
  const counts: Partial<MomentCounts> = {}
  for (const type of MOMENT_TYPES) counts[type] = 0
  return counts as MomentCounts // every type has been given
}

/** The hard cases that a generator must have hit for its test to mean something. */
export const newCoverage = () => ({
  atWindowStart: 0,
  oneBeforeWindowEnd: 0,
  latenessAtTheDelay: 0,
  lateForSome: 0,
  lateForAll: 0,
  inputFarBehind: 0,
  idled: 0,
  woke: 0,
  emoteTies: 0,
  timeGaps: 0,
  offsetHoles: 0,
  deadLetters: 0,
  tombstones: 0,
  futureByRecord: 0,
  futureByClock: 0,
  scores: 0,
  cutEvents: 0,
  cutEmotes: 0,
  cutChatters: 0,
  quotedNothing: 0,
  quotedSamples: 0,
  quotedRepeated: 0,
  quotedWords: 0,
  quotedEmotes: 0,
  ...noMoments()
})
export type Coverage = ReturnType<typeof newCoverage>

export const missed = (coverage: Coverage): ReadonlyArray<string> =>
  Object.entries(coverage).flatMap(([name, hits]) => (hits === 0 ? [name] : []))

export interface World {
  readonly settings: PipelineSettings
  readonly inputs: ReadonlyArray<Input>
}

export const INPUTS: ReadonlyArray<Input> = [
  { kind: "chat", topic: "chat", partition: 0 },
  { kind: "viewer", topic: "viewer", partition: 0 }
]

/** A task that owns everything: users of one stream come through two inputs. */
export const ALL_INPUTS: ReadonlyArray<Input> = [
  ...INPUTS,
  { kind: "chat", topic: "chat", partition: 1 },
  { kind: "viewer", topic: "viewer", partition: 1 }
]

/** Sizes and slides: multiples, coprime ones, tumbling. */
export const WINDOWS = [
  { sizeMs: 60_000, slideMs: 10_000 },
  { sizeMs: 10_000, slideMs: 10_000 },
  { sizeMs: 25_000, slideMs: 10_000 },
  { sizeMs: 7_000, slideMs: 3_000 },
  { sizeMs: 20_000, slideMs: 1_000 }
] as const

/**
 * So small that short scripts exceed them: a chatter and an emote of each stream in a pane, two
 * streams. Quotes have a few messages of a stream.
 */
export const TIGHT: StateLimits = {
  streamsPerPane: 2,
  emoteCost: 0,
  chatterCost: 0,
  textCost: 14_400,
  leastPaneCost: 4 * 75,
  messagesPerWindow: 60,
  samplesPerWindow: 30
}

export const settingsOf = (
  window: number,
  delay: number,
  clockOnly: boolean,
  limits = STATE_LIMITS
): PipelineSettings => ({
  window: WINDOWS[window] ?? WINDOWS[0],
  read: {
    watermarkDelayMs: [10_000, 0, 3_000][delay] ?? 10_000,
    maxFutureSkewMs: [10_000, 0, 3_000][delay] ?? 10_000,
    futureReference: clockOnly ? "clock" : "record",
    maxEventBytes: 5000
  },
  // Low, so that short scripts have moments.
  detection: { threshold: 1.5, warmUpMs: 1000 },
  sessionGapMs: 60_000,
  topEmotes: 2,
  limits,
  idleTimeoutMs: 30_000,
  triggerIntervalMs: 1000,
  maxRecordsPerFlush: undefined
})

const BASE_MS = Date.UTC(2026, 0, 1)
const YEAR_MS = 365 * 86_400_000
/** After so long the next broadcast begins, under all windows. */
const NIGHT_MS = 8 * 3_600_000

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

/** The results of a played script. */
export interface Played {
  readonly flushes: ReadonlyArray<Flush>
  readonly rows: ReadonlyArray<SummaryRow>
  readonly moments: ReadonlyArray<Moment>
  readonly deadLetters: ReadonlyArray<DeadLetter>
  readonly counts: Counts
  /** Broken promises of the steps themselves. */
  readonly faults: ReadonlyArray<string>
  /** The log and the decisions, for the oracle. */
  readonly oracle: ReadonlyArray<OracleInput>
}

export const firstCheckpoint = ({ inputs, settings }: World): Checkpoint => ({
  sourcePartition: 0,
  epoch: 1,
  flushNumber: 0,
  watermarkMs: BEFORE_ALL,
  window: settings.window,
  read: settings.read,
  partialToMs: BEFORE_ALL,
  inputs: inputs.map((input) => ({
    ...input,
    nextOffset: 0n,
    rereadOffset: 0n,
    maxTimeBeforeRereadMs: BEFORE_ALL,
    active: true,
    earlier: []
  }))
})

export const NO_PAST = { moments: [], futureOffsets: [], gaps: [], sensitivity: [] }

export const startOf = (world: World, checkpoint: Checkpoint = firstCheckpoint(world)) => ({
  settings: world.settings,
  model: BaselineModel,
  owner: "test",
  checkpoint,
  recovered: NO_PAST,
  monotonicMs: 0
})

/** Whether the row is in the tables, by a checkpoint. */
export const isEmitted = (
  { endMs, stream }: { readonly endMs: number; readonly stream: string },
  { emitted, watermarkMs }: { readonly emitted?: Checkpoint["emitted"]; readonly watermarkMs: number }
): boolean => endMs <= watermarkMs || (endMs === emitted?.endMs && stream <= emitted.stream)

export const momentKey = (moment: Moment): string =>
  JSON.stringify([moment.stream, moment.openedAs, moment.timestampMs])

/** The tables after a run: each key as last written. */
export const tablesOf = (flushes: ReadonlyArray<Flush>): Pick<Played, "rows" | "moments" | "deadLetters"> => {
  const moments = new Map<string, Moment>()
  for (const flush of flushes) {
    for (const moment of flush.moments) {
      const key = momentKey(moment)
      moments.set(key, withLatestContent(moment, moments.get(key)))
    }
  }
  return {
    rows: flushes.flatMap(({ rows }) => rows),
    moments: [...moments.values()],
    deadLetters: flushes.flatMap(({ deadLetters }) => deadLetters)
  }
}

/**
 * Feeds a log to a task again. Each of `cuts` is a batch of some records of one input, in that
 * order; the remaining records follow input by input. Without ticks no input becomes idle.
 */
export const replay = (
  world: World,
  logs: ReadonlyArray<ReadonlyArray<LogRecord>>,
  cuts: ReadonlyArray<{ readonly input: number; readonly size: number }>
): Pick<Played, "rows" | "moments" | "deadLetters"> => {
  const task = new Stages(startOf(world))
  const positions = logs.map(() => 0)
  const flushes: Array<Flush> = []
  const take = (input: number, size: number) => {
    const from = positions[input] ?? 0
    const records = logs[input]?.slice(from, from + size) ?? []
    const last = records.at(-1)
    if (last === undefined) return
    positions[input] = from + records.length
    const batch = { input, records: RecordsBuilder.of(records), nextOffset: last.offset + 1n }
    flushes.push(...task.step({ _tag: "Batch", batch, clockMs: Number.POSITIVE_INFINITY }))
  }
  for (const { input, size } of cuts) take(input % logs.length, size)
  logs.forEach((log, input) => take(input, log.length))
  flushes.push(...task.step({ _tag: "EndOfInput" }))
  return tablesOf(flushes)
}

/** The time of a step's event. Steps aim at the bounds of windows and of lateness. */
const timeOf = (
  { read: { watermarkDelayMs: delayMs }, window: { sizeMs, slideMs } }: PipelineSettings,
  step: Step,
  cursorMs: number,
  maxTimeMs: number
): number => {
  const grid = Math.floor((cursorMs + step.shiftMs) / slideMs) * slideMs
  switch (step.align) {
    case 0:
    case 1:
      return grid
    case 2:
    case 3:
      return grid - 1
    case 4:
      return maxTimeMs === Number.NEGATIVE_INFINITY ? grid : maxTimeMs - delayMs
    case 5:
      // The window that ends right at the own watermark, if that is on the grid; else the one
      // before.
      return maxTimeMs === Number.NEGATIVE_INFINITY ? grid : Math.floor((maxTimeMs - delayMs) / slideMs) * slideMs - 1
    case 6:
      return grid + sizeMs
    default:
      return cursorMs + step.shiftMs
  }
}

const chat = (
  stream: number,
  timeMs: number,
  user: string | undefined,
  text: string | undefined,
  emotes: ReadonlyArray<string>
) => bytes({ stream_id: STREAMS[stream], timestamp: timeMs, user_id: user, message: text, emotes })

const emotesOf = ({ emotes }: Step) => EMOTES.filter((_, bit) => (emotes & (1 << bit)) !== 0)

const sample = ({ stream }: Step, timeMs: number, viewers: number) =>
  bytes({ stream_id: STREAMS[stream], timestamp: timeMs, viewer_count: viewers })

/**
 * Plays a script against a task, record by record, in the script's order. Longer than 70 lines:
 * each action changes the logs, the task and the coverage together.
 */
export const play = (world: World, script: ReadonlyArray<Step>, coverage: Coverage): Played => {
  const { inputs, settings } = world
  const { sizeMs, slideMs } = settings.window
  const { watermarkDelayMs: delayMs, maxFutureSkewMs: skewMs } = settings.read
  const task = new Stages(startOf(world))
  const flushes: Array<Flush> = []
  const faults: Array<string> = []
  const emitted = new Set<string>()
  let monotonicMs = 0
  let lastWatermarkMs = Number.NEGATIVE_INFINITY
  const logs = inputs.map(() => ({
    records: [] as Array<LogRecord>,
    nextOffset: 0n,
    cursorMs: BASE_MS,
    maxTimeMs: Number.NEGATIVE_INFINITY,
    watermarks: [] as Array<{ fromOffset: bigint; watermarkMs: number }>,
    deadByClock: new Set<bigint>()
  }))

  const feed = (input: TaskInput) => {
    const produced = task.step(input)
    const watermarkMs = task.windows.watermarkMs
    if (watermarkMs < lastWatermarkMs) faults.push(`the watermark fell from ${lastWatermarkMs} to ${watermarkMs}`)
    lastWatermarkMs = watermarkMs
    for (const flush of produced) {
      flushes.push(flush)
      for (const row of flush.rows) {
        const key = JSON.stringify([row.stream, row.endMs])
        if (emitted.has(key)) faults.push(`window ${key} was emitted twice`)
        emitted.add(key)
        if (!isEmitted(row, flush.checkpoint)) faults.push(`window ${key} was emitted before its time`)
      }
    }
  }

  const clockMs = () => Math.max(BASE_MS, ...logs.map(({ maxTimeMs }) => maxTimeMs)) + skewMs

  /**
   * Checks the rules of the watermark and of waking, independently of the task's own arithmetic.
   */
  const expectRules = (index: number, wasIdle: boolean, raised: boolean, beforeMs: number) => {
    const counting = logs.filter((_, input) => task.windows.isActive(input))
    const lowestMs = Math.min(...counting.map(({ maxTimeMs }) => maxTimeMs - delayMs))
    const expectedMs = counting.length === 0 ? beforeMs : Math.max(beforeMs, lowestMs)
    if (task.windows.watermarkMs !== expectedMs) {
      faults.push(`the watermark is ${task.windows.watermarkMs} instead of ${expectedMs}`)
    }
    const ownMs = (logs[index]?.maxTimeMs ?? Number.NaN) - delayMs
    const counts = !wasIdle || (raised && ownMs > beforeMs - sizeMs)
    if (task.windows.isActive(index) !== counts) faults.push(`input ${index} ${counts ? "does not count" : "counts"}`)
  }

  const append = (
    index: number,
    timestampMs: number,
    value: Uint8Array | null,
    clock: number,
    acceptedMs = Number.NEGATIVE_INFINITY
  ) => {
    const log = logs[index]
    if (log === undefined) return
    const raised = acceptedMs > log.maxTimeMs
    const wasIdle = !task.windows.isActive(index)
    const beforeMs = task.windows.watermarkMs
    log.maxTimeMs = Math.max(log.maxTimeMs, acceptedMs)
    const record = { offset: log.nextOffset, timestampMs, value }
    log.records.push(record)
    log.nextOffset++
    log.watermarks.push({ fromOffset: record.offset, watermarkMs: task.windows.watermarkMs })
    feed({
      _tag: "Batch",
      batch: { input: index, records: RecordsBuilder.of([record]), nextOffset: log.nextOffset },
      clockMs: clock
    })
    expectRules(index, wasIdle, raised, beforeMs)
  }

  const tick = (withEnds: boolean) => {
    const ends = withEnds
      ? { requestedAtMs: monotonicMs, offsets: logs.map(({ nextOffset }) => nextOffset) }
      : undefined
    feed({ _tag: "Tick", clockMs: clockMs(), monotonicMs, ends, openTransactions: [] })
  }

  const event = (index: number, step: Step, timeMs: number) =>
    inputs[index]?.kind === "chat"
      ? chat(step.stream, timeMs, USERS[step.user], TEXTS[step.text], emotesOf(step))
      : sample(step, timeMs, step.viewers)

  /** An evening of one stream, through a pair of inputs. */
  const evening = (chatIndex: number, step: Step) => {
    const viewerIndex = chatIndex + 1
    const both = logs.filter((_, index) => index === chatIndex || index === viewerIndex)
    const first = Math.ceil(Math.max(...both.map(({ cursorMs }) => cursorMs)) / UNIT_MS)
    for (let unit = first; unit < first + EVENING_UNITS + 10; unit++) {
      for (const { emotes, text, timeMs, user } of chatOf(unit)) {
        append(chatIndex, timeMs, chat(step.stream, timeMs, user, text, emotes), Number.POSITIVE_INFINITY, timeMs)
      }
      const timeMs = unit * UNIT_MS + step.user
      append(viewerIndex, timeMs, sample(step, timeMs, viewersOf(unit)), Number.POSITIVE_INFINITY, timeMs)
      for (const log of both) log.cursorMs = (unit + 1) * UNIT_MS
    }
  }

  for (const step of script) {
    const index = step.input % inputs.length
    const log = logs[index]
    if (log === undefined) continue
    switch (actionOf(step.pick)) {
      case "event": {
        const timeMs = timeOf(settings, step, log.cursorMs, log.maxTimeMs)
        const ownMs = log.maxTimeMs - delayMs
        const wasIdle = !task.windows.isActive(index)
        if (timeMs % slideMs === 0) coverage.atWindowStart++
        if ((timeMs + 1 - sizeMs) % slideMs === 0) coverage.oneBeforeWindowEnd++
        if (timeMs === ownMs) coverage.latenessAtTheDelay++
        const lastEnd = Math.floor(timeMs / slideMs) * slideMs + sizeMs
        const firstEnd = Math.floor((timeMs - sizeMs) / slideMs) * slideMs + slideMs + sizeMs
        if (lastEnd <= ownMs) coverage.lateForAll++
        else if (firstEnd <= ownMs) coverage.lateForSome++
        if (logs.some(({ maxTimeMs }) => timeMs - maxTimeMs > 10 * sizeMs && maxTimeMs > 0)) coverage.inputFarBehind++
        if (step.emotes === 3 || step.emotes === 5 || step.emotes === 6) coverage.emoteTies++
        // Many copies make bursts: of one user, or of many, who may write different texts.
        for (let copy = 0; copy < (step.repeat > 25 ? 25 : 1); copy++) {
          const user = (step.user + (step.emotes > 3 ? copy : 0)) % USERS.length
          const text = (step.text + (step.emotes === 7 ? copy : 0)) % TEXTS.length
          append(index, timeMs, event(index, { ...step, user, text }, timeMs), Number.POSITIVE_INFINITY, timeMs)
        }
        if (wasIdle && task.windows.isActive(index)) coverage.woke++
        if (step.shiftMs > 0 && step.align > 3) log.cursorMs = Math.max(log.cursorMs, timeMs)
        break
      }
      case "evening":
        evening(index - (index % 2), step)
        break
      case "garbage":
        coverage.deadLetters++
        append(index, -1, step.text % 2 === 0 ? new Uint8Array([0xff, 0x7b]) : bytes({ stream_id: "a" }), BASE_MS)
        break
      case "tombstone":
        coverage.tombstones++
        append(index, -1, null, BASE_MS)
        break
      case "silence": {
        const idleBefore = inputs.filter((_, input) => !task.windows.isActive(input)).length
        tick(false)
        monotonicMs += settings.idleTimeoutMs
        tick(true)
        monotonicMs += 100
        tick(false)
        if (inputs.filter((_, input) => !task.windows.isActive(input)).length > idleBefore) coverage.idled++
        break
      }
      case "jump":
        if (step.repeat > 20) coverage.timeGaps++
        if (step.repeat > 25) log.cursorMs += YEAR_MS
        else log.cursorMs += step.repeat > 20 ? NIGHT_MS : step.repeat * slideMs
        break
      case "hole":
        coverage.offsetHoles++
        log.nextOffset += BigInt(step.repeat)
        break
      case "future": {
        // One millisecond more than allowed: by the record's own timestamp, or by the clock.
        const timeMs = log.cursorMs + step.shiftMs
        const byClock = step.text % 2 === 0
        const recordMs = byClock ? timeMs : timeMs - skewMs - 1
        const isDead = byClock || settings.read.futureReference === "record"
        if (byClock) {
          coverage.futureByClock++
          log.deadByClock.add(log.nextOffset)
        } else if (isDead) {
          coverage.futureByRecord++
        }
        const clock = byClock ? timeMs - skewMs - 1 : recordMs + YEAR_MS
        append(index, recordMs, event(index, step, timeMs), clock, isDead ? undefined : timeMs)
        break
      }
    }
  }
  feed({ _tag: "EndOfInput" })
  if (task.windows.openStreams !== 0) faults.push(`${task.windows.openStreams} streams still hold state after the end`)

  const tables = tablesOf(flushes)
  for (const { content, type } of tables.moments) {
    coverage[type]++
    if (content === undefined) continue
    const { emotes, repeated, samples, words } = content
    if (samples.length === 0) coverage.quotedNothing++
    if (samples.length > 1) coverage.quotedSamples++
    if (repeated !== null) coverage.quotedRepeated++
    if (words.length > 0) coverage.quotedWords++
    if (emotes.length > 0) coverage.quotedEmotes++
  }
  const cut = (name: "cutEvents" | "cutEmotes" | "cutChatters") =>
    flushes.reduce((sum, { status }) => sum + status[name], 0)
  for (const name of ["cutEvents", "cutEmotes", "cutChatters"] as const) coverage[name] += cut(name)
  coverage.scores += tables.rows.filter(({ zScore }) => zScore !== null).length
  return {
    flushes,
    ...tables,
    counts: flushes.map(({ status }) => status).reduce(addCounts, NO_COUNTS),
    faults,
    oracle: inputs.map((input, index) => ({
      ...input,
      records: logs[index]?.records ?? [],
      taskWatermarks: logs[index]?.watermarks ?? [],
      deadByClock: logs[index]?.deadByClock ?? new Set(),
      gaps: []
    }))
  }
}

export const oracleSettings = (settings: PipelineSettings): OracleSettings => ({
  ...settings.window,
  ...settings.read,
  ...settings.detection,
  sessionGapMs: settings.sessionGapMs,
  topEmotes: settings.topEmotes,
  samples: settings.samples === undefined || settings.samples.most === 0 ? undefined : settings.samples,
  limits: settings.limits
})
