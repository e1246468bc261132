/** The scorecard as a page: what was measured, for the detectors over reactions and for those over whole windows. */
import type { Subject } from "./Alert.ts"
import type { Burst } from "./Bursts.ts"
import {
  addBursts,
  allBursts,
  type Bursts,
  chatRises,
  f1Of,
  falsePerHour,
  precisionOf,
  recallOf,
  spamAlarms
} from "./Figures.ts"
import { type Found, median } from "./Found.ts"
import { paceOf, type Scene } from "./Scene.ts"
import { risesInHindsight } from "./Yardsticks.ts"

export type Table = ReadonlyArray<ReadonlyArray<string>>

export const percent = (share: number): string => (Number.isNaN(share) ? "-" : `${Math.round(100 * share)} %`)
const shareOf = ({ found, truths }: Found): string => percent(found / truths)
export const seconds = ({ delaysMs }: Pick<Found, "delaysMs">): string =>
  delaysMs.length === 0 ? "-" : (median(delaysMs) / 1000).toFixed(1)

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** The columns of an accuracy: precision, recall, F1, alerts and false alarms per hour. */
export const accuracyCells = (accuracy: ReturnType<typeof chatRises>): ReadonlyArray<string> => [
  percent(precisionOf(accuracy)),
  percent(recallOf(accuracy)),
  percent(f1Of(accuracy)),
  (accuracy.alerts / accuracy.hours).toFixed(1),
  falsePerHour(accuracy).toFixed(2)
]

export const markdown = ([head, ...rows]: Table): string =>
  [line(head ?? []), line((head ?? []).map(() => "---")), ...rows.map(line)].join("\n")

/** Bursts of ten times the usual people stand out as much as those of the same name elsewhere; five times are hard. */
const STRENGTHS = [10, 5]
const SEEDS = [1]
const SPAM_SEEDS = [1, 2]

export interface Group {
  readonly name: string
  readonly scenes: ReadonlyArray<Scene>
}

const total = (bursts: ReadonlyMap<Burst, Bursts>): Bursts => [...bursts.values()].reduce(addBursts)

/** One line for each group of channels and detector. */
export const realChat = (subjects: ReadonlyArray<Subject>, groups: ReadonlyArray<Group>): Table => [
  ["channels", "detectors", "precision", "recall", "F1", "alerts/h", "false/h", "spam", "chance"],
  ...groups.flatMap(({ name, scenes }) => {
    const judged = scenes.map((scene) => ({ ...scene, truths: risesInHindsight(scene) }))
    return subjects.map((subject) => {
      const accuracy = chatRises(subject, judged)
      const { chance, spam } = spamAlarms(subject, scenes, SPAM_SEEDS)
      return [name, subject.name, ...accuracyCells(accuracy), shareOf(spam), shareOf(chance)]
    })
  })
]

export const bursts = (subjects: ReadonlyArray<Subject>, groups: ReadonlyArray<Group>): Table => [
  ["channels", "people", "detectors", "found", "second found", "delay, s", "shout", "talk", "copypasta", "emote"],
  ...groups.flatMap(({ name, scenes }) =>
    STRENGTHS.flatMap((times) =>
      subjects.map((subject) => {
        const byKind = allBursts(subject, scenes, { times, seeds: SEEDS })
        const { again, first } = total(byKind)
        const kinds = [...byKind.values()].map((kind) => `${shareOf(kind.first)} / ${shareOf(kind.again)}`)
        return [name, `x${times}`, subject.name, shareOf(first), shareOf(again), seconds(first), ...kinds]
      })
    )
  )
]

const SIZES: ReadonlyArray<readonly [name: string, from: number, to: number]> = [
  ["below 15 messages a minute", 0, 15],
  ["15 to 50", 15, 50],
  ["above 50", 50, Number.POSITIVE_INFINITY]
]

/** By size of the stream. */
export const sizes = (subjects: ReadonlyArray<Subject>, scenes: ReadonlyArray<Scene>): Table => [
  ["size", "detectors", "precision", "recall", "F1", "alerts/h", "false/h", "x10 found", "second found"],
  ...SIZES.flatMap(([name, from, to]) => {
    const own = scenes.filter((scene) => paceOf(scene) >= from && paceOf(scene) < to)
    if (own.length === 0) return []
    const judged = own.map((scene) => ({ ...scene, truths: risesInHindsight(scene) }))
    return subjects.map((subject) => {
      const accuracy = chatRises(subject, judged)
      const { again, first } = total(allBursts(subject, own, { times: 10, seeds: [1] }))
      return [name, subject.name, ...accuracyCells(accuracy), shareOf(first), shareOf(again)]
    })
  })
]
