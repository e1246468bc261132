/** The scorecard's tables of recorded channels. */
import { BURSTS, type Burst } from "./Bursts.ts"
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

export type Table = ReadonlyArray<ReadonlyArray<string>>

export const percent = (share: number): string => (Number.isNaN(share) ? "-" : `${Math.round(100 * share)} %`)
const shareOf = ({ found, truths }: Found): string => percent(found / truths)
export const seconds = ({ delaysMs }: Pick<Found, "delaysMs">): string =>
  delaysMs.length === 0 ? "-" : (median(delaysMs) / 1000).toFixed(1)

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

export const ACCURACY = ["precision", "recall", "F1", "alerts/h", "false/h"]

/** Cells of the columns {@link ACCURACY}. */
export const accuracyCells = (accuracy: ReturnType<typeof chatRises>): ReadonlyArray<string> => [
  percent(precisionOf(accuracy)),
  percent(recallOf(accuracy)),
  percent(f1Of(accuracy)),
  (accuracy.alerts / accuracy.hours).toFixed(1),
  falsePerHour(accuracy).toFixed(2)
]

export const markdown = ([head, ...rows]: Table): string =>
  [line(head ?? []), line((head ?? []).map(() => "---")), ...rows.map(line)].join("\n")

const STRENGTHS = [10, 5]

/** Channels; their truths are what hindsight finds. */
export interface Group {
  readonly name: string
  readonly scenes: ReadonlyArray<Scene>
}

const total = (bursts: ReadonlyMap<Burst, Bursts>): Bursts => [...bursts.values()].reduce(addBursts)

/** One line for each group of channels. */
export const realChat = (groups: ReadonlyArray<Group>): Table => [
  ["channels", ...ACCURACY, "spam", "chance"],
  ...groups.map(({ name, scenes }) => {
    const { chance, spam } = spamAlarms(scenes)
    return [name, ...accuracyCells(chatRises(scenes)), shareOf(spam), shareOf(chance)]
  })
]

export const bursts = (groups: ReadonlyArray<Group>): Table => [
  ["channels", "people", "found", "second found", "delay, s", ...BURSTS],
  ...groups.flatMap(({ name, scenes }) =>
    STRENGTHS.map((times) => {
      const byKind = allBursts(scenes, times)
      const { again, first } = total(byKind)
      const kinds = [...byKind.values()].map((kind) => `${shareOf(kind.first)} / ${shareOf(kind.again)}`)
      return [name, `x${times}`, shareOf(first), shareOf(again), seconds(first), ...kinds]
    })
  )
]

const SIZES: ReadonlyArray<readonly [name: string, from: number, to: number]> = [
  ["below 15 messages a minute", 0, 15],
  ["15 to 50", 15, 50],
  ["above 50", 50, Number.POSITIVE_INFINITY]
]

/** By size of the stream. */
export const sizes = (scenes: ReadonlyArray<Scene>): Table => [
  ["size", ...ACCURACY, "x10 found", "second found"],
  ...SIZES.flatMap(([name, from, to]) => {
    const own = scenes.filter((scene) => paceOf(scene) >= from && paceOf(scene) < to)
    if (own.length === 0) return []
    const { again, first } = total(allBursts(own, 10))
    return [[name, ...accuracyCells(chatRises(own)), shareOf(first), shareOf(again)]]
  })
]
