/** The scorecard's tables of simulated platforms. */
import type { Alert, Subject } from "./Alert.ts"
import { accuracyOf, addAccuracy } from "./Figures.ts"
import { accuracyCells, percent, seconds, type Table } from "./Report.ts"
import { paceOf } from "./Scene.ts"
import { accuracyOfStreams, calmAlarms, type Judged, ofKind } from "./Scenes.ts"
import { randomChat, type SimulatedStream, type StreamTruth } from "./Simulated.ts"
import { risesInHindsight } from "./Yardsticks.ts"

export interface JudgedBy {
  readonly name: string
  readonly streams: ReadonlyArray<Judged>
}

/** What each detector makes of each stream. */
export const judge = (
  subjects: ReadonlyArray<Subject>,
  streams: ReadonlyArray<SimulatedStream>
): ReadonlyArray<JudgedBy> =>
  subjects.map(({ alerts, name }) => ({
    name,
    streams: streams.map((stream) => ({ stream, alerts: alerts(stream.events) }))
  }))

const KINDS: ReadonlyArray<readonly [StreamTruth["kind"], note: string]> = [
  ["hype", "people shout one word"],
  ["talk", "people say different things"],
  ["copypasta", "one long text by many"],
  ["emote", "one emote by many"],
  ["raid", "chatters and viewers come and stay"],
  ["host", "viewers come, few chat"],
  ["viewer_surge", "viewers come"],
  ["silence", "nobody writes for a minute or more"],
  ["viewer_loss", "viewers leave, chat goes on"],
  ["mood", "the words turn"],
  ["spam", "four people write five times the chat"],
  ["drift", "an hour of slow change"],
  ["online", "the stream starts"],
  ["offline", "the stream ends"]
]

const row = (
  [scene, note]: readonly [scene: string, note: string],
  { name, streams }: JudgedBy,
  belongs: (truth: StreamTruth) => boolean
): ReadonlyArray<string> => {
  const { alarmed, delaysMs, found, scenes } = ofKind(streams, belongs)
  const moment = streams.flatMap(({ stream }) => stream.truths).find(belongs)?.moment
  const ofMoments = moment === undefined ? ["-", "-"] : [percent(found / scenes), seconds({ delaysMs })]
  return [scene, note, moment ?? "none", name, String(scenes), ...ofMoments, percent(alarmed / scenes)]
}

/** One line for each kind of scene and detector. */
export const scenesByKind = (judged: ReadonlyArray<JudgedBy>): Table => [
  ["scene", "", "moment", "detectors", "scenes", "found", "delay, s", "false alarm"],
  ...KINDS.flatMap((kind) => judged.map((by) => row(kind, by, (truth) => truth.kind === kind[0] && !truth.again))),
  ...judged.map((by) => row(["again", "a second burst of any kind"], by, (truth) => truth.again))
]

const SIZES: ReadonlyArray<readonly [name: string, from: number, to: number]> = [
  ["below 10 messages a minute", 0, 10],
  ["10 to 50", 10, 50],
  ["above 50", 50, Number.POSITIVE_INFINITY],
  ["all", 0, Number.POSITIVE_INFINITY]
]

export const streamsBySize = (judged: ReadonlyArray<JudgedBy>): Table => [
  [
    "size",
    "detectors",
    "stream-hours",
    "precision",
    "recall",
    "F1",
    "alerts/h",
    "false/h",
    "false/h outside of scenes"
  ],
  ...SIZES.flatMap(([size, from, to]) =>
    judged.map(({ name, streams }) => {
      const own = streams.filter(({ stream }) => paceOf(stream) >= from && paceOf(stream) < to)
      const accuracy = accuracyOfStreams(own)
      const calm = (calmAlarms(own) / accuracy.hours).toFixed(2)
      return [size, name, accuracy.hours.toFixed(0), ...accuracyCells(accuracy), calm]
    })
  ),
  ...judged.map(({ name, streams }) => {
    const accuracy = streams
      .map(({ alerts, stream }) => accuracyOf({ ...stream, truths: risesInHindsight(stream) }, alerts))
      .reduce(addAccuracy)
    return ["all, rises in hindsight", name, accuracy.hours.toFixed(0), ...accuracyCells(accuracy), "-"]
  })
]

/** Moments in a chat in which nothing happens. */
export const quiet = (subjects: ReadonlyArray<Subject>, seeds: ReadonlyArray<number>): Table => {
  const days = seeds.map((seed) => randomChat(24, seed))
  return [
    ["detectors", "moments", "rises", "falls", "turns"],
    ...subjects.map((subject) => {
      const alerts = days.flatMap(({ events }) => subject.alerts(events))
      const count = (direction: Alert["direction"]): string =>
        String(alerts.filter((alert) => alert.direction === direction).length)
      return [subject.name, String(alerts.length), count("rise"), count("fall"), count("turn")]
    })
  ]
}
