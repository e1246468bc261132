/** The result of a replay: notices about what needs attention, and the summary as text or JSON. */
import { Duration, Effect } from "effect"
import { counted, number } from "../domain/Wording.ts"
import { totalOf } from "./ConversionCounts.ts"
import { conversionJson } from "./ConversionReport.ts"
import { NothingAcceptedError } from "./NothingAcceptedError.ts"
import type { ConvertedFile } from "./Spool.ts"
import type { Totals } from "./Totals.ts"

/** From this share on, late events or rejected records are worth a notice. */
const MANY = 0.05

const lateNotice = ({ counted: { events, late } }: Totals): ReadonlyArray<string> =>
  late === 0 || late < MANY * (events + late)
    ? []
    : [
        `${number(late)} of ${number(events + late)} events were late: the lines are not in order of time, or one timestamp far ahead moved the watermark. A longer --watermark-delay counts them`
      ]

const leftNotice = ({ counted: { rowsLeft } }: Totals, isOfFiles: boolean): ReadonlyArray<string> => {
  if (rowsLeft === 0) return []
  return [
    isOfFiles
      ? `Kept ${counted(rowsLeft, "row")} in the time of these files that this replay did not compute. Other files or settings gave them; for these files alone use a separate POSTGRES_SCHEMA`
      : `Kept ${counted(rowsLeft, "row")} of the range that this replay did not compute: windows have another size or slide, or the log has lost records`
  ]
}

const refusedNotice = ({ counted: { deadLetters, records }, refusals }: Totals, isOfFiles: boolean) =>
  deadLetters === 0 || deadLetters < MANY * records
    ? []
    : [`${number(deadLetters)} of ${number(records)} records are not events:`, ...refusals.lines(isOfFiles)]

/** One line each, for standard error. */
export const noticesOf = (totals: Totals, isOfFiles: boolean): ReadonlyArray<string> => [
  ...leftNotice(totals, isOfFiles),
  ...(isOfFiles ? lateNotice(totals) : []),
  ...refusedNotice(totals, isOfFiles)
]

/**
 * Fails if records were read and all of them were rejected. Files are checked before they are read.
 */
export const refuseNothing = ({ counted, refusals }: Totals, isOfFiles: boolean) => {
  const { deadLetters, records, tombstones } = counted
  return deadLetters > 0 && deadLetters + tombstones === records
    ? new NothingAcceptedError({
        detail: [
          `Nothing was replayed: none of ${number(deadLetters)} records is an event:`,
          ...refusals.lines(isOfFiles)
        ].join("\n")
      })
    : Effect.void
}

/** Items of saved chat that could not be read. */
const unusableOf = (converted: ReadonlyArray<ConvertedFile>): number =>
  converted.reduce((sum, { unusable }) => sum + totalOf(unusable), 0)

export const summary = (
  { counted }: Totals,
  isOfFiles: boolean,
  tookMs: number,
  converted: ReadonlyArray<ConvertedFile>
): string => {
  const unchanged = counted.rows - counted.rowsWritten - counted.refusedRows
  const lines: ReadonlyArray<readonly [string, number, string]> = [
    ["records", counted.records, `in ${Duration.format(Duration.millis(tookMs))}`],
    ["events", counted.events, "counted in a window"],
    ["late", counted.late, isOfFiles ? "for all their windows" : "for all their windows, or before the range"],
    ...(converted.length === 0
      ? []
      : [["unusable", unusableOf(converted), "items of saved chat that could not be read"] as const]),
    ["dead letters", counted.deadLetters, isOfFiles ? "" : "already stored by the worker"],
    [
      "rows",
      counted.rows,
      `in the range: ${number(counted.rowsWritten)} written, ${number(unchanged)} unchanged, ${number(counted.rowsRemoved)} others removed`
    ],
    [
      "moments",
      counted.moments,
      `in the range: ${number(counted.momentsWritten)} written, ${number(counted.momentsRemoved)} others removed`
    ],
    [
      "broadcasts",
      counted.broadcasts,
      `in the range: ${number(counted.broadcastsWritten)} written, ${number(counted.broadcastsRemoved)} others removed`
    ],
    ...(counted.refusedRows === 0 ? [] : [["refused", counted.refusedRows, "PostgreSQL rejects their data"] as const])
  ]
  return lines
    .map(([name, value, words]) => `${name.padEnd(13)}${number(value).padStart(12)}  ${words}`.trimEnd())
    .join("\n")
}

export const toJson = (
  { counted, refusals }: Totals,
  notices: ReadonlyArray<string>,
  tookMs: number,
  converted: ReadonlyArray<ConvertedFile>
) => ({
  records: counted.records,
  events: counted.events,
  late: counted.late,
  dead_letters: counted.deadLetters,
  refusals: refusals.counts,
  tombstones: counted.tombstones,
  rows: counted.rows,
  rows_written: counted.rowsWritten,
  rows_removed: counted.rowsRemoved,
  rows_left: counted.rowsLeft,
  moments: counted.moments,
  moments_written: counted.momentsWritten,
  moments_removed: counted.momentsRemoved,
  broadcasts: counted.broadcasts,
  broadcasts_written: counted.broadcastsWritten,
  broadcasts_removed: counted.broadcastsRemoved,
  refused_rows: counted.refusedRows,
  converted: converted.map(conversionJson),
  notices,
  seconds: tookMs / 1000
})
