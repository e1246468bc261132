/** The work of a run, its findings, and whether it proves anything. */
import type { FaultKind } from "./Plan.ts"
import type { UnexpectedExit } from "./Supervisor.ts"

/** Milliseconds. */
export interface Spread {
  readonly count: number
  readonly median: number
  readonly mean: number
  readonly greatest: number
}

export interface Report {
  readonly minutes: number
  readonly seed: number
  /** WORKERS of each process. */
  readonly workers: ReadonlyArray<number>
  /** Those that struck: a fault that found no victim did not. */
  readonly faults: Readonly<Record<FaultKind, number>>
  /** The freezes that held a transaction open. */
  readonly freezesInTransaction: number
  readonly terminatedBackends: number
  readonly rebalances: number
  readonly fencedCommits: number
  /** Changes of owner, first ones included. */
  readonly takeovers: number
  readonly events: number
  /**
   * Requests of the producer that failed and were written again: the log may contain records twice.
   */
  readonly producerFailures: number
  readonly rowsCompared: number
  readonly moments: number
  readonly deadLetters: number
  /** Records of windows and moments in their topics, repetitions included. */
  readonly publishedResults: number
  /** Notifications that a receiver accepted, each once; of all receivers. */
  readonly notifications: number
  /** Accepted again, under the same id. */
  readonly repeatedNotifications: number
  /** Requests that a receiver did not accept. */
  readonly refusedNotifications: number
  readonly differences: ReadonlyArray<string>
  readonly unexpectedExits: ReadonlyArray<UnexpectedExit>
  /** From a fault to the next commit of every task that it hit. */
  readonly recoveryMs: Readonly<Partial<Record<FaultKind, Spread>>>
  /** Faults after which a task did not commit within the patience. */
  readonly notRecovered: ReadonlyArray<string>
  readonly meanTimeBetweenKillsMs: number
  /** Warnings and errors of the workers, most frequent first. */
  readonly complaints: ReadonlyArray<string>
  /** Why the run proves too little; empty = it counts. */
  readonly tooFew: ReadonlyArray<string>
}

export const spreadOf = (values: ReadonlyArray<number>): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    count: sorted.length,
    median: sorted[Math.floor(sorted.length / 2)] ?? 0,
    mean: Math.round(sorted.reduce((sum, value) => sum + value, 0) / Math.max(1, sorted.length)),
    greatest: sorted.at(-1) ?? 0
  }
}

/** The minimum of faults and recoveries in a run of this length that counts. */
const minimums = (minutes: number) => {
  const scaled = (perTenMinutes: number, least: number) => Math.max(least, Math.floor((perTenMinutes * minutes) / 10))
  return {
    kills: scaled(15, 2),
    rebalances: scaled(20, 2),
    "PostgreSQL restarts": scaled(3, 1),
    freezes: 1,
    "broker restarts": minutes < 10 ? 0 : 1,
    "fenced commits": minutes < 10 ? 0 : 1
  }
}

type Seen = Pick<Report, "minutes" | "faults" | "rebalances" | "fencedCommits">

export const tooFewOf = ({ faults, fencedCommits, minutes, rebalances }: Seen): ReadonlyArray<string> => {
  const seen: Readonly<Record<keyof ReturnType<typeof minimums>, number>> = {
    kills: faults.kill,
    rebalances,
    "PostgreSQL restarts": faults.postgres,
    freezes: faults.freeze,
    "broker restarts": faults.broker,
    "fenced commits": fencedCommits
  }
  return Object.entries(minimums(minutes)).flatMap(([what, least]) => {
    // The keys of one are those of the other.
    const count = seen[what as keyof typeof seen]
    return count < least ? [`${count} ${what}, at least ${least} are needed`] : []
  })
}

/** Whether everything was as it should be. */
export const isGood = (report: Report): boolean =>
  report.differences.length === 0 &&
  report.unexpectedExits.length === 0 &&
  report.notRecovered.length === 0 &&
  report.tooFew.length === 0

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

const line = (name: string, value: number | string): string => `  ${name.padEnd(22)}${value.toLocaleString("en")}`

const list = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((text) => `  ${text}`)]

/** For people. */
export const describe = (report: Report): string => {
  const { faults } = report
  return [
    `Chaos for ${report.minutes} minutes, seed ${report.seed}, WORKERS ${report.workers.join(", ")}`,
    line("kills", faults.kill),
    line("terms", faults.term),
    line("freezes", `${faults.freeze}, ${report.freezesInTransaction} of them inside a transaction`),
    line("broker restarts", faults.broker),
    line("PostgreSQL restarts", faults.postgres),
    line("terminated backends", `${report.terminatedBackends} in ${faults.terminate} strikes`),
    line("rebalances", report.rebalances),
    line("fenced commits", report.fencedCommits),
    line("takeovers", report.takeovers),
    line("producer failures", report.producerFailures),
    line("events in the log", report.events),
    line("rows compared", report.rowsCompared),
    line("moments", report.moments),
    line("dead letters", report.deadLetters),
    line("published results", report.publishedResults),
    line(
      "notifications",
      `${report.notifications}, ${report.repeatedNotifications} of them repeated; ${report.refusedNotifications} requests refused`
    ),
    line("between kills", seconds(report.meanTimeBetweenKillsMs)),
    "From a fault to the next commit of every task it hit:",
    ...Object.entries(report.recoveryMs).map(([kind, { greatest, mean, median }]) =>
      line(kind, `median ${seconds(median)}, mean ${seconds(mean)}, at most ${seconds(greatest)}`)
    ),
    ...list("Complaints of the workers", report.complaints),
    ...list("Not recovered", report.notRecovered),
    ...list(
      "Unexpected exits",
      report.unexpectedExits.flatMap(({ requested, code, lastLines, pid, slot }) => [
        `process ${pid} in place ${slot} ended with ${code}, requested: ${requested}; its last lines:`,
        ...lastLines.map((text) => `  ${text}`)
      ])
    ),
    ...list("Differences", report.differences),
    report.tooFew.length === 0 ? "The run counts" : `The run does not count: ${report.tooFew.join("; ")}`,
    `${isGood(report) ? "PASSED" : "FAILED"}: ${report.differences.length} differences, ${report.unexpectedExits.length} unexpected exits`
  ].join("\n")
}
