/** The results of a benchmark: every run, and their medians. */
import { Schema } from "effect"
import { LoadSettings } from "./Load.ts"
import { type Spread, spreadOf } from "./report/Spread.ts"

const Rows = Schema.Struct({
  expected: Schema.Int,
  missing: Schema.Int,
  unexpected: Schema.Int,
  different: Schema.Int,
  example: Schema.optional(Schema.String)
})

/** Whether a run wrote the expected rows. */
export const isEqual = ({ different, missing, unexpected }: typeof Rows.Type): boolean =>
  missing === 0 && unexpected === 0 && different === 0

export const Run = Schema.Struct({
  system: Schema.String,
  round: Schema.Int,
  /** From the first records that the broker sent to the last commit. */
  seconds: Schema.Finite,
  /** From the start of the process to its end. */
  wallSeconds: Schema.Finite,
  startToFetchSeconds: Schema.Finite,
  /** From the start of the process to the commit of its first row. */
  startToRowSeconds: Schema.NullOr(Schema.Finite),
  cpuSeconds: Schema.Finite,
  brokerCpuSeconds: Schema.Finite,
  postgresCpuSeconds: Schema.Finite,
  otherCpuSeconds: Schema.Finite,
  stolenCpuSeconds: Schema.Finite,
  peakMemoryMiB: Schema.Finite,
  rows: Schema.NullOr(Rows)
})
export type Run = typeof Run.Type

export const Results = Schema.Struct({
  at: Schema.String,
  command: Schema.String,
  rounds: Schema.Int,
  records: Schema.Int,
  rows: Schema.Int,
  load: LoadSettings,
  /** Names and values, in the order of the report. */
  machine: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  systems: Schema.Array(
    Schema.Struct({
      id: Schema.String,
      kind: Schema.Literals(["ours", "peer", "limit"]),
      name: Schema.String,
      settings: Schema.String,
      without: Schema.String,
      /** The reason if it could not run. */
      unavailable: Schema.optional(Schema.String)
    })
  ),
  runs: Schema.Array(Run),
  /** Runs that failed. */
  failures: Schema.Array(Schema.Struct({ system: Schema.String, round: Schema.Int, why: Schema.String }))
})
export type Results = typeof Results.Type

/** The figures of each system that ran, each over all rounds. */
export const summarize = (results: Results) =>
  results.systems.flatMap(({ id, kind, name }) => {
    const runs = results.runs.filter(({ system }) => system === id)
    if (runs.length === 0) return []
    const millions = results.records / 1e6
    const of = (value: (run: Run) => number): Spread => spreadOf(runs.map(value))
    const writes = runs.some(({ rows }) => rows !== null)
    return [
      {
        id,
        kind,
        name,
        eventsPerSecond: of(({ seconds }) => results.records / seconds),
        cpuPerMillion: of(({ cpuSeconds }) => cpuSeconds / millions),
        brokerCpuPerMillion: of(({ brokerCpuSeconds }) => brokerCpuSeconds / millions),
        postgresCpuPerMillion: of(({ postgresCpuSeconds }) => postgresCpuSeconds / millions),
        peakMemoryMiB: of(({ peakMemoryMiB }) => peakMemoryMiB),
        wallSeconds: of(({ wallSeconds }) => wallSeconds),
        startToFetchSeconds: of(({ startToFetchSeconds }) => startToFetchSeconds),
        startToRowSeconds: writes ? of(({ startToRowSeconds }) => startToRowSeconds ?? Number.NaN) : undefined,
        equal: writes ? runs.every(({ rows }) => rows !== null && isEqual(rows)) : undefined
      }
    ]
  })

export type Summary = ReturnType<typeof summarize>[number]

/** The ratio of a system's run to the run of another in the same round, over all rounds. */
export const ratiosTo = (
  { runs }: Results,
  reference: string,
  id: string,
  ratio: (own: Run, other: Run) => number
): Spread =>
  spreadOf(
    runs
      .filter(({ system }) => system === id)
      .flatMap((own) => {
        const other = runs.find(({ round, system }) => system === reference && round === own.round)
        return other === undefined ? [] : [ratio(own, other)]
      })
  )
