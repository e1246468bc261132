/**
 * Adapts a stored checkpoint to the present: to the configured settings, and to the backlog of its
 * inputs.
 */
import { Equal } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { BEFORE_ALL, EventTimeMs } from "../domain/EventTime.ts"
import { present } from "../domain/Invariant.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import type { WindowSettings } from "../domain/WindowSettings.ts"
import { ONE_PER_INPUT } from "./CheckpointChecks.ts"

/**
 * Applies the configured size and slide. If they have changed, only whole windows are written from
 * now on. Those start after every event read before the re-read offsets, and after the start of a
 * window that is written in part.
 */
export const underWindow = (checkpoint: Checkpoint, window: WindowSettings): Checkpoint => {
  if (checkpoint.window.sizeMs === window.sizeMs && checkpoint.window.slideMs === window.slideMs) return checkpoint
  const { emitted, ...whole } = checkpoint
  const latestMs = Math.max(
    whole.partialToMs,
    ...whole.inputs.map(({ maxTimeBeforeRereadMs }) => maxTimeBeforeRereadMs),
    // Some rows of it are written. It must not be written again, even if its size is configured
    // again.
    emitted === undefined ? BEFORE_ALL : emitted.endMs - whole.window.sizeMs
  )
  const sinceMs = Math.max(
    whole.watermarkMs,
    latestMs + window.sizeMs // windows that end at or before it are not written
  )
  return {
    ...whole,
    window,
    partialToMs: EventTimeMs(latestMs),
    ...(!Number.isFinite(sinceMs) ? {} : { windowSinceMs: EventTimeMs(sinceMs) })
  }
}

/**
 * Applies the configured read settings to new records. Records that were read before keep their
 * settings.
 */
export const underRead = (checkpoint: Checkpoint, read: ReadSettings): Checkpoint =>
  Equal.equals(checkpoint.read, read)
    ? checkpoint
    : {
        ...checkpoint,
        read,
        inputs: checkpoint.inputs.map((input) => ({
          ...input,
          earlier: [...input.earlier, { untilOffset: input.nextOffset, settings: checkpoint.read }].filter(
            ({ untilOffset }) => untilOffset > input.rereadOffset
          )
        }))
      }

/**
 * Marks inputs with unread records active, whatever they were. Otherwise the records of the other
 * inputs, if read first, would make this backlog late.
 */
export const withBacklog = (checkpoint: Checkpoint, ends: ReadonlyArray<bigint>): Checkpoint => ({
  ...checkpoint,
  inputs: checkpoint.inputs.map((input, index) => ({
    ...input,
    active: input.active || input.nextOffset < present(ends[index], ONE_PER_INPUT)
  }))
})
