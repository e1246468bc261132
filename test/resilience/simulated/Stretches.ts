/**
 * The expected contents of a task's tables, counted again by the oracle. Its history consists of
 * stretches under one size and slide of windows. Within a stretch, lost records are missing from
 * the windows that end after the loss was found.
 */
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import { byCodeUnit } from "../../../src/domain/CodeUnits.ts"
import type { Gap } from "../../../src/domain/Gap.ts"
import type { WindowSettings } from "../../../src/domain/WindowSettings.ts"
import type { Input } from "../../../src/domain/Task.ts"
import { learnedUnder, type LearnedUnder } from "../../oracle/BaselineTable.ts"
import type { Left } from "../../oracle/Broadcasts.ts"
import { detect, type Learned, type OracleRow, type OracleWindow } from "../../oracle/Detection.ts"
import type { OracleMoment } from "../../oracle/Moments.ts"
import { type OracleCounts, type OracleInput, type OracleSettings, recount } from "../../oracle/Recount.ts"
import type { OracleSensitivity } from "../../oracle/Sensitivity.ts"
import { isEmitted } from "../../pipeline/Script.ts"
import type { DurableStep } from "./Tables.ts"

export interface Stretch {
  readonly window: WindowSettings
  /** The task's watermark when it began: its windows end after this (open bound). */
  readonly fromMs: number
  /** The task's watermark when it ended (closed bound). */
  readonly toMs: number
  /** The window that was written in part when it ended. */
  readonly emitted: Checkpoint["emitted"]
  /** Windows that start at or before this (closed bound) are not whole. */
  readonly partialToMs: number
  /** The first offset of each input that was not counted under an earlier stretch. */
  readonly positions: ReadonlyArray<bigint>
  /** Its durable steps: from this one (closed bound) ... */
  readonly fromStep: number
  /** ... to this one (open bound). */
  readonly toStep: number
}

export const isOf = (at: { readonly topic: string; readonly partition: number }, input: Input): boolean =>
  at.topic === input.topic && at.partition === input.partition

/** The stretches of a task whose watermark is `watermarkMs`, by its durable steps. */
export const stretchesOf = (steps: ReadonlyArray<DurableStep>, watermarkMs: number): ReadonlyArray<Stretch> => {
  const stretches: Array<Stretch> = []
  for (const [step, { before, settings }] of steps.entries()) {
    const last = stretches.at(-1)
    if (last?.window.sizeMs === settings.window.sizeMs && last.window.slideMs === settings.window.slideMs) continue
    if (last !== undefined) {
      stretches.splice(-1, 1, { ...last, toMs: before.watermarkMs, emitted: before.emitted, toStep: step })
    }
    stretches.push({
      window: settings.window,
      fromMs: before.watermarkMs,
      toMs: watermarkMs,
      emitted: undefined,
      partialToMs:
        last === undefined
          ? Number.NEGATIVE_INFINITY
          : Math.max(
              last.partialToMs,
              ...before.inputs.map(({ maxTimeBeforeRereadMs }) => maxTimeBeforeRereadMs),
              before.emitted === undefined ? Number.NEGATIVE_INFINITY : before.emitted.endMs - last.window.sizeMs
            ),
      positions: before.inputs.map(({ nextOffset }) => nextOffset),
      fromStep: step,
      toStep: steps.length
    })
  }
  return stretches
}

/** A gap, and the durable step that found it. */
export interface FoundGap extends Gap {
  readonly step: number
  /** The window that was written in part before that step. */
  readonly emitted: Checkpoint["emitted"]
}

/**
 * The gaps that the rows of a stretch reflect: none that later stretches find, since all its rows
 * were written before.
 */
const knownIn = ({ fromStep, toStep }: Stretch, gaps: ReadonlyArray<FoundGap>): ReadonlyArray<FoundGap> =>
  gaps
    .filter(({ step }) => step < toStep)
    // The first step goes on from a window of the earlier stretch.
    .map((gap) => (gap.step > fromStep ? gap : { ...gap, emitted: undefined }))

