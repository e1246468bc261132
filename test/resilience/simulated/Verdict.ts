/**
 * Whether the tables equal those of a run that never failed and took the same decisions. The oracle
 * counts everything again from the logs.
 */
import { Effect, Equal } from "effect"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import type { Gap } from "../../../src/domain/Gap.ts"
import type { Moment, MomentKey } from "../../../src/domain/Moment.ts"
import { momentId } from "../../../src/domain/Notification.ts"
import type { TaskDefinition } from "../../../src/domain/Task.ts"
import type { StoredSample } from "../../../src/sink/memory/Tables.ts"
import { momentRecord, windowRecord } from "../../../src/source/ResultRecords.ts"
import { baselineFindings } from "../../oracle/BaselineTable.ts"
import { broadcastFindings } from "../../oracle/Broadcasts.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../../oracle/Compare.ts"
import { type OracleInput, recount } from "../../oracle/Recount.ts"
import { oracleSettings } from "../../pipeline/Script.ts"
import type { Cluster } from "./Cluster.ts"
import type { FaultCounts, Plan } from "./Plan.ts"
import { type Reading, readingOf, type Times } from "./Reading.ts"
import { countsOf, type FoundGap, isOf, stretchesOf, wantedOf } from "./Stretches.ts"
import { type DurableStep, type DurableTaken, gapKey, type Tables } from "./Tables.ts"

const isWithin = (gap: Gap, offset: bigint): boolean => gap.fromOffset <= offset && offset < gap.toOffset

/**
 * The task's watermark in force for the new records of a batch, if it decides anything. It exceeds
 * the input's own watermark only while that input was idle. Within a batch it may rise beyond it at
 * one offset: at the end of the re-read of an idle input.
 */
const watermarkFor = ({ afterMs, beforeMs, counted, input, positions, rereadEnds }: DurableTaken): number => {
  const isRereading = (index: number) => (positions[index] ?? 0n) < (rereadEnds[index] ?? 0n)
  const othersHold = counted.some((counts, index) => index !== input && (counts || isRereading(index)))
  return isRereading(input) && counted[input] === false && othersHold ? afterMs : beforeMs
}

const keyOf = (row: { readonly startMs: number; readonly endMs: number; readonly stream: string }): string =>
  JSON.stringify([row.stream, row.startMs, row.endMs])

/** The end that the task's watermark had reached, including a window that is written in part. */
const reached = ({ emitted, watermarkMs }: Checkpoint): number => Math.max(watermarkMs, emitted?.endMs ?? watermarkMs)

const movesOn = ({ after, before }: DurableStep): boolean =>
  after.inputs.some(({ nextOffset }, index) => nextOffset > (before.inputs[index]?.nextOffset ?? 0n))

/**
 * Whether new records were read after an input was idle. It may count again by then: a worker that
 * took the task over counts every input while it reads it again.
 */
const isReadAfterIdleness = (steps: ReadonlyArray<DurableStep>): boolean => {
  const idleAt = steps.findIndex(({ after }) => after.inputs.some(({ active }) => !active))
  return idleAt !== -1 && steps.slice(idleAt + 1).some(movesOn)
}

const momentKey = ({ openedAs, stream, timestampMs }: MomentKey): string =>
  JSON.stringify([stream, openedAs, timestampMs])

/** Moments with their quotes, and the rows of `moment_samples` that are those of no moment. */
const quotedBy = (moments: ReadonlyArray<Moment>, samples: ReadonlyArray<StoredSample>) => {
  const byKey = new Map(samples.map((sample) => [momentKey(sample), sample]))
  const peaks = new Map(moments.map((moment) => [momentKey(moment), moment.metadata.peak_end]))
  return {
    moments: moments.map((moment) => ({ ...moment, content: byKey.get(momentKey(moment))?.content })),
    findings: samples
      .filter((sample) => peaks.get(momentKey(sample)) !== sample.peakEnd)
      .map((sample) => `quotes ${momentKey(sample)}: no moment has its peak at ${sample.peakEnd}`)
  }
}

const COUNTED = ["records", "late", "deadLetters", "tombstones", "droppedChatPairs"] as const
/** The counts that depend on the limits of panes. */
const CUT = ["events", "cutEvents", "cutEmotes", "cutChatters"] as const

/**
 * Errors in one task's tables; empty = none. Longer than 70 lines: one check after the other, over
 * the same readings.
 */
