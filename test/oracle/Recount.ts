/**
 * The oracle: counts a whole log again, from docs/SEMANTICS.md and docs/detection.md alone. It is
 * plain on purpose. Every event is added to every window it lies in. Every stream is judged from
 * its first row on. Nothing is kept or discarded early. The clock's decisions in a run (idleness,
 * half of the future guard) come in as data. Shares no line with the worker.
 */
import { decode, type Decoded, type FieldPointers, timePath } from "./Decode.ts"
import { detect, type JudgeSettings, type Learned, type OracleRow, type OracleWindow } from "./Detection.ts"
import type { OracleMoment } from "./Moments.ts"
import { EMOTES_PER_EVENT, type Limits, PaneKeeper } from "./Panes.ts"
import { quotesOf, type QuoteSettings, type Quotable } from "./Quotes.ts"
import { busiestPaneOf, type Message, reactionOf } from "./Reaction.ts"
import { scoreOf } from "./Score.ts"
import { tempoOf } from "./Tempo.ts"
import { comparedFormOf } from "./Words.ts"

export type { OracleRow } from "./Detection.ts"
export type { OracleMoment } from "./Moments.ts"

export interface OracleRecord {
  readonly offset: bigint
  /** The log's own timestamp; negative = it has none. */
  readonly timestampMs: number
  /** `null` is a tombstone. */
  readonly value: Uint8Array | null
}

/** Records that the log lost before they were read. */
export interface OracleGap {
  /** Lost are the offsets from here (closed) ... */
  readonly fromOffset: bigint
  /** ... to here (open). */
  readonly toOffset: bigint
  /** The task's watermark when the run found the gap. */
  readonly watermarkMs: number
}

/** The settings that decide which record counts in which window. */
export interface OracleReadSettings {
  readonly watermarkDelayMs: number
  readonly maxFutureSkewMs: number
  readonly futureReference: "record" | "clock"
  readonly maxEventBytes: number
  /** The mapped fields. Absent = the built-in spellings. */
  readonly fields?: FieldPointers
}

/** One topic partition of the task. */
export interface OracleInput {
  readonly kind: "chat" | "viewer"
  readonly topic: string
  readonly partition: number
  /** Ascending by offset. */
  readonly records: ReadonlyArray<OracleRecord>
  /**
   * Decisions of a real run: the task's watermark when the records from this offset (closed) to the
   * next element's were processed. Ascending by offset. Empty = it never exceeded this input's own
   * watermark.
   */
  readonly taskWatermarks: ReadonlyArray<{ readonly fromOffset: bigint; readonly watermarkMs: number }>
  /** Offsets that the wall clock's half of the future guard declared dead. */
  readonly deadByClock: ReadonlySet<bigint>
  readonly gaps: ReadonlyArray<OracleGap>
  /**
   * For a run that was restarted with other settings: those in force when the records from this
   * offset (closed) to the next element's were processed. Ascending by offset. Absent = those of
   * the recount, throughout.
   */
  readonly settingsFrom?: ReadonlyArray<{ readonly fromOffset: bigint; readonly settings: OracleReadSettings }>
}

/** The decisions about an input that a recount cannot make itself: none. */
export const NO_DECISIONS = { taskWatermarks: [], deadByClock: new Set<bigint>(), gaps: [] }

export interface OracleSettings extends JudgeSettings, OracleReadSettings {
  readonly topEmotes: number
  /** Absent = moments quote nothing. */
  readonly samples?: QuoteSettings | undefined
  readonly limits: Limits
}

export interface OracleDeadLetter {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly reason: string
  readonly path: string | null
}

/** A pair is an accepted event and one of the windows that it lies in. */
export interface OracleCounts {
  /** Records read: `events + late + cutEvents + deadLetters + tombstones`. */
  readonly records: number
  /** Accepted and counted in at least one window. */
  readonly events: number
  /** Accepted and late for all its windows. */
  readonly late: number
  readonly deadLetters: number
  readonly tombstones: number
  /** Accepted chat events, the late ones included. */
  readonly acceptedChat: number
  /** Pairs of either kind that count; those of windows that are not written yet included. */
  readonly countedPairs: number
  /** Those of chat events: without `upToMs` the sum of the rows' `chatCount`. */
  readonly countedChatPairs: number
  /** Pairs of chat events in which the event is late for the window. */
  readonly droppedChatPairs: number
  /** Accepted, not late, and beyond a pane's limits. */
  readonly cutEvents: number
  /** Their pairs of chat events and open windows. */
  readonly cutChatPairs: number
  /** Emotes of counted events that are beyond the limits. */
  readonly cutEmotes: number
  /** Counted events whose user is beyond the limits. */
  readonly cutChatters: number
}

