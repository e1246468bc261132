/** Whether the tables are those of a run that never failed and took the same decisions: everything is counted again from the logs by the oracle. */
import { Effect } from "effect"
import type { Gap } from "../../src/domain/Gap.ts"
import type { ReadSettings } from "../../src/domain/Settings.ts"
import type { TaskDefinition } from "../../src/domain/Task.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import { decode } from "../oracle/Decode.ts"
import { type OracleInput, recount } from "../oracle/Recount.ts"
import { oracleSettings } from "../pipeline/Script.ts"
import type { Cluster } from "./Cluster.ts"
import type { FaultCounts, Plan } from "./Plan.ts"
import { countsOf, isOf, stretchesOf, wantedOf } from "./Stretches.ts"
import type { DurableTaken, Tables } from "./Tables.ts"

const isWithin = (gap: Gap, offset: bigint): boolean => gap.fromOffset <= offset && offset < gap.toOffset

/**
 * The task's watermark in force for the new records of a batch, as far as it decides anything: it exceeds the input's own watermark only where that was idle. Within a batch it
 * may rise beyond it at one place: where the replay of an idle input ends.
 */
const watermarkFor = ({ afterMs, beforeMs, counted, input, positions, replayEnds }: DurableTaken): number => {
  const isReplaying = (index: number) => (positions[index] ?? 0n) < (replayEnds[index] ?? 0n)
  const othersHold = counted.some((counts, index) => index !== input && (counts || isReplaying(index)))
  return isReplaying(input) && counted[input] === false && othersHold ? afterMs : beforeMs
}

const keyOf = (row: { readonly startMs: number; readonly endMs: number; readonly stream: string }): string =>
  JSON.stringify([row.stream, row.startMs, row.endMs])

/** Where an input stood after one of its records had been counted. */
interface Mark {
  readonly offset: bigint
  /** Of the record, if it was accepted. */
  readonly timeMs: number | undefined
  /** The greatest accepted event time. */
  readonly greatestMs: number
  /** The input's own watermark. */
  readonly ownMs: number
}

const NO_MARK: Omit<Mark, "offset"> = {
  timeMs: undefined,
  greatestMs: Number.NEGATIVE_INFINITY,
  ownMs: Number.NEGATIVE_INFINITY
}

/** An input's own watermark once it has been read up to an offset, under a delay that may have come into force there. */
const ownAt = (marks: ReadonlyArray<Mark>, nextOffset: bigint, { watermarkDelayMs }: ReadSettings): number => {
  const { greatestMs, ownMs } = marks.findLast(({ offset }) => offset < nextOffset) ?? NO_MARK
  return Math.max(ownMs, greatestMs - watermarkDelayMs)
}

export interface Times {
  /** The least and the greatest that any wall clock has shown while records were read. */
  readonly leastMs: number
  readonly greatestMs: number
}

