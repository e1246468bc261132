/**
 * Which inputs may be read: the one furthest behind in event time first, those too far ahead of it
 * not at all. So state stays bounded however long the backlog (the idea of Flink's watermark
 * alignment, FLIP-182, applied to the order of reading).
 */
import type { EventTimeMs } from "../domain/EventTime.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"

export interface AlignedInput {
  /** Greatest accepted event time, `BEFORE_ALL` when there is none. */
  readonly maxTimeMs: EventTimeMs
  readonly active: boolean
}

/** How far ahead an input may be (closed bound). */
export const maxDriftMs = ({ sizeMs, slideMs }: WindowSettings, watermarkDelayMs: number): number =>
  Math.max(sizeMs, watermarkDelayMs) + slideMs

/**
 * Indices of the inputs that may be read, the furthest behind first; of equals, the lower index.
 */
export const readable = (inputs: ReadonlyArray<AlignedInput>, driftMs: number): ReadonlyArray<number> => {
  const behind = inputs.reduce(
    (lowest, input) => (input.active ? Math.min(lowest, input.maxTimeMs) : lowest),
    Number.POSITIVE_INFINITY
  )
  return inputs
    .map((input, index) => ({ index, maxTimeMs: input.maxTimeMs }))
    .filter(({ maxTimeMs }) => maxTimeMs <= behind + driftMs)
    .sort((a, b) => (a.maxTimeMs < b.maxTimeMs ? -1 : a.maxTimeMs > b.maxTimeMs ? 1 : a.index - b.index))
    .map(({ index }) => index)
}