export interface OracleResult {
  /** In order of (end, stream by code unit). */
  readonly rows: ReadonlyArray<OracleRow>
  /** In order of (stream by code unit, timestamp, opened as). */
  readonly moments: ReadonlyArray<OracleMoment>
  /** The baselines after each row, in the order of the rows. */
  readonly learned: ReadonlyArray<Learned>
  /** In the order of the inputs, then of the offsets. */
  readonly deadLetters: ReadonlyArray<OracleDeadLetter>
  readonly counts: OracleCounts
}

/** The content of one window of one stream. */
interface Tally {
  readonly stream: string
  readonly startMs: number
  chatCount: number
  readonly users: Set<string>
  positiveCount: number
  scoredCount: number
  negativeCount: number
  millionths: number
  readonly emotes: Map<string, number>
  viewerEvents: number
  viewerSum: number
  /** In the reaction span. */
  readonly messages: Array<Message>
  /** All messages that quotes may have, of the whole window. */
  readonly quotable: Array<Quotable>
  /** Viewer counts in the slide. */
  readonly samples: Array<number>
  /** Messages in the slide, those with a score, and the sum of all scores in millionths. */
  slideMessages: number
  slideScored: number
  slideScoreMicro: number
}

/** Windows in which events may be missing: end > `afterMs`, start <= `upToMs`. */
interface Incomplete {
  readonly afterMs: number
  upToMs: number
}

/** The windows up to `upToMs`, judged stream by stream. */
const judged = (
  streams: ReadonlyMap<string, ReadonlyMap<number, Tally>>,
  incomplete: ReadonlyArray<Incomplete>,
  settings: OracleSettings,
  upToMs: number
): Pick<OracleResult, "rows" | "moments" | "learned"> => {
  const rows: Array<OracleRow> = []
  const moments: Array<OracleMoment> = []
  const learned: Array<Learned> = []
  for (const tallies of streams.values()) {
    const windows = [...tallies.values()]
      .filter((tally) => tally.startMs + settings.sizeMs <= upToMs)
      .map((tally) => windowOf(tally, incomplete, settings))
      .toSorted((a, b) => a.startMs - b.startMs)
    const detected = detect(windows, settings)
    for (const row of detected.rows) rows.push(row)
    for (const moment of detected.moments) moments.push(moment)
    for (const each of detected.learned) learned.push(each)
  }
  rows.sort((a, b) => a.endMs - b.endMs || byCodeUnit(a.stream, b.stream))
  moments.sort(
    (a, b) => byCodeUnit(a.stream, b.stream) || a.timestampMs - b.timestampMs || byCodeUnit(a.openedAs, b.openedAs)
  )
  learned.sort((a, b) => a.endMs - b.endMs || byCodeUnit(a.stream, b.stream))
  return { rows, moments, learned }
}

/**
 * Recounts one task. Only windows with `endMs <= upToMs` are written: the task's watermark of a run
 * that has not ended; by default all. Longer than 70 lines: one pass over the records, whose rules
 * share the state of their input.
 */
