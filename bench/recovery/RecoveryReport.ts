/** The section "recovery report" of docs/recovery.md. */
import { present } from "../../src/domain/Invariant.ts"
import { type Handover, type RecoveryReport, SIGNALS } from "./Recovery.ts"
import { spreadOf } from "../report/Spread.ts"
import { seconds } from "../report/Text.ts"

/** The aim, from a task's assignment to its first commit. */
export const AIM_MS = 5_000

const phases = [
  ["from the signal to the assignment", "assigned"],
  ["from the assignment to the first commit that advances an offset", "recovery"],
  ["- of which: reading the history", "history"],
  ["- of which: re-read and first flush", "replay"],
  ["- CPU time of the other worker meanwhile", "cpu"]
] as const satisfies ReadonlyArray<readonly [string, keyof Handover]>

/** Cells of a table: how many values, their least, median and greatest. */
const spread = (values: ReadonlyArray<number>): string => {
  if (values.length === 0) return "0 | | |"
  const { least, median, most } = spreadOf(values)
  return [String(values.length), ...[least, median, most].map(seconds)].join(" | ")
}

const lasting = (ms: number): string => (ms < 3_600_000 ? `${ms / 60_000} minutes` : `${ms / 3_600_000} h`)

const name = ({ options }: RecoveryReport): string =>
  options.historyMs === 0
    ? `After ${lasting(options.runMs)} of running`
    : `After ${lasting(options.historyMs)} of event time and ${lasting(options.runMs)} of running`

const table = (report: RecoveryReport): ReadonlyArray<string> => {
  const { handovers, rows, undisturbed } = report
  const numbers = (value: (handover: Handover) => number): string => {
    const values = handovers.map(value)
    return `${Math.min(...values).toLocaleString("en")} to ${Math.max(...values).toLocaleString("en")}`
  }
  return [
    `### ${name(report)}`,
    "",
    `${rows.toLocaleString("en")} rows in the tables; each task read ${numbers((h) => h.slides)} slides of history and ${numbers((h) => h.records)} records again.`,
    "",
    "| signal | time | n | min | median | max |",
    "|---|---|---|---|---|---|",
    ...SIGNALS.flatMap((signal) => {
      const mine = handovers.filter((handover) => handover.signal === signal)
      return phases.map(([what, key]) => `| ${signal} | ${what} | ${spread(mine.map((handover) => handover[key]))} |`)
    }),
    `| both | longest time without a commit, for tasks that did not change hands | ${spread(undisturbed)} |`,
    ""
  ]
}

export const isGood = (reports: ReadonlyArray<RecoveryReport>): boolean =>
  reports.every(({ handovers }) => handovers.length > 0 && handovers.every(({ recovery }) => recovery <= AIM_MS))

export const describe = (reports: ReadonlyArray<RecoveryReport>): string => {
  const { eventsPerSecond, sessionTimeout, streams, workers } = present(reports[0], "a run has a report").options
  return [
    `${streams.toLocaleString("en")} live streams, ${eventsPerSecond.toLocaleString("en")} events/s in real time, 3 partitions, two processes with WORKERS=${workers}, KAFKA_SESSION_TIMEOUT=${sessionTimeout}, all else by default. ` +
      `The process that owns most tasks gets the signal; values are per task that had to change hands.`,
    "",
    ...reports.flatMap(table),
    `Aim: at most ${seconds(AIM_MS)} from the assignment to the first commit. ${isGood(reports) ? "Met by every task" : "Not met"}.`
  ].join("\n")
}
