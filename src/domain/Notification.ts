/**
 * Which moments a notification target receives, and when: in the flush that first stores the moment
 * in a state that matches the target's filters. Each target receives a moment once.
 */
import { createHash } from "node:crypto" // oxlint-disable-line no-restricted-imports -- a hash is no I/O
import type { Moment, MomentKey, MomentType } from "./Moment.ts"

/** A moment matches if it meets all conditions. */
export interface NotifyFilter {
  /** `undefined` = all streams. */
  readonly streams: ReadonlyArray<string> | undefined
  /** `undefined` = all types. */
  readonly types: ReadonlyArray<MomentType> | undefined
  /** The least intensity (closed bound). */
  readonly minIntensity: number
}

export interface NotifyRule {
  /** Names the target in the tables: a hash of its URL, which holds secrets. */
  readonly target: string
  /** A moment that matches one of them is sent. */
  readonly filters: ReadonlyArray<NotifyFilter>
}

/** A moment that one target will receive. */
export interface Notification {
  readonly target: string
  /** {@link momentId} of the moment. */
  readonly id: string
  readonly moment: Moment
}

type State = Pick<Moment, "stream" | "type" | "intensity">

/** Whether the target wants a moment in this state. */
export const wants = ({ filters }: Pick<NotifyRule, "filters">, { intensity, stream, type }: State): boolean =>
  filters.some(
    ({ minIntensity, streams, types }) =>
      intensity >= minIntensity &&
      (streams === undefined || streams.includes(stream)) &&
      (types === undefined || types.includes(type))
  )

/**
 * The identity of a moment outside of the tables: a hash of its key. The same moment has the same
 * id in every repetition and after every recovery.
 */
export const momentId = (sourcePartition: number, { openedAs, stream, timestampMs }: MomentKey): string =>
  `moment_${createHash("sha256")
    .update(JSON.stringify([sourcePartition, stream, timestampMs, openedAs]))
    .digest("hex")
    .slice(0, 32)}`

/**
 * The notifications that a flush owes, in the order of its moments. `before` returns the moment's
 * stored state, or `undefined` if the tables do not hold it. A target that wanted the stored state
 * has received the moment.
 */
export const notificationsOf = (
  rules: ReadonlyArray<NotifyRule>,
  sourcePartition: number,
  moments: ReadonlyArray<Moment>,
  before: (moment: Moment) => State | undefined
): ReadonlyArray<Notification> =>
  moments.flatMap((moment) =>
    rules.flatMap((rule) => {
      if (!wants(rule, moment)) return []
      const stored = before(moment)
      if (stored !== undefined && wants(rule, stored)) return []
      return [{ target: rule.target, id: momentId(sourcePartition, moment), moment }]
    })
  )