export const recount = (
  inputs: ReadonlyArray<OracleInput>,
  settings: OracleSettings,
  upToMs: number = Number.POSITIVE_INFINITY
): OracleResult => {
  const { sizeMs, slideMs } = settings
  const { spanMs } = tempoOf(settings)
  const streams = new Map<string, Map<number, Tally>>()
  const deadLetters: Array<OracleDeadLetter> = []
  const incomplete: Array<Incomplete> = []
  const counts = {
    records: 0,
    events: 0,
    late: 0,
    deadLetters: 0,
    tombstones: 0,
    acceptedChat: 0,
    countedPairs: 0,
    countedChatPairs: 0,
    droppedChatPairs: 0,
    cutEvents: 0,
    cutChatPairs: 0,
    cutEmotes: 0,
    cutChatters: 0
  }

  for (const input of inputs) {
    let greatestMs = Number.NEGATIVE_INFINITY
    let ownWatermarkMs = Number.NEGATIVE_INFINITY
    let taskWatermarkMs = Number.NEGATIVE_INFINITY
    let nextDecision = 0
    const keeper = new PaneKeeper(settings, inputs.filter(({ kind }) => kind === input.kind).length)
    const settingsFrom = input.settingsFrom ?? []
    let inForce: OracleReadSettings = settings
    let nextSettings = 0
    const gaps = input.gaps.map((gap) => ({
      gap,
      // No event after the gap yet: its reach is unknown.
      touched: { afterMs: gap.watermarkMs, upToMs: Number.POSITIVE_INFINITY }
    }))
    for (const { touched } of gaps) incomplete.push(touched)

    for (const record of input.records) {
      if (input.gaps.some((gap) => gap.fromOffset <= record.offset && record.offset < gap.toOffset)) continue
      counts.records++

      for (
        let decision = input.taskWatermarks[nextDecision];
        decision !== undefined && decision.fromOffset <= record.offset;
        decision = input.taskWatermarks[nextDecision]
      ) {
        taskWatermarkMs = decision.watermarkMs
        nextDecision++
      }
      for (
        let change = settingsFrom[nextSettings];
        change !== undefined && change.fromOffset <= record.offset;
        change = settingsFrom[nextSettings]
      ) {
        inForce = change.settings
        nextSettings++
        // A shorter delay moves the watermark at once; a longer one doesn't move it back.
        ownWatermarkMs = Math.max(ownWatermarkMs, greatestMs - inForce.watermarkDelayMs)
      }

      if (record.value === null) {
        counts.tombstones++
        continue
      }
      const event = readRecord(input, record, record.value, inForce)
      if (event.kind === "dead") {
        counts.deadLetters++
        deadLetters.push({
          topic: input.topic,
          partition: input.partition,
          offset: record.offset,
          reason: event.reason,
          path: event.path
        })
        continue
      }
      const isChat = event.kind === "chat"
      if (isChat) counts.acceptedChat++
      const score = scoreOf(isChat ? event.text : "")
      const { timeMs } = event
      const message = isChat && { user: event.user, timeMs, score: score.millionths, ...comparedFormOf(event.text) }

      const quotable = event.kind === "chat" && {
        user: event.user,
        timeMs,
        message: event.text,
        text: comparedFormOf(event.text).text,
        emotes: event.emotes.slice(0, EMOTES_PER_EVENT)
      }

      // The event's windows are [kS, kS + W) with kS <= time < kS + W; it is late for those that
      // end at or before the limit.
      const limitMs = Math.max(ownWatermarkMs, taskWatermarkMs)
      const first = Math.floor((event.timeMs - sizeMs) / slideMs) + 1
      const last = Math.floor(event.timeMs / slideMs)
      const open: Array<number> = []
      for (let k = first; k <= last; k++) {
        const startMs = k * slideMs
        if (startMs + sizeMs > limitMs) open.push(startMs)
        else if (isChat) counts.droppedChatPairs++
      }
      const isLate = open.length === 0
      const kept = isLate ? undefined : keeper.keep(event)
      if (isLate) counts.late++
      else if (kept === undefined) {
        counts.cutEvents++
        if (isChat) counts.cutChatPairs += open.length
      } else {
        counts.events++
        counts.cutEmotes += kept.cutEmotes
        if (kept.isUserCut) counts.cutChatters++
      }
      for (const startMs of kept === undefined ? [] : open) {
        counts.countedPairs++
        const tally = tallyOf(streams, event.stream, startMs)
        const endMs = startMs + sizeMs
        if (message !== false && event.timeMs >= endMs - spanMs) tally.messages.push(message)
        if (quotable !== false && kept?.isQuotable === true) tally.quotable.push(quotable)
        if (event.kind === "viewer" && event.timeMs >= endMs - slideMs) tally.samples.push(event.viewers)
        if (event.kind === "chat") {
          counts.countedChatPairs++
          tally.chatCount++
          if (event.timeMs >= endMs - slideMs) {
            tally.slideMessages++
            if (score.positive + score.negative > 0) tally.slideScored++
            tally.slideScoreMicro += score.millionths
          }
          if (kept?.isUserCut === false) tally.users.add(event.user)
          tally.millionths += score.millionths
          if (score.positive > score.negative) tally.positiveCount++
          if (score.positive + score.negative > 0) tally.scoredCount++
          if (score.positive < score.negative) tally.negativeCount++
          for (const emote of kept?.emotes ?? []) tally.emotes.set(emote, (tally.emotes.get(emote) ?? 0) + 1)
        } else {
          tally.viewerEvents++
          tally.viewerSum += event.viewers
        }
      }

      // Late events are accepted too; one that is older than the greatest so far changes nothing.
      greatestMs = Math.max(greatestMs, event.timeMs)
      ownWatermarkMs = Math.max(ownWatermarkMs, greatestMs - inForce.watermarkDelayMs)
      for (const { gap, touched } of gaps) {
        if (gap.toOffset <= record.offset && touched.upToMs === Number.POSITIVE_INFINITY) {
          touched.upToMs = event.timeMs + inForce.watermarkDelayMs
        }
      }
    }
  }

  return { ...judged(streams, incomplete, settings, upToMs), deadLetters, counts }
}

