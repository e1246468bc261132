/** What the contenders of a purpose took, as a section of a document. */
import type { Measured } from "../platform/Measure.ts"
import { number, perMillion, records, table, whereAndWhen } from "../platform/Report.ts"
import { seconds } from "../recovery/Spread.ts"
import type { Contender, Purpose } from "./Settings.ts"

export interface Contended extends Measured {
  readonly contender: Contender
}

type Column = readonly [string, (one: Contended) => string]

const COSTS: ReadonlyArray<Column> = [
  ["worker's CPU s per million records", ({ result }) => perMillion(result.cpu.worker, result)],
  ["PostgreSQL's", ({ result }) => perMillion(result.cpu.postgres, result)],
  ["rows", ({ result }) => number(result.room.rows)],
  ["peak memory, MiB", ({ result }) => number(result.peakMemoryMiB)]
]

const COLUMNS: Readonly<Record<Purpose["mode"], ReadonlyArray<Column>>> = {
  full: [
    ["records/s", ({ result }) => number(records(result) / result.seconds)],
    ...COSTS,
    ["MiB of tables", ({ result }) => number(result.room.table / 2 ** 20)],
    ["MiB of write-ahead log", ({ result }) => number(result.room.wal / 2 ** 20)]
  ],
  live: [
    ["end of a window to its rows, p50", ({ agesMs }) => seconds(agesMs.p50)],
    ["p99", ({ agesMs }) => seconds(agesMs.p99)],
    ["event to the next window's end, at most", ({ contender }) => seconds(contender.variant.slideMs)],
    ["late", ({ result }) => number(result.counted.late)],
    ...COSTS
  ]
}

export const figures = ({ minutes, mode, name }: Purpose, contenders: ReadonlyArray<Contended>): string => {
  const columns = COLUMNS[mode]
  const [first] = contenders
  const { messagesPerSecond = Number.NaN, streams = Number.NaN } = first?.result.case ?? {}
  return [
    `${number(streams)} streams, ${number(messagesPerSecond)} messages/s, ${minutes} minutes, ${mode === "full" ? "all of it in the log beforehand" : "in real time"}; nothing lost in any row (\`npm run bench:settings -- --only '${name}'\`, ${whereAndWhen(contenders.map(({ result }) => result))}):`,
    "",
    table(
      ["", ...columns.map(([head]) => head)],
      contenders.map((one) => [one.contender.name, ...columns.map(([, cell]) => cell(one))])
    )
  ].join("\n")
}
