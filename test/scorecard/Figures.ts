/** The figures of the scorecard. */
import type { Alert } from "./Alert.ts"
import { BURSTS, type Burst, withBursts, withNothing, withSpam } from "./Bursts.ts"
import { alertsOf } from "./Detection.ts"
import { find, type Found, join, NONE_FOUND, rises } from "./Found.ts"
import { hoursOf, type Scene, type Truth } from "./Scene.ts"

/** Alerts of rises against the rises that hindsight finds. */
export interface Accuracy {
  readonly alerts: number
  readonly right: number
  readonly rises: number
  readonly seen: number
  readonly hours: number
}

export const NO_ACCURACY: Accuracy = { alerts: 0, right: 0, rises: 0, seen: 0, hours: 0 }

/**
 * An alert and a rise are the same when they touch. An alert is written up to two slides late, and
 * begins at most one early.
 */
export const touches = (alert: Alert, rise: Truth): boolean =>
  alert.timestampMs <= rise.toMs + 20_000 && alert.endedAtMs >= rise.fromMs - 10_000

export const accuracyOf = (scene: Scene, alerts: ReadonlyArray<Alert>): Accuracy => {
  const raised = rises(alerts)
  return {
    alerts: raised.length,
    right: raised.filter((alert) => scene.truths.some((rise) => touches(alert, rise))).length,
    rises: scene.truths.length,
    seen: scene.truths.filter((rise) => raised.some((alert) => touches(alert, rise))).length,
    hours: hoursOf(scene)
  }
}

export const addAccuracy = (a: Accuracy, b: Accuracy): Accuracy => ({
  alerts: a.alerts + b.alerts,
  right: a.right + b.right,
  rises: a.rises + b.rises,
  seen: a.seen + b.seen,
  hours: a.hours + b.hours
})

export const precisionOf = ({ alerts, right }: Accuracy): number => right / alerts
export const recallOf = ({ rises, seen }: Accuracy): number => seen / rises
export const f1Of = (accuracy: Accuracy): number => {
  const precision = precisionOf(accuracy)
  const recall = recallOf(accuracy)
  return (2 * precision * recall) / (precision + recall)
}
export const falsePerHour = ({ alerts, hours, right }: Accuracy): number => (alerts - right) / hours

/** `scenes` carry what hindsight finds as their truths. */
export const chatRises = (scenes: ReadonlyArray<Scene>): Accuracy =>
  scenes.map((scene) => accuracyOf(scene, alertsOf(scene.events))).reduce(addAccuracy, NO_ACCURACY)

export interface Bursts {
  readonly first: Found
  readonly again: Found
}

export const addBursts = (a: Bursts, b: Bursts): Bursts => ({
  first: join(a.first, b.first),
  again: join(a.again, b.again)
})

const BURST_SEED = 1
const SPAM_SEEDS = [1, 2]

/** Bursts of one kind of so many times the usual people. */
const burstsFound = (scenes: ReadonlyArray<Scene>, kind: Burst, times: number): Bursts =>
  scenes
    .map((scene) => withBursts(scene, kind, times, BURST_SEED))
    .map(({ events, truths }) => {
      const alerts = alertsOf(events)
      return {
        first: find(
          truths.filter((truth) => truth.kind === kind),
          alerts
        ),
        again: find(
          truths.filter((truth) => truth.kind !== kind),
          alerts
        )
      }
    })
    .reduce(addBursts, { first: NONE_FOUND, again: NONE_FOUND })

export const allBursts = (scenes: ReadonlyArray<Scene>, times: number): ReadonlyMap<Burst, Bursts> =>
  new Map(BURSTS.map((kind) => [kind, burstsFound(scenes, kind, times)]))

/** Spam, and the same times without it. */
export const spamAlarms = (scenes: ReadonlyArray<Scene>): { readonly spam: Found; readonly chance: Found } => {
  const alarms = (change: (scene: Scene, seed: number) => Scene): Found =>
    scenes
      .flatMap((scene) => SPAM_SEEDS.map((seed) => change(scene, seed)))
      .map(({ events, truths }) => find(truths, alertsOf(events)))
      .reduce(join, NONE_FOUND)
  return { spam: alarms(withSpam), chance: alarms(withNothing) }
}
