/** How detection does on simulated streams, by kind of scene and by size of the stream. */
import type { Alert } from "./Alert.ts"
import { type Accuracy, addAccuracy, NO_ACCURACY, touches } from "./Figures.ts"
import { hoursOf } from "./Scene.ts"
import type { SimulatedStream, StreamTruth } from "./Simulated.ts"

/** A stream and its alerts. */
export interface Judged {
  readonly stream: SimulatedStream
  readonly alerts: ReadonlyArray<Alert>
}

const sees = (alert: Alert, truth: StreamTruth): boolean => alert.direction === truth.moment && touches(alert, truth)

const isRight = (alert: Alert, { truths }: SimulatedStream): boolean => truths.some((truth) => sees(alert, truth))

/** Alerts of every direction against the moments that happen. */
export const accuracyOfStreams = (judged: ReadonlyArray<Judged>): Accuracy =>
  judged
    .map(({ alerts, stream }) => {
      const moments = stream.truths.filter(({ moment }) => moment !== undefined)
      return {
        alerts: alerts.length,
        right: alerts.filter((alert) => isRight(alert, stream)).length,
        rises: moments.length,
        seen: moments.filter((truth) => alerts.some((alert) => sees(alert, truth))).length,
        hours: hoursOf(stream)
      }
    })
    .reduce(addAccuracy, NO_ACCURACY)

export interface OfKind {
  readonly scenes: number
  /** Moments that an alert of their class touches. */
  readonly found: number
  /** Scenes that a false alert touches. */
  readonly alarmed: number
  /** From a moment's start to the event time from which the alert can be written. */
  readonly delaysMs: ReadonlyArray<number>
}

/** Scenes of one kind: those that belong to it. */
export const ofKind = (judged: ReadonlyArray<Judged>, belongs: (truth: StreamTruth) => boolean): OfKind => {
  const seen = judged.flatMap(({ alerts, stream }) =>
    stream.truths.filter(belongs).map((truth) => ({
      first: alerts.find((alert) => sees(alert, truth)),
      fromMs: truth.fromMs,
      isAlarmed: alerts.some((alert) => touches(alert, truth) && !isRight(alert, stream))
    }))
  )
  return {
    scenes: seen.length,
    found: seen.filter(({ first }) => first !== undefined).length,
    alarmed: seen.filter(({ isAlarmed }) => isAlarmed).length,
    delaysMs: seen.flatMap(({ first, fromMs }) => (first === undefined ? [] : [first.writableMs - fromMs]))
  }
}

/** False alerts in calm, outside of every scene. */
export const calmAlarms = (judged: ReadonlyArray<Judged>): number =>
  judged.flatMap(({ alerts, stream }) =>
    alerts.filter((alert) => !stream.truths.some((truth) => touches(alert, truth)))
  ).length
