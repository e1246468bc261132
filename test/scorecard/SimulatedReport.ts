/** The scorecard's tables of simulated platforms. */
import type { Alert } from "./Alert.ts"
import { alertsOf } from "./Detection.ts"
import { accuracyOf, addAccuracy } from "./Figures.ts"
import { ACCURACY, accuracyCells, percent, seconds, type Table } from "./Report.ts"
import { paceOf } from "./Scene.ts"
import { accuracyOfStreams, calmAlarms, type Judged, ofKind } from "./Scenes.ts"
import { randomChat, type SimulatedStream, type StreamTruth } from "./Simulated.ts"
import { risesInHindsight } from "./Yardsticks.ts"

export const judge = (streams: ReadonlyArray<SimulatedStream>): ReadonlyArray<Judged> =>
  streams.map((stream) => ({ stream, alerts: alertsOf(stream.events) }))

const KINDS: ReadonlyArray<readonly [StreamTruth["kind"], note: string]> = [
  ["hype", "people shout one word"],
  ["talk", "people write different things"],
  ["copypasta", "one long text by many"],
  ["emote", "one emote by many"],
  ["raid", "chatters and viewers come and stay"],
  ["host", "viewers come, few chat"],
  ["viewer_surge", "viewers come"],
  ["silence", "no message for a minute or more"],
  ["viewer_loss", "viewers leave, the chat continues"],
  ["mood", "the words turn"],
  ["spam", "four people write five times the chat"],
  ["drift", "an hour of slow change"],
  ["online", "the stream starts"],
  ["offline", "the stream ends"]
]

const row = (
  [scene, note]: readonly [scene: string, note: string],
  streams: ReadonlyArray<Judged>,
  belongs: (truth: StreamTruth) => boolean
): ReadonlyArray<string> => {
  const { alarmed, delaysMs, found, scenes } = ofKind(streams, belongs)
  const moment = streams.flatMap(({ stream }) => stream.truths).find(belongs)?.moment
  const ofMoments = moment === undefined ? ["-", "-"] : [percent(found / scenes), seconds({ delaysMs })]
  return [scene, note, moment ?? "none", String(scenes), ...ofMoments, percent(alarmed / scenes)]
}

/** One line for each kind of scene. */
export const scenesByKind = (judged: ReadonlyArray<Judged>): Table => [
  ["scene", "", "moment", "scenes", "found", "delay, s", "false alarm"],
  ...KINDS.map((kind) => row(kind, judged, (truth) => truth.kind === kind[0] && !truth.again)),
  row(["again", "a second burst of any kind"], judged, (truth) => truth.again)
]

const SIZES: ReadonlyArray<readonly [name: string, from: number, to: number]> = [
  ["below 10 messages a minute", 0, 10],
  ["10 to 50", 10, 50],
  ["above 50", 50, Number.POSITIVE_INFINITY],
  ["all", 0, Number.POSITIVE_INFINITY]
]

export const streamsBySize = (judged: ReadonlyArray<Judged>): Table => {
  const inHindsight = judged
    .map(({ alerts, stream }) => accuracyOf({ ...stream, truths: risesInHindsight(stream) }, alerts))
    .reduce(addAccuracy)
  return [
    ["size", "stream-hours", ...ACCURACY, "false/h outside of scenes"],
    ...SIZES.map(([size, from, to]) => {
      const own = judged.filter(({ stream }) => paceOf(stream) >= from && paceOf(stream) < to)
      const accuracy = accuracyOfStreams(own)
      const calm = (calmAlarms(own) / accuracy.hours).toFixed(2)
      return [size, accuracy.hours.toFixed(0), ...accuracyCells(accuracy), calm]
    }),
    ["all, rises in hindsight", inHindsight.hours.toFixed(0), ...accuracyCells(inHindsight), "-"]
  ]
}

/** Moments in chat in which nothing happens, one day for each seed. */
export const quiet = (seeds: ReadonlyArray<number>): Table => {
  const alerts = seeds.flatMap((seed) => alertsOf(randomChat(24, seed).events))
  const count = (direction: Alert["direction"]): string =>
    String(alerts.filter((alert) => alert.direction === direction).length)
  return [
    ["moments", "rises", "falls", "turns"],
    [String(alerts.length), count("rise"), count("fall"), count("turn")]
  ]
}
