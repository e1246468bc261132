/** Whether the tables are those of a run that never failed and took the same decisions: everything is counted again from the logs by the oracle. */
import { Effect } from "effect"
import type { Gap } from "../../src/domain/Gap.ts"
import type { Input, TaskDefinition } from "../../src/domain/Task.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../oracle/Compare.ts"
import { decode } from "../oracle/Decode.ts"
import { judge, type OracleMoment, type OracleRow, type OracleWindow } from "../oracle/Judge.ts"
import { type OracleInput, recount } from "../oracle/Recount.ts"
import { oracleSettings } from "../pipeline/Script.ts"
import type { Cluster } from "./Cluster.ts"
import type { FaultCounts, Plan } from "./Plan.ts"
import type { DurableTaken, Tables } from "./Tables.ts"

const isOf = (at: { readonly topic: string; readonly partition: number }, input: Input): boolean =>
  at.topic === input.topic && at.partition === input.partition

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

/** Rows of windows that end after a loss lack what was lost; those before it don't. Scores and moments see both. */
const recountAround = (
  inputs: ReadonlyArray<OracleInput>,
  gaps: ReadonlyArray<Gap>,
  settings: ReturnType<typeof oracleSettings>,
  upToMs: number
): { readonly rows: ReadonlyArray<OracleRow>; readonly moments: ReadonlyArray<OracleMoment> } => {
  const found = [...new Set(gaps.map(({ eventsFromMs }) => eventsFromMs))].sort((a, b) => a - b)
  const windows = [Number.NEGATIVE_INFINITY, ...found].flatMap((fromMs, index) => {
    const toMs = found[index] ?? upToMs
    const known = gaps.filter(({ eventsFromMs }) => index > 0 && eventsFromMs <= fromMs)
    const withGaps = inputs.map((input) => ({
      ...input,
      gaps: known
        .filter((gap) => isOf(gap, input))
        .map(({ eventsFromMs, fromOffset, toOffset }) => ({ fromOffset, toOffset, watermarkMs: eventsFromMs }))
    }))
    const first = index === 0 ? Number.NEGATIVE_INFINITY : fromMs
    return recount(withGaps, settings, Math.min(toMs, upToMs)).rows.filter(({ endMs }) => endMs > first)
  })
  // Once an event has told how far a gap reaches that stands, even if that event is lost itself.
  const isComplete = ({ endMs, startMs }: OracleWindow) =>
    !gaps.some(({ eventsFromMs, eventsToMs }) => endMs > eventsFromMs && startMs <= eventsToMs)
  const streams = new Map<string, Array<OracleWindow>>()
  for (const window of windows) {
    const ofStream = streams.get(window.stream) ?? []
    streams.set(window.stream, ofStream)
    ofStream.push({ ...window, complete: isComplete(window) })
  }
  const judged = [...streams.values()].map((ofStream) =>
    judge(
      ofStream.sort((a, b) => a.startMs - b.startMs),
      settings
    )
  )
  return { rows: judged.flatMap(({ rows }) => rows), moments: judged.flatMap(({ moments }) => moments) }
}

const keyOf = ({ startMs, stream }: { readonly startMs: number; readonly stream: string }): string =>
  JSON.stringify([stream, startMs])

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
  const { maxEventBytes, maxFutureSkewMs, watermarkDelayMs } = plan.settings.read

  const ownMs: Array<number> = []
  const accepted = task.inputs.map((): Array<{ readonly offset: bigint; readonly timeMs: number }> => [])
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

    // What the clock may have decided, and what it can't have.
    const dead = new Map(letters.filter((letter) => isOf(letter, input)).map((letter) => [letter.offset, letter]))
    const deadByClock = new Set<bigint>()
    let latestMs = Number.NEGATIVE_INFINITY
    for (const { offset, timestampMs, value } of records) {
      if (value === null || !offsets.has(offset)) continue
      const event = decode(input.kind, value, maxEventBytes)
      if (event.kind === "dead") continue
      const isDead = dead.get(offset)?.reason === "future-timestamp"
      const isDeadByRecord =
        settings.futureReference === "record" && timestampMs >= 0 && event.timeMs - timestampMs > maxFutureSkewMs
      if (isDead && !isDeadByRecord) {
        counts.deadByClock++
        deadByClock.add(offset)
        if (event.timeMs - maxFutureSkewMs <= times.leastMs) find(`${input.topic} ${offset} is dead, but by no clock`)
      }
      if (!isDead && event.timeMs - maxFutureSkewMs > times.greatestMs)
        find(`${input.topic} ${offset} is dead by any clock`)
      if (isDead || isDeadByRecord) continue
      latestMs = Math.max(latestMs, event.timeMs)
      accepted[index]?.push({ offset, timeMs: event.timeMs })
    }
    ownMs.push(latestMs - watermarkDelayMs)

    const withOffsets = batches.flatMap((batch) => {
      const [fromOffset] = batch.offsets
      return fromOffset === undefined ? [] : [{ fromOffset, watermarkMs: watermarkFor(batch) }]
    })
    return {
      ...input,
      records: records.filter(({ offset }) => offsets.has(offset)),
      // Where nobody was ever idle the oracle needs no decision.
      taskWatermarks: wasIdle ? withOffsets : [],
      deadByClock,
      gaps: []
    }
  })

  const { watermarkMs } = checkpoint
  const whole = recount(inputs, settings)
  const wanted = recountAround(inputs, gaps, settings, watermarkMs)
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
    const open = whole.rows.filter(({ endMs }) => endMs > watermarkMs)
    if (open.length > 0 && gaps.length === 0) find(`${open.length} rows are not written although all is idle`)
  } else if (gaps.length === 0 && watermarkMs !== Math.min(...ownMs)) {
    find(`the watermark is ${watermarkMs} instead of ${Math.min(...ownMs)}`)
  }

  if (gaps.length === 0) {
    // An input that counts holds the task's watermark, whatever the others decided.
    for (const { after, before, idle } of tables.steps.get(sourcePartition) ?? []) {
      if (after.watermarkMs === before.watermarkMs) continue
      after.inputs.forEach(({ counts, nextOffset }, index) => {
        if (!counts || before.inputs[index]?.counts !== true || idle.has(index)) return
        const latestMs = (accepted[index] ?? []).reduce(
          (latest, { offset, timeMs }) => (offset < nextOffset ? Math.max(latest, timeMs) : latest),
          Number.NEGATIVE_INFINITY
        )
        if (latestMs - watermarkDelayMs < after.watermarkMs) {
          find(`flush ${after.flush} moves the watermark to ${after.watermarkMs}, beyond input ${index}, which counts`)
        }
      })
    }
    const sum = (name: "records" | "events" | "late" | "deadLetters" | "tombstones" | "droppedChatPairs") =>
      mine(contents.statuses).reduce((total, status) => total + status[name], 0)
    for (const name of ["records", "events", "late", "deadLetters", "tombstones", "droppedChatPairs"] as const) {
      if (sum(name) !== whole.counts[name]) find(`${name} are ${sum(name)} instead of ${whole.counts[name]}`)
    }
  }
  for (const gap of gaps) {
    const index = task.inputs.findIndex((input) => isOf(gap, input))
    // The first event behind it, unless that was lost, too, before it was read.
    const told = gaps
      .filter(
        (other) => other.topic === gap.topic && other.partition === gap.partition && other.toOffset >= gap.toOffset
      )
      .map(
        (other) => accepted[index]?.find(({ offset }) => offset >= other.toOffset)?.timeMs ?? Number.POSITIVE_INFINITY
      )
      .map((timeMs) => timeMs + watermarkDelayMs)
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
