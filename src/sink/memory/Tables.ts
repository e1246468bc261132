/** The tables in memory: the same keys as in PostgreSQL, and the same data refused. */
import { Equal } from "effect"
import type { BaselineRow } from "../../domain/Baseline.ts"
import type { Broadcast, BroadcastKey } from "../../domain/Broadcast.ts"
import type { Checkpoint } from "../../domain/Checkpoint.ts"
import type { ChatContent } from "../../domain/ChatContent.ts"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import { type DeadLetter, PAYLOAD_LIMIT_BYTES } from "../../domain/DeadLetter.ts"
import type { FlushStatus } from "../../domain/Flush.ts"
import type { Gap } from "../../domain/Gap.ts"
import type { Moment, MomentKey } from "../../domain/Moment.ts"
import type { Notification } from "../../domain/Notification.ts"
import type { SensitivityApplied, SensitivityChange } from "../../domain/Sensitivity.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import type { WindowSettings } from "../../domain/WindowSettings.ts"
import type { RowKey } from "../Sweep.ts"

/** The task and the flush that last wrote a row. */
export interface Written {
  readonly sourcePartition: number
  readonly flush: number
}

export interface StoredBaseline extends BaselineRow {
  readonly window: WindowSettings
}

/** The quotes of a moment at its peak. */
export interface StoredSample extends MomentKey {
  readonly peakEnd: string
  readonly content: ChatContent
}

/** A row and its writer. */
interface Stored<A> {
  readonly value: A
  readonly written: Written
}

const INT_MAX = 2_147_483_647

/** A text column stores every character except U+0000. */
const isText = (text: string): boolean => !text.includes("\u0000")

const isStream = (stream: string): boolean => isText(stream) && [...stream].length <= 255

/** An INTEGER column rounds before it checks the range. */
const isInteger = (n: number): boolean => Math.abs(Math.round(n)) <= INT_MAX

const isBigInteger = (n: number): boolean => Math.abs(n) < 2 ** 63

const isStorableRow = (row: SummaryRow): boolean =>
  isStream(row.stream) &&
  row.topEmotes.every(isText) &&
  [row.chatCount, row.uniqueChatters, row.scoredCount, row.positiveCount, row.negativeCount, ...row.emoteCounts].every(
    isInteger
  )

/** All texts of a content, joined. */
const textsOf = ({ emotes, repeated, samples, words }: ChatContent): string =>
  [
    ...samples.flatMap(({ text, user }) => [text, user ?? ""]),
    repeated?.text ?? "",
    ...words.map(({ word }) => word),
    ...emotes.map(({ emote }) => emote)
  ].join("")

const isStorableMoment = ({ content, description, metadata, stream }: Moment): boolean =>
  isStream(stream) &&
  isText(description) &&
  (content === undefined || isText(textsOf(content))) &&
  [metadata.peak_end, metadata.peak_start, metadata.shared ?? "", metadata.repeated_text].every(isText)

const isStorableBroadcast = ({ messages, peakMessages, peakPeople, scored, stream }: Broadcast): boolean =>
  isStream(stream) && [messages, scored].every(isBigInteger) && [peakMessages, peakPeople].every(isInteger)

const isStorableLetter = ({ path, topic }: DeadLetter): boolean => isText(topic) && (path === null || isText(path))

export const rowKey = ({ endMs, startMs, stream }: RowKey, sourcePartition: number): string =>
  JSON.stringify([stream, startMs, endMs, sourcePartition])

export const momentKey = ({ openedAs, stream, timestampMs }: MomentKey, sourcePartition: number): string =>
  JSON.stringify([stream, timestampMs, openedAs, sourcePartition])

export const broadcastKey = ({ startedAtMs, stream }: BroadcastKey, sourcePartition: number): string =>
  JSON.stringify([stream, startedAtMs, sourcePartition])

const offsetKey = (topic: string, partition: number, offset: bigint): string =>
  JSON.stringify([topic, partition, String(offset)])

const letterKey = ({ offset, partition, topic }: DeadLetter): string => offsetKey(topic, partition, offset)

const byOffset = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

const byMomentKey = (
  { value: a, written: p }: Stored<MomentKey>,
  { value: b, written: q }: Stored<MomentKey>
): number =>
  a.timestampMs - b.timestampMs ||
  byCodeUnit(a.stream, b.stream) ||
  byCodeUnit(a.openedAs, b.openedAs) ||
  p.sourcePartition - q.sourcePartition

/** The row with its writer, as in a table's columns. */
export const withWriter = <A extends object>({ value, written }: Stored<A>): A & Written => ({ ...value, ...written })

export class Tables {
  readonly checkpoints = new Map<number, Checkpoint>()
  readonly rows = new Map<string, Stored<SummaryRow>>()
  readonly moments = new Map<string, Stored<Moment>>()
  readonly broadcasts = new Map<string, Stored<Broadcast>>()
  readonly samples = new Map<string, Stored<StoredSample>>()
  readonly statuses: Array<FlushStatus & Written> = []
  /** In the order of their insertion. */
  readonly notifications: Array<Notification & Written> = []
  /** Ascending by version. */
  readonly sensitivity: Array<SensitivityChange> = []
  /** By task and version. */
  readonly #applied = new Map<string, Stored<SensitivityApplied>>()
  readonly #baselines = new Map<string, Stored<StoredBaseline>>()
  readonly #deadLetters = new Map<string, DeadLetter>()
  readonly #gaps = new Map<string, Gap>()

  /** Returns whether the row was stored; `false` if a column cannot hold it. So do the others. */
  putRow(row: SummaryRow, written: Written): boolean {
    if (!isStorableRow(row)) return false
    this.rows.set(rowKey(row, written.sourcePartition), { value: row, written })
    return true
  }

