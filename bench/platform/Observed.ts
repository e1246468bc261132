/** The result of a run from what was observed, with the comparison of tables and load. */
import { count } from "./Count.ts"
import { delaysOf } from "./Delays.ts"
import type { Produced } from "./ProducerMessages.ts"
import type { Case, Percentiles, Result, Sample } from "./Results.ts"
import type { Commit, Room, Standing } from "./Tables.ts"
import type { Variant } from "./Variant.ts"
import type { Spent } from "./Watch.ts"

export interface Measured {
  readonly result: Result
  /** Only in real time: from the end of a window to the commit of its rows, over all rows. */
  readonly agesMs: Percentiles
}

/** Observations of a run until its last windows had closed. */
export interface Observed {
  /** Log time of the first record. */
  readonly originMs: number
  readonly startedMs: number
  readonly produced: Produced
  /** When everything was read. */
  readonly read: Standing
  readonly cpu: Spent
  readonly peakMemoryMiB: number
  readonly samples: ReadonlyArray<Sample>
  readonly wal: number
  /** The worker's metrics, as its last scrape. */
  readonly metrics: string
  readonly commits: ReadonlyArray<Commit>
  readonly room: Room
}

/** The sum of a counter over its labels. */
const counterOf = (metrics: string, name: string): number =>
  [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "gm"))].reduce(
    (sum, [, value]) => sum + Number(value),
    0
  )

/** Compares the tables and the counters with the load. */
const recount = (
  { minutes, streams }: Case,
  variant: Variant,
  { commits, metrics, originMs, produced }: Observed
): Result["counted"] => {
  const span = { streams, fromMs: originMs, toMs: originMs + minutes * 60_000 }
  const counted = count(commits, produced, variant, span)
  const late = counterOf(metrics, "telemetra_late_events_total") + counterOf(metrics, "telemetra_late_chat_pairs_total")
  const deadLetters = counterOf(metrics, "telemetra_dead_letters_total")
  const isAllCounted = counterOf(metrics, "telemetra_events_total") === produced.chats + produced.viewers
  return {
    ...counted,
    late,
    deadLetters,
    differences: [
      ...counted.differences,
      ...(isAllCounted ? [] : ["not every record was counted as an event"]),
      ...(late === 0 ? [] : [`${late} late events, or late for one of their windows`]),
      ...(deadLetters === 0 ? [] : [`${deadLetters} dead letters`])
    ]
  }
}

const rowsOf = (commits: ReadonlyArray<Commit>): number => commits.reduce((sum, { rows }) => sum + rows, 0)

export const measuredOf = (
  given: Case,
  variant: Variant,
  { command, machine }: Pick<Result, "command" | "machine">,
  observed: Observed
): Measured => {
  const { commits, cpu, peakMemoryMiB, produced, read, room, samples, startedMs, wal } = observed
  const { chats, cpuSeconds, crossings, mostDelayMs, seconds, viewers } = produced
  const { ages, all, boundaries } = delaysOf(commits, crossings)
  const result: Result = {
    case: given,
    at: new Date(startedMs).toISOString().slice(0, 10),
    command,
    machine,
    produced: { chats, viewers, seconds, cpuSeconds, mostDelayMs },
    seconds: (read.lastCommitMs - startedMs) / 1000,
    cpu,
    rows: rowsOf(commits.filter(({ committedMs }) => committedMs <= read.lastCommitMs)),
    flushes: read.flushes,
    peakMemoryMiB,
    samples,
    boundaries: given.mode === "live" ? boundaries : [],
    delaysMs: given.mode === "live" ? all : null,
    room: { rows: rowsOf(commits), table: room.total, indexes: room.indexes, wal },
    counted: recount(given, variant, observed)
  }
  return { result, agesMs: ages }
}