/** The record's event, or why it is none: the bytes first, then the future guard. */
const readRecord = (
  input: OracleInput,
  record: OracleRecord,
  value: Uint8Array,
  settings: OracleReadSettings
): Decoded => {
  const event = decode(input.kind, value, settings.maxEventBytes, settings.fields)
  if (event.kind === "dead") return event
  const deadByRecord =
    settings.futureReference === "record" &&
    record.timestampMs >= 0 &&
    event.timeMs - record.timestampMs > settings.maxFutureSkewMs
  return deadByRecord || input.deadByClock.has(record.offset)
    ? { kind: "dead", reason: "future-timestamp", path: timePath(input.kind, settings.fields) }
    : event
}

const tallyOf = (streams: Map<string, Map<number, Tally>>, stream: string, startMs: number): Tally => {
  let tallies = streams.get(stream)
  if (tallies === undefined) {
    tallies = new Map()
    streams.set(stream, tallies)
  }
  let tally = tallies.get(startMs)
  if (tally === undefined) {
    tally = {
      stream,
      startMs,
      chatCount: 0,
      users: new Set(),
      positiveCount: 0,
      scoredCount: 0,
      negativeCount: 0,
      millionths: 0,
      emotes: new Map(),
      viewerEvents: 0,
      viewerSum: 0,
      messages: [],
      quotable: [],
      samples: [],
      slideMessages: 0,
      slideScored: 0,
      slideScoreMicro: 0
    }
    tallies.set(startMs, tally)
  }
  return tally
}

const windowOf = (tally: Tally, incomplete: ReadonlyArray<Incomplete>, settings: OracleSettings): OracleWindow => {
  const endMs = tally.startMs + settings.sizeMs
  const { samples, sizeMs } = settings
  const { quotable, stream } = tally
  const reaction = reactionOf(tally.messages)
  const { spanMs } = tempoOf(settings)
  const topEmotes = [...tally.emotes]
    .toSorted(([nameA, countA], [nameB, countB]) => countB - countA || byCodeUnit(nameA, nameB))
    .slice(0, settings.topEmotes)
    .map(([name]) => name)
    .filter(fitsInto(4096))
  return {
    stream: tally.stream,
    startMs: tally.startMs,
    endMs,
    chatCount: tally.chatCount,
    uniqueChatters: tally.users.size,
    avgSentiment: tally.chatCount === 0 ? null : tally.millionths / (tally.chatCount * 1_000_000),
    positiveCount: tally.positiveCount,
    scoredCount: tally.scoredCount,
    negativeCount: tally.negativeCount,
    chatRate: (tally.chatCount * 1000) / settings.sizeMs,
    avgViewers: tally.viewerEvents === 0 ? null : tally.viewerSum / tally.viewerEvents,
    topEmotes,
    emoteCounts: topEmotes.map((name) => tally.emotes.get(name) ?? Number.NaN),
    complete: !incomplete.some((gap) => endMs > gap.afterMs && tally.startMs <= gap.upToMs),
    reaction,
    quotes: () => samples && quotesOf({ stream, endMs, sizeMs, spanMs, reaction, quotable }, samples),
    busiestPaneMs: busiestPaneOf(tally.messages, endMs, settings),
    viewerSum: tally.samples.reduce((sum, viewers) => sum + viewers, 0),
    viewerSamples: tally.samples.length,
    slideMessages: tally.slideMessages,
    slideScored: tally.slideScored,
    slideScoreMicro: tally.slideScoreMicro
  }
}

/**
 * Lets names pass as long as they have so many bytes in all; behind the first that does not fit,
 * none.
 */
const fitsInto = (bytes: number): ((name: string) => boolean) => {
  let left = bytes
  return (name) => {
    left -= new TextEncoder().encode(name).length
    return left >= 0
  }
}

/** JavaScript compares strings by UTF-16 code unit. */
const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