/** Whether the row was not in the tables yet when the gap was found. */
const isTouched = (
  row: { readonly endMs: number; readonly stream: string },
  { emitted, eventsFromMs }: FoundGap
): boolean => !isEmitted(row, { watermarkMs: eventsFromMs, emitted })

/**
 * An input's decisions after its windows up to `closedMs` (closed bound) had closed at `fromOffset`
 * (closed bound). The log may have lost the records that closed them.
 */
const closedFrom = (
  decisions: OracleInput["taskWatermarks"],
  fromOffset: bigint,
  closedMs: number
): OracleInput["taskWatermarks"] => {
  const before = decisions.filter((decision) => decision.fromOffset < fromOffset)
  const inForce = before.at(-1)?.watermarkMs ?? Number.NEGATIVE_INFINITY
  const after = [{ fromOffset, watermarkMs: inForce }, ...decisions.slice(before.length)]
  return [
    ...before,
    ...after.map((decision) => ({ ...decision, watermarkMs: Math.max(decision.watermarkMs, closedMs) }))
  ]
}

/**
 * An input's decisions in a stretch. Records before `fromOffset` (open bound) were counted in an
 * earlier one, and are read again under the watermark with which this one began. It may be before a
 * window that the earlier stretch wrote in part.
 */
const rereadUnder = (
  decisions: OracleInput["taskWatermarks"],
  fromOffset: bigint,
  fromMs: number
): OracleInput["taskWatermarks"] =>
  decisions.map((decision) =>
    decision.fromOffset < fromOffset ? { ...decision, watermarkMs: Math.min(decision.watermarkMs, fromMs) } : decision
  )

/**
 * Rows before scores: those of windows that end after a loss lack what was lost, those before it
 * don't.
 */
const windowsOf = (
  { emitted, fromMs, partialToMs, positions, toMs }: Stretch,
  inputs: ReadonlyArray<OracleInput>,
  gaps: ReadonlyArray<FoundGap>,
  settings: OracleSettings
): ReadonlyArray<OracleWindow> => {
  const found = gaps.toSorted(
    (a, b) =>
      a.eventsFromMs - b.eventsFromMs ||
      (a.emitted?.endMs ?? a.eventsFromMs) - (b.emitted?.endMs ?? b.eventsFromMs) ||
      byCodeUnit(a.emitted?.stream ?? "", b.emitted?.stream ?? "")
  )
  const end = { watermarkMs: toMs, ...(emitted === undefined ? {} : { emitted }) }
  return [undefined, ...found].flatMap((gap, index) => {
    const known = found.slice(0, index)
    const next = found[index]
    const withGaps = inputs.map((input, place) => ({
      ...input,
      // Records after its last window had closed belong to the next stretch.
      records: input.records.filter(({ offset }) => emitted === undefined || offset < (emitted.offsets[place] ?? 0n)),
      taskWatermarks: known.reduce(
        (decisions, { emitted }) =>
          emitted === undefined ? decisions : closedFrom(decisions, emitted.offsets[place] ?? 0n, emitted.endMs),
        rereadUnder(input.taskWatermarks, positions[place] ?? 0n, fromMs)
      ),
      gaps: known
        .filter((gap) => isOf(gap, input))
        .map(({ eventsFromMs, fromOffset, toOffset }) => ({ fromOffset, toOffset, watermarkMs: eventsFromMs }))
    }))
    if ((gap?.eventsFromMs ?? fromMs) > (emitted?.endMs ?? toMs)) return []
    return recount(withGaps, settings, emitted?.endMs ?? toMs).rows.filter(
      (row) =>
        row.endMs > fromMs &&
        row.startMs > partialToMs &&
        isEmitted(row, end) &&
        (gap === undefined || isTouched(row, gap)) &&
        (next === undefined || !isTouched(row, next))
    )
  })
}

