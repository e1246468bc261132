/** What the scorecard measures of one detector. */
import { type Alert, type Subject } from "./Alert.ts"
import { BURSTS, type Burst, withBursts, withNothing, withSpam } from "./Bursts.ts"
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

/** An alert and a rise are the same when they touch: an alert is written up to two slides late, and begins at most one early. */
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
export const chatRises = (subject: Subject, scenes: ReadonlyArray<Scene>): Accuracy =>
  scenes.map((scene) => accuracyOf(scene, subject.alerts(scene.events))).reduce(addAccuracy, NO_ACCURACY)

export interface Bursts {
  readonly first: Found
  readonly again: Found
}

/** Bursts of one kind of so many times the usual people. */
export const burstsFound = (
  subject: Subject,
  scenes: ReadonlyArray<Scene>,
  kind: Burst,
  options: { readonly times: number; readonly seeds: ReadonlyArray<number> }
): Bursts =>
  scenes
    .flatMap((scene) => options.seeds.map((seed) => withBursts(scene, kind, options.times, seed)))
    .map((scene) => {
      const alerts = subject.alerts(scene.events)
      return {
        first: find(
          scene.truths.filter((truth) => truth.kind === kind),
          alerts
        ),
        again: find(
          scene.truths.filter((truth) => truth.kind !== kind),
          alerts
        )
      }
    })
    .reduce(addBursts, { first: NONE_FOUND, again: NONE_FOUND })

export const addBursts = (a: Bursts, b: Bursts): Bursts => ({
  first: join(a.first, b.first),
  again: join(a.again, b.again)
})

export const allBursts = (
  subject: Subject,
  scenes: ReadonlyArray<Scene>,
  options: { readonly times: number; readonly seeds: ReadonlyArray<number> }
): ReadonlyMap<Burst, Bursts> => new Map(BURSTS.map((kind) => [kind, burstsFound(subject, scenes, kind, options)]))

/** Spam, and the same times without it. */
export const spamAlarms = (
  subject: Subject,
  scenes: ReadonlyArray<Scene>,
  seeds: ReadonlyArray<number>
): { readonly spam: Found; readonly chance: Found } => {
  const alarms = (change: (scene: Scene, seed: number) => Scene): Found =>
    scenes
      .flatMap((scene) => seeds.map((seed) => change(scene, seed)))
      .map((scene) => find(scene.truths, subject.alerts(scene.events)))
      .reduce(join, NONE_FOUND)
  return { spam: alarms(withSpam), chance: alarms(withNothing) }
}