export const verdictOn = (
  task: TaskDefinition,
  plan: Plan,
  cluster: Cluster,
  tables: Tables,
  times: Times,
  counts: FaultCounts
): ReadonlyArray<string> => {
  const { sourcePartition } = task
  const findings: Array<string> = []
  const find = (finding: string) => findings.push(`task ${sourcePartition}: ${finding}`)
  const checkpoint = tables.checkpoint(sourcePartition)
  const began = tables.began.get(sourcePartition)
  if (checkpoint === undefined || began === undefined) return [`task ${sourcePartition} never ran`]

  const contents = tables.contents
  const mine = <A extends { readonly sourcePartition: number }>(items: Effect.Effect<ReadonlyArray<A>>) =>
    Effect.runSync(items).filter((item) => item.sourcePartition === sourcePartition)
  const letters = Effect.runSync(contents.deadLetters).filter((letter) =>
    task.inputs.some((input) => isOf(letter, input))
  )
  const taken = tables.taken.get(sourcePartition) ?? []
  const applied = mine(contents.sensitivityApplied)
  const changes = Effect.runSync(contents.sensitivityChanges)
  const settings = oracleSettings(plan.settings)
  const steps = tables.steps.get(sourcePartition) ?? []
  /** Versions that the task had applied before a durable step. */
  const sensitivityBefore = (step: number) => {
    const last = steps[step - 1]?.after.flushNumber ?? 0
    return { changes, applied: applied.filter(({ flush }) => flush <= last) }
  }
  const wasIdle = taken.some(({ counted }) => counted.includes(false)) || isReadAfterIdleness(steps)
  const gaps = Effect.runSync(contents.gaps)
    .filter((gap) => task.inputs.some((input) => isOf(gap, input)))
    .map((gap): FoundGap => {
      const step = tables.stepOfGap.get(gapKey(gap))
      if (step === undefined) throw new RangeError(`no step of task ${sourcePartition} found the gap ${gapKey(gap)}`)
      return { ...gap, step, emitted: steps[step]?.before.emitted }
    })
  const delaysMs = [...new Set(steps.map((step) => step.settings.read.watermarkDelayMs))]

  const readings: Array<Reading> = []
  const inputs = task.inputs.map((input, index): OracleInput => {
    const { records } = cluster.partitionOf(input)
    const batches = taken.filter((batch) => batch.input === index)
    const offsets = new Set<bigint>()
    for (const offset of batches.flatMap((batch) => batch.offsets)) {
      if (offsets.has(offset)) find(`${input.topic} ${offset} was counted twice`)
      offsets.add(offset)
    }
    for (const { offset } of records) {
      if (offset < (began.inputs[index]?.nextOffset ?? 0n) || offsets.has(offset)) continue
      if (!gaps.some((gap) => isOf(gap, input) && isWithin(gap, offset))) find(`${input.topic} ${offset} was skipped`)
    }

    const counted = records.filter(({ offset }) => offsets.has(offset))
    const ofInput = letters.filter((letter) => isOf(letter, input))
    const reading = readingOf(input, index, counted, ofInput, steps, times)
    readings.push(reading)
    for (const finding of reading.findings) find(finding)
    counts.deadByClock += reading.deadByClock.size

    const withOffsets = batches.flatMap((batch) => {
      const [fromOffset] = batch.offsets
      return fromOffset === undefined ? [] : [{ fromOffset, watermarkMs: watermarkFor(batch) }]
    })
    return {
      ...input,
      records: counted,
      // The oracle needs no decision if no input was ever idle and the delay never grew.
      taskWatermarks: wasIdle || delaysMs.length > 1 ? withOffsets : [],
      deadByClock: reading.deadByClock,
      gaps: [],
      settingsFrom: reading.settingsFrom
    }
  })

  const { watermarkMs } = checkpoint
  const stretches = stretchesOf(steps, watermarkMs)
  const last = stretches.at(-1)
  const whole = recount(inputs, { ...settings, ...last?.window })
  const wanted = wantedOf(stretches, inputs, gaps, { settings, sensitivityBefore })
  // A window that closes before a gap's reach is known counts as touched by it. An idle input lets
  // it close so early, and so does a delay that became shorter.
  const reachesFar = new Set(
    (wasIdle || delaysMs.length > 1) && gaps.length > 0 ? wanted.rows.filter(({ complete }) => complete).map(keyOf) : []
  )
  const rows = mine(contents.rows).map((row) => (reachesFar.has(keyOf(row)) ? { ...row, complete: true } : row))
  const quoted = quotedBy(mine(contents.moments), mine(contents.samples))
  for (const difference of [
    ...compareRows(wanted.rows, rows),
    ...compareMoments(wanted.moments, quoted.moments),
    ...quoted.findings,
    ...baselineFindings(wanted.learned, mine(contents.baselines)),
    ...broadcastFindings(wanted.learned, mine(contents.broadcasts)),
    ...compareDeadLetters(whole.deadLetters, letters)
  ]) {
    find(difference)
  }

  if (plan.idleness) {
    const open = whole.rows.filter(
      ({ endMs, startMs }) => endMs > watermarkMs && startMs > (last?.partialToMs ?? Number.NEGATIVE_INFINITY)
    )
    if (open.length > 0 && gaps.length === 0) find(`${open.length} rows are not written although all is idle`)
  } else if (gaps.length === 0) {
    const leastMs = Math.min(...readings.map(({ ownMs }) => ownMs.at(-1) ?? Number.NEGATIVE_INFINITY))
    if (watermarkMs < leastMs) find(`the watermark is ${watermarkMs}, below ${leastMs}`)
  }

  if (gaps.length === 0) {
    for (const [step, { after, before, idle }] of steps.entries()) {
      for (const [index, { active: holds, maxTimeBeforeRereadMs, rereadOffset }] of after.inputs.entries()) {
        const reading = readings[index]
        const beforeReread = reading?.accepted.findLast(({ offset }) => offset < rereadOffset)
        const greatestMs = beforeReread?.greatestMs ?? Number.NEGATIVE_INFINITY
        if (maxTimeBeforeRereadMs !== greatestMs) {
          find(
            `flush ${after.flushNumber} reports ${maxTimeBeforeRereadMs} of input ${index} before ${rereadOffset} instead of ${greatestMs}`
          )
        }
        // An input that counts holds the task's watermark, whatever the others decided.
        if (reached(after) <= reached(before)) continue
        if (!holds || before.inputs[index]?.active !== true || idle.has(index)) continue
        if ((reading?.ownMs[step] ?? Number.NEGATIVE_INFINITY) < reached(after)) {
          find(
            `flush ${after.flushNumber} moves the watermark to ${reached(after)}, beyond input ${index}, which counts`
          )
        }
      }
    }
    const counted = countsOf(stretches, inputs, settings)
    const sum = (name: (typeof COUNTED)[number] | (typeof CUT)[number]) =>
      mine(contents.statuses).reduce((total, status) => total + status[name], 0)
    // Under another size and slide a pane starts without what was read before: there the whole log
    // contains no record of the cuts.
    for (const name of stretches.length === 1 ? [...COUNTED, ...CUT] : COUNTED) {
      if (sum(name) !== counted[name]) find(`${name} are ${sum(name)} instead of ${counted[name]}`)
    }
  }
  for (const gap of gaps) {
    const index = task.inputs.findIndex((input) => isOf(gap, input))
    // The first event behind it, unless that was lost, too, before it was read.
    const expected = gaps
      .filter(
        (other) => other.topic === gap.topic && other.partition === gap.partition && other.toOffset >= gap.toOffset
      )
      .flatMap((other) => {
        const first = readings[index]?.accepted.find(({ offset }) => offset >= other.toOffset)
        return delaysMs.map((delayMs) => (first?.timeMs ?? Number.POSITIVE_INFINITY) + delayMs)
      })
    if (!expected.includes(gap.eventsToMs)) {
      find(`the gap at ${gap.topic} ${gap.fromOffset} reaches to ${gap.eventsToMs} instead of ${expected.join(" or ")}`)
    }
  }
  let previousMs = Number.NEGATIVE_INFINITY
  for (const { flush, fromEndMs, version } of applied) {
    const step = steps.find(({ after }) => after.flushNumber === flush)
    // The window that was written in part when the size changed is none of the task's present ones.
    const isContinued = step !== undefined && Equal.equals(step.before.window, step.settings.window)
    const beforeMs = isContinued ? reached(step.before) : step?.before.watermarkMs
    // No version applies before an earlier one, which may have been taken at such a window's end.
    const leastMs = Math.max(beforeMs ?? Number.POSITIVE_INFINITY, previousMs)
    const mostMs = Math.max(step === undefined ? Number.NEGATIVE_INFINITY : reached(step.after), previousMs)
    previousMs = fromEndMs
    if (leastMs <= fromEndMs && fromEndMs <= mostMs) continue
    find(`flush ${flush} applies version ${version} of the sensitivity from ${fromEndMs} on, and was not there`)
  }
  const newest = changes.at(-1)?.version ?? 0
  if ((applied.at(-1)?.version ?? 0) !== newest) {
    find(`version ${newest} of the sensitivity was not applied, the last one is ${applied.at(-1)?.version}`)
  }
  for (const letter of letters) {
    const key = `${letter.topic}[${letter.partition}]`
    if (cluster.published.get(key)?.has(letter.offset) !== true)
      find(`dead letter ${key} ${letter.offset} was not published`)
  }
  const { publishedResults } = cluster
  for (const row of mine(contents.rows)) {
    if (publishedResults.has(windowRecord(sourcePartition, row).value)) continue
    find(`the window ${keyOf(row)} was not published`)
  }
  const moments = mine(contents.moments)
  for (const moment of moments) {
    if (publishedResults.has(momentRecord(sourcePartition, moment).value)) continue
    find(`the ${moment.type} of ${moment.stream} at ${moment.timestampMs} was not published`)
  }
  const owed = moments.map((moment) => momentId(sourcePartition, moment)).toSorted()
  const inserted = mine(contents.notifications).map(({ id }) => id)
  if (JSON.stringify(owed) !== JSON.stringify(inserted.toSorted())) {
    find(`${moments.length} moments, but ${inserted.length} notifications: each moment has one`)
  }
  return findings
}
