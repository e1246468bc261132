/**
 * A stream with what is known to happen in it: what detection reads, and what its alerts are
 * compared with.
 */
import type { Event } from "../../src/domain/Event.ts"

/**
 * Something that was put into a scene, or that hindsight finds in it. Bounds in event time, both
 * closed.
 */
export interface Truth {
  /** For example `shout`, `shout again`, `spam`. */
  readonly kind: string
  readonly fromMs: number
  readonly toMs: number
}

export interface Scene {
  readonly name: string
  /** In order of event time; one stream. */
  readonly events: ReadonlyArray<Event>
  readonly truths: ReadonlyArray<Truth>
}

/** Ascending by event time; events of one time keep their order. */
export const inOrder = (events: ReadonlyArray<Event>): ReadonlyArray<Event> =>
  events.toSorted((a, b) => a.timeMs - b.timeMs)

/** From the first event to the last, in hours. */
export const hoursOf = ({ events }: Scene): number =>
  ((events.at(-1)?.timeMs ?? 0) - (events[0]?.timeMs ?? 0)) / 3_600_000

/** Messages per minute from the first event to the last. */
export const paceOf = (scene: Scene): number =>
  scene.events.filter(({ _tag }) => _tag === "chat").length / (hoursOf(scene) * 60)
