/** The section "outage report" of docs/recovery.md. */
import { present } from "../../src/domain/Invariant.ts"
import { median } from "../report/Spread.ts"
import { number, seconds } from "../report/Text.ts"
import type { Flushed, OutageReport } from "./Outage.ts"

/** The aim: memory in the outage, divided by memory before. */
export const AIM = 1.2

const times = (a: number, b: number): string => (a / b).toFixed(2)
const mebibytes = (value: number): string => `${number(value)} MiB`

const sizes = ({ eventsPerSecond, sizes }: Flushed): string => {
  const records = sizes.map((flush) => flush.records)
  const rows = sizes.map((flush) => flush.rows)
  const tookMs = sizes.map(({ begunAtMs, doneAtMs }) => doneAtMs - begunAtMs)
  return [
    number(eventsPerSecond),
    number(sizes.length),
    `${number(median(records))} / ${number(Math.max(...records))}`,
    `${number(median(rows))} / ${number(Math.max(...rows))}`,
    `${number(median(tookMs))} / ${number(Math.max(...tookMs))} ms`
  ].join(" | ")
}

const name = ({ options }: OutageReport): string =>
  `WORKERS=${options.workers}, ${options.when === "behind" ? "with a backlog unread" : options.when}`

const isSmall = ({ memory }: OutageReport): boolean => memory.greatest <= AIM * memory.before

export const isGood = (reports: ReadonlyArray<OutageReport>): boolean =>
  reports.every((report) => isSmall(report) && report.recount.differences.length === 0 && report.recount.windows > 0)

export const describe = (reports: ReadonlyArray<OutageReport>): string => {
  const { eventsPerSecond, outageMs, steadyMs, streams } = present(reports[0], "a run has a report").options
  return [
    `${streams.toLocaleString("en")} live streams, ${eventsPerSecond.toLocaleString("en")} events/s in real time, 3 partitions; ${steadyMs / 60_000} minutes of running, then ${outageMs / 60_000} minutes without PostgreSQL, while events keep arriving.`,
    "",
    "Resident memory of the worker's process. Before: the median of 30 s. Then the greatest and the last value in the outage, and the greatest until the worker is up to date.",
    "",
    "| case | before | greatest in the outage | times before | last in the outage | greatest afterwards | times before |",
    "|---|---|---|---|---|---|---|",
    ...reports.map((report) => {
      const { before, final, greatest, greatestAfter } = report.memory
      return `| ${name(report)} | ${mebibytes(before)} | ${mebibytes(greatest)} | ${times(greatest, before)} | ${mebibytes(final)} | ${mebibytes(greatestAfter)} | ${times(greatestAfter, before)} |`
    }),
    "",
    "After the outage: the time to catch up, and the comparison of all closed windows with an independent count of the written records.",
    "",
    "| case | unread before | unread when back | first commit after | up to date after | windows compared | rows | differences |",
    "|---|---|---|---|---|---|---|---|",
    ...reports.map(
      (report) =>
        `| ${name(report)} | ${number(report.lag.before)} | ${number(report.lag.after)} | ${seconds(report.backMs.firstCommit)} | ${seconds(report.backMs.upToDate)} | ${number(report.recount.windows)} | ${number(report.recount.rows)} | ${report.recount.differences.length} |`
    ),
    "",
    "Flushes of the 30 s before the outage, and of the time until up to date (median / greatest):",
    "",
    "| case | | events/s | flushes | records | rows | commit |",
    "|---|---|---|---|---|---|---|",
    ...reports.flatMap((report) => [
      `| ${name(report)} | before | ${sizes(report.before)} |`,
      `| ${name(report)} | afterwards | ${sizes(report.after)} |`
    ]),
    "",
    ...reports.flatMap((report) => report.recount.differences.slice(0, 20).map((line) => `- ${name(report)}: ${line}`)),
    `Aim: during the outage, at most ${AIM} times the memory before it. ${reports.every(isSmall) ? "Met in every case" : "Not met"}.`
  ].join("\n")
}
