/**
 * The position and state of a task: everything that cannot be read again from the log and the
 * tables. Its size depends on the number of partitions.
 */
import type { EventTimeMs } from "./EventTime.ts"
import type { ReadSettings } from "./Settings.ts"
import type { WindowSettings } from "./WindowSettings.ts"
import type { Input } from "./Task.ts"

/**
 * The newest layout of the checkpoint's JSON columns that this worker reads; raised when an older
 * worker could misread it. Version 2 has `emitted`, version 3 mapped fields.
 */
export const CHECKPOINT_VERSION = 3

/** Settings in force for an input's records before a change. */
export interface EarlierRead {
  /** Records below it (open bound) were judged under `settings`. */
  readonly untilOffset: bigint
  readonly settings: ReadSettings
}

export interface InputCheckpoint extends Input {
  /** The first offset not yet counted. */
  readonly nextOffset: bigint
  /**
   * The offset from which reading starts again: the lowest offset counted in a window not yet
   * emitted, else `nextOffset`.
   */
  readonly rereadOffset: bigint
  /** Greatest event time accepted before `rereadOffset`; `BEFORE_ALL` when there is none. */
  readonly maxTimeBeforeRereadMs: EventTimeMs
  /** `false` while the input is idle and does not hold the watermark back. */
  readonly active: boolean
  /** Changes of settings that a re-read would cross, ascending; usually none. */
  readonly earlier: ReadonlyArray<EarlierRead>
}

/** How far a window is written whose rows take several flushes. */
export interface Emitted {
  /** End of the window. It is the first one after the watermark that holds anything. */
  readonly endMs: EventTimeMs
  /** The last stream whose row is in the tables, by code unit (closed bound). */
  readonly stream: string
  /**
   * Per input, where it had been read up to when the window closed: records from there on (closed
   * bound) don't count in the window.
   */
  readonly offsets: ReadonlyArray<bigint>
}

export interface Checkpoint {
  readonly sourcePartition: number
  /** Grows by one with every change of owner. */
  readonly epoch: number
  /** Number of the last committed flush; 0 before the first. */
  readonly flushNumber: number
  /**
   * The task's watermark: windows that end at or before it are in the tables. `BEFORE_ALL` at
   * first.
   */
  readonly watermarkMs: EventTimeMs
  readonly window: WindowSettings
  /** Given while a window is written in part; its other rows come with the next flushes. */
  readonly emitted?: Emitted
  /** In force at the next offsets. */
  readonly read: ReadSettings
  /**
   * Windows that start at or before this (closed bound) are not whole under `window`, because it
   * was set after their first events had been read. They are not written. `BEFORE_ALL` when size
   * and slide have never changed.
   */
  readonly partialToMs: EventTimeMs
  /**
   * Baselines and slides that end at or before this (closed bound) are of an earlier size or slide.
   * Absent when these have never changed.
   */
  readonly windowSinceMs?: EventTimeMs
  readonly inputs: ReadonlyArray<InputCheckpoint>
}

/**
 * The layout to write: the oldest that holds the checkpoint. In a rolling upgrade, a worker of the
 * last release then refuses only a window that is written in part, and mapped fields.
 */
export const versionOf = ({ emitted, inputs, read }: Checkpoint): number => {
  const isMapped = [read, ...inputs.flatMap(({ earlier }) => earlier.map(({ settings }) => settings))].some(
    ({ fields }) => fields !== undefined
  )
  if (isMapped) return CHECKPOINT_VERSION
  return emitted === undefined ? 1 : 2
}