  /** The content has a table of its own. */
  putMoment(quoted: Moment, written: Written): boolean {
    if (!isStorableMoment(quoted)) return false
    const { content, ...moment } = quoted
    const key = momentKey(moment, written.sourcePartition)
    this.moments.set(key, { value: moment, written })
    if (content !== undefined) {
      const { openedAs, stream, timestampMs } = moment
      const { peak_end: peakEnd } = moment.metadata
      this.samples.set(key, { value: { stream, timestampMs, openedAs, peakEnd, content }, written })
    }
    return true
  }

  removeMoment(key: string): boolean {
    this.samples.delete(key)
    return this.moments.delete(key)
  }

  /** An existing notification of the same target and id stays. */
  putNotification(notification: Notification, written: Written): void {
    const { id, target } = notification
    if (this.notifications.some((other) => other.target === target && other.id === id)) return
    this.notifications.push({ ...notification, ...written })
  }

  putBaseline(baseline: BaselineRow, window: WindowSettings, written: Written): boolean {
    if (!isStream(baseline.stream)) return false
    const key = JSON.stringify([written.sourcePartition, baseline.stream])
    this.#baselines.set(key, { value: { ...baseline, window }, written })
    return true
  }

  putBroadcast(broadcast: Broadcast, written: Written): boolean {
    if (!isStorableBroadcast(broadcast)) return false
    this.broadcasts.set(broadcastKey(broadcast, written.sourcePartition), { value: broadcast, written })
    return true
  }

  /** An existing letter of the same key stays. */
  putLetter(letter: DeadLetter): boolean {
    if (!isStorableLetter(letter)) return false
    const key = letterKey(letter)
    if (!this.#deadLetters.has(key)) {
      this.#deadLetters.set(key, { ...letter, payload: letter.payload.subarray(0, PAYLOAD_LIMIT_BYTES) })
    }
    return true
  }

  /**
   * File names do not identify files: if another letter has the key, this one moves to the next
   * partition.
   */
  putFileLetter(letter: DeadLetter): boolean {
    const kept = { ...letter, payload: letter.payload.subarray(0, PAYLOAD_LIMIT_BYTES) }
    const existing = this.#deadLetters.get(letterKey(letter))
    if (existing === undefined || Equal.equals(existing, kept)) return this.putLetter(letter)
    return this.putFileLetter({ ...letter, partition: letter.partition + 1 })
  }

  putGap(gap: Gap): void {
    this.#gaps.set(offsetKey(gap.topic, gap.partition, gap.fromOffset), gap)
  }

  addChange(change: Omit<SensitivityChange, "version">): SensitivityChange {
    const added = { ...change, version: this.sensitivity.length + 1 }
    this.sensitivity.push(added)
    return added
  }

  /** The same version again keeps its first window. */
  putApplied(applied: SensitivityApplied, written: Written): void {
    const key = `${written.sourcePartition} ${applied.version}`
    if (!this.#applied.has(key)) this.#applied.set(key, { value: applied, written })
  }

  sortedApplied(): ReadonlyArray<Stored<SensitivityApplied>> {
    return [...this.#applied.values()].sort(
      ({ value: a, written: p }, { value: b, written: q }) =>
        p.sourcePartition - q.sourcePartition || a.version - b.version
    )
  }

  /** Versions that a task applied, ascending. */
  applied(sourcePartition: number): ReadonlyArray<SensitivityApplied> {
    return this.sortedApplied()
      .filter(({ written }) => written.sourcePartition === sourcePartition)
      .map(({ value }) => value)
  }

  sortedCheckpoints(): ReadonlyArray<Checkpoint> {
    return [...this.checkpoints.values()].sort((a, b) => a.sourcePartition - b.sourcePartition)
  }

  sortedRows(): ReadonlyArray<Stored<SummaryRow>> {
    return [...this.rows.values()].sort(
      ({ value: a, written: p }, { value: b, written: q }) =>
        a.endMs - b.endMs ||
        byCodeUnit(a.stream, b.stream) ||
        a.startMs - b.startMs ||
        p.sourcePartition - q.sourcePartition
    )
  }

  sortedMoments(): ReadonlyArray<Stored<Moment>> {
    return [...this.moments.values()].sort(byMomentKey)
  }

  /** In the order of {@link sortedMoments}. */
  sortedSamples(): ReadonlyArray<Stored<StoredSample>> {
    return [...this.samples.values()].sort(byMomentKey)
  }

  sortedBaselines(): ReadonlyArray<Stored<StoredBaseline>> {
    return [...this.#baselines.values()].sort(
      ({ value: a, written: p }, { value: b, written: q }) =>
        p.sourcePartition - q.sourcePartition || byCodeUnit(a.stream, b.stream)
    )
  }

  sortedBroadcasts(): ReadonlyArray<Stored<Broadcast>> {
    return [...this.broadcasts.values()].sort(
      ({ value: a, written: p }, { value: b, written: q }) =>
        a.startedAtMs - b.startedAtMs || byCodeUnit(a.stream, b.stream) || p.sourcePartition - q.sourcePartition
    )
  }

  sortedDeadLetters(): ReadonlyArray<DeadLetter> {
    return [...this.#deadLetters.values()].sort(
      (a, b) => byCodeUnit(a.topic, b.topic) || a.partition - b.partition || byOffset(a.offset, b.offset)
    )
  }

  sortedGaps(): ReadonlyArray<Gap> {
    return [...this.#gaps.values()].sort(
      (a, b) => byCodeUnit(a.topic, b.topic) || a.partition - b.partition || byOffset(a.fromOffset, b.fromOffset)
    )
  }
}