/** What is wrong with one task's tables; empty = nothing. */
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
  const gaps = Effect.runSync(contents.gaps).filter((gap) => task.inputs.some((input) => isOf(gap, input)))
  const taken = tables.taken.get(sourcePartition) ?? []
  const wasIdle = taken.some(({ counted }) => counted.includes(false))
  const settings = oracleSettings(plan.settings)
  const steps = tables.steps.get(sourcePartition) ?? []
  const lastRead = steps.at(-1)?.settings.read ?? plan.settings.read
  const delaysMs = [...new Set(steps.map((step) => step.settings.read.watermarkDelayMs))]

  const marks = task.inputs.map((): Array<Mark> => [])
  const inputs = task.inputs.map((input, index): OracleInput => {
    const { records } = cluster.partitionOf(input)
    const batches = taken.filter((batch) => batch.input === index)
    const offsets = new Map<bigint, ReadSettings>()
    for (const { offsets: counted, read } of batches) {
      for (const offset of counted) {
        if (offsets.has(offset)) find(`${input.topic} ${offset} was counted twice`)
        offsets.set(offset, read)
      }
    }
    for (const { offset } of records) {
      if (offset < (began.inputs[index]?.nextOffset ?? 0n) || offsets.has(offset)) continue
      if (!gaps.some((gap) => isOf(gap, input) && isWithin(gap, offset))) find(`${input.topic} ${offset} was skipped`)
    }

    // What the clock may have decided, and what it can't have.
    const dead = new Map(letters.filter((letter) => isOf(letter, input)).map((letter) => [letter.offset, letter]))
    const deadByClock = new Set<bigint>()
    let mark = NO_MARK
    for (const { offset, timestampMs, value } of records) {
      const read = offsets.get(offset)
      if (read === undefined) continue
      const { futureReference, maxEventBytes, maxFutureSkewMs, watermarkDelayMs } = read
      const accept = (timeMs: number | undefined) => {
        const greatestMs = Math.max(mark.greatestMs, timeMs ?? mark.greatestMs)
        mark = { timeMs, greatestMs, ownMs: Math.max(mark.ownMs, greatestMs - watermarkDelayMs) }
        marks[index]?.push({ offset, ...mark })
      }
      const event = value === null ? undefined : decode(input.kind, value, maxEventBytes)
      if (event === undefined || event.kind === "dead") {
        accept(undefined)
        continue
      }
      const isDead = dead.get(offset)?.reason === "future-timestamp"
      const isDeadByRecord =
        futureReference === "record" && timestampMs >= 0 && event.timeMs - timestampMs > maxFutureSkewMs
      if (isDead && !isDeadByRecord) {
        counts.deadByClock++
        deadByClock.add(offset)
        if (event.timeMs - maxFutureSkewMs <= times.leastMs) find(`${input.topic} ${offset} is dead, but by no clock`)
      }
      if (!isDead && event.timeMs - maxFutureSkewMs > times.greatestMs)
        find(`${input.topic} ${offset} is dead by any clock`)
      accept(isDead || isDeadByRecord ? undefined : event.timeMs)
    }

    const withOffsets = batches.flatMap((batch) => {
      const [fromOffset] = batch.offsets
      return fromOffset === undefined ? [] : [{ fromOffset, watermarkMs: watermarkFor(batch) }]
    })
    return {
      ...input,
      records: records.filter(({ offset }) => offsets.has(offset)),
      // Where nobody was ever idle and the delay never grew the oracle needs no decision.
      taskWatermarks: wasIdle || delaysMs.length > 1 ? withOffsets : [],
      deadByClock,
      gaps: [],
      settingsFrom: batches.flatMap(({ offsets: [fromOffset], read }) =>
        fromOffset === undefined ? [] : [{ fromOffset, settings: read }]
      )
    }
  })

  const { watermarkMs } = checkpoint
  const stretches = stretchesOf(steps, watermarkMs)
  const last = stretches.at(-1)
  const whole = recount(inputs, { ...settings, ...last?.window })
  const wanted = wantedOf(stretches, inputs, gaps, settings)
  // What closes through idleness before a gap's reach is known counts as touched by it.
  const reachesFar = new Set(
    wasIdle && gaps.length > 0 ? wanted.rows.filter(({ complete }) => complete).map(keyOf) : []
  )
  const rows = mine(contents.rows).map((row) => (reachesFar.has(keyOf(row)) ? { ...row, complete: true } : row))
  for (const difference of [
    ...compareRows(wanted.rows, rows),
    ...compareMoments(wanted.moments, mine(contents.moments)),
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
    const leastMs = Math.min(
      ...checkpoint.inputs.map((input, index) => ownAt(marks[index] ?? [], input.nextOffset, lastRead))
    )
    if (watermarkMs < leastMs) find(`the watermark is ${watermarkMs}, below ${leastMs}`)
  }

  if (gaps.length === 0) {
    for (const {
      after,
      before,
      idle,
      settings: { read }
    } of steps) {
      after.inputs.forEach(({ counts: holds, maxTimeBeforeReplayMs, nextOffset, replayOffset }, index) => {
        const ofInput = marks[index] ?? []
        const beforeReplayMs = ofInput.findLast(({ offset }) => offset < replayOffset)?.greatestMs ?? NO_MARK.greatestMs
        if (maxTimeBeforeReplayMs !== beforeReplayMs) {
          find(
            `flush ${after.flush} says ${maxTimeBeforeReplayMs} of input ${index} before ${replayOffset} instead of ${beforeReplayMs}`
          )
        }
        // An input that counts holds the task's watermark, whatever the others decided.
        if (after.watermarkMs === before.watermarkMs) return
        if (!holds || before.inputs[index]?.counts !== true || idle.has(index)) return
        if (ownAt(ofInput, nextOffset, read) < after.watermarkMs) {
          find(`flush ${after.flush} moves the watermark to ${after.watermarkMs}, beyond input ${index}, which counts`)
        }
      })
    }
    const counted = countsOf(stretches, inputs, settings)
    const sum = (name: "records" | "events" | "late" | "deadLetters" | "tombstones" | "droppedChatPairs") =>
      mine(contents.statuses).reduce((total, status) => total + status[name], 0)
    for (const name of ["records", "events", "late", "deadLetters", "tombstones", "droppedChatPairs"] as const) {
      if (sum(name) !== counted[name]) find(`${name} are ${sum(name)} instead of ${counted[name]}`)
    }
  }
  for (const gap of gaps) {
    const index = task.inputs.findIndex((input) => isOf(gap, input))
    // The first event behind it, unless that was lost, too, before it was read.
    const told = gaps
      .filter(
        (other) => other.topic === gap.topic && other.partition === gap.partition && other.toOffset >= gap.toOffset
      )
      .flatMap((other) => {
        const first = marks[index]?.find(({ offset, timeMs }) => offset >= other.toOffset && timeMs !== undefined)
        return delaysMs.map((delayMs) => (first?.timeMs ?? Number.POSITIVE_INFINITY) + delayMs)
      })
    if (!told.includes(gap.eventsToMs)) {
      find(`the gap at ${gap.topic} ${gap.fromOffset} reaches to ${gap.eventsToMs} instead of ${told.join(" or ")}`)
    }
  }
  for (const letter of letters) {
    const key = `${letter.topic}[${letter.partition}]`
    if (cluster.published.get(key)?.has(letter.offset) !== true)
      find(`dead letter ${key} ${letter.offset} was not published`)
  }
  return findings
}
