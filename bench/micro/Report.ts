/** Times for people: a section of a document. */
import type { Spread } from "../Results.ts"
import type { Measured, Timed } from "./Measure.ts"

const number = (value: number): string =>
  value.toLocaleString("en", value < 100 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 })

const ratio = (value: number): string => value.toFixed(value < 10 ? 1 : 0)

/** The median, and the range over all rounds. */
const times = ({ least, median, most }: Spread): string => `${ratio(median)} (${ratio(least)}–${ratio(most)})`

const row = ({ count, name, ours, unit }: Measured, other: Timed, label: string): string =>
  `| ${[
    name,
    `${unit}, ${count.toLocaleString("en")}`,
    ours.name,
    number(ours.nanoseconds.median),
    `${label}${other.name}`,
    number(other.nanoseconds.median),
    times(other.ratio)
  ].join(" | ")} |`

export interface Told {
  readonly command: string
  readonly date: string
  readonly rounds: number
  readonly timeMs: number
  readonly machine: ReadonlyArray<readonly [string, string]>
}

export const describe = (told: Told, all: ReadonlyArray<Measured>): string =>
  [
    `${told.date}, \`${told.command}\`. ${told.machine.map(([name, value]) => `${name}: ${value}`).join("; ")}.`,
    "",
    `Nanoseconds by the wall for one of the unit, whose number in a run stands beside it: the median run of at least ${told.timeMs} ms, the median of ${told.rounds} rounds. The ratio is the other way's time over ours, taken within each round, with least and most in parentheses. Before anything is timed, the naive form must give the same as ours over the same data, one partition of the benchmark's load (\`bench/Load.ts\`).`,
    "",
    "| case | of one | ours | ns | naive | ns | ratio |",
    "|---|---|---|--:|---|--:|--:|",
    ...all.flatMap((one) => [
      row(one, one.naive, ""),
      ...(one.floor === undefined ? [] : [row(one, one.floor, "floor: ")])
    ])
  ].join("\n")