/** The expected contents of the tables. */
export interface Wanted {
  readonly rows: ReadonlyArray<OracleRow>
  readonly moments: ReadonlyArray<OracleMoment>
  /** The baselines that each row has left behind, in the order in which they were written. */
  readonly learned: ReadonlyArray<LearnedUnder & Left>
}

export interface WantedSettings {
  readonly settings: OracleSettings
  /** The versions that the task had applied before a durable step. */
  readonly sensitivityBefore: (step: number) => OracleSensitivity
}

/** Scores and moments see what was lost and what wasn't. Each stretch begins with no baseline. */
export const wantedOf = (
  stretches: ReadonlyArray<Stretch>,
  inputs: ReadonlyArray<OracleInput>,
  gaps: ReadonlyArray<FoundGap>,
  { sensitivityBefore, settings }: WantedSettings
): Wanted => {
  const rows: Array<OracleRow> = []
  const learned: Array<LearnedUnder & Left> = []
  const moments = new Map<string, OracleMoment>()
  for (const stretch of stretches) {
    const underWindow = { ...settings, ...stretch.window, sensitivity: sensitivityBefore(stretch.toStep) }
    const known = knownIn(stretch, gaps)
    // An event that has determined how far a gap reaches counts even if that event is lost itself.
    const isComplete = (window: OracleWindow) =>
      !known.some((gap) => isTouched(window, gap) && window.startMs <= gap.eventsToMs)
    const streams = new Map<string, Array<OracleWindow>>()
    for (const window of windowsOf(stretch, inputs, known, underWindow)) {
      const ofStream = streams.get(window.stream) ?? []
      streams.set(window.stream, ofStream)
      ofStream.push({ ...window, complete: isComplete(window) })
    }
    const ofStretch: Array<Learned> = []
    for (const ofStream of streams.values()) {
      const judged = detect(
        ofStream.sort((a, b) => a.startMs - b.startMs),
        underWindow
      )
      rows.push(...judged.rows)
      ofStretch.push(...judged.learned)
      // A moment of the same instant replaces that of an earlier stretch.
      for (const moment of judged.moments) {
        moments.set(JSON.stringify([moment.stream, moment.openedAs, moment.timestampMs]), moment)
      }
    }
    const { emitted, toMs, window } = stretch
    const reached = { watermarkMs: toMs, partEndMs: emitted?.endMs }
    learned.push(...learnedUnder(ofStretch, window, reached).map((each) => ({ ...each, stretch: stretch.fromStep })))
  }
  return { rows, moments: [...moments.values()], learned }
}

/**
 * The sums of all records, each under the windows of the stretch in which it was counted for the
 * first time.
 */
export const countsOf = (
  stretches: ReadonlyArray<Stretch>,
  inputs: ReadonlyArray<OracleInput>,
  settings: OracleSettings
): OracleCounts => {
  const upTo = (positions: ReadonlyArray<bigint> | undefined, { window }: Stretch): OracleCounts => {
    const read = inputs.map((input, index) => ({
      ...input,
      records: input.records.filter(({ offset }) => positions === undefined || offset < (positions[index] ?? 0n))
    }))
    return recount(read, { ...settings, ...window }).counts
  }
  const sums = stretches.map((stretch, index) => {
    const all = upTo(stretches[index + 1]?.positions, stretch)
    const before = index === 0 ? undefined : upTo(stretch.positions, stretch)
    return { all, before }
  })
  const sum = (name: keyof OracleCounts) =>
    sums.reduce((total, { all, before }) => total + all[name] - (before?.[name] ?? 0), 0)
  return {
    records: sum("records"),
    events: sum("events"),
    late: sum("late"),
    deadLetters: sum("deadLetters"),
    tombstones: sum("tombstones"),
    acceptedChat: sum("acceptedChat"),
    countedPairs: sum("countedPairs"),
    countedChatPairs: sum("countedChatPairs"),
    droppedChatPairs: sum("droppedChatPairs"),
    cutEvents: sum("cutEvents"),
    cutChatPairs: sum("cutChatPairs"),
    cutEmotes: sum("cutEmotes"),
    cutChatters: sum("cutChatters")
  }
}
