/** The totals of a replay, for its progress and its summary. */
import type { Flush } from "../domain/Flush.ts"
import type { Repair } from "../sink/Repair.ts"
import type { RepairOutcome } from "../sink/RepairTables.ts"
import type { Swept } from "../sink/Sweep.ts"
import type { Plan } from "./Plan.ts"
import { Refusals } from "./Refusals.ts"

/** Sums over all tasks. */
export interface Counted {
  records: number
  /** Counted in at least one window, which may lie outside the range. */
  events: number
  /** Late for all their windows; of a range also what comes before it. */
  late: number
  deadLetters: number
  tombstones: number
  /** Windows inside the range, and how many of them were new or other than before. */
  rows: number
  rowsWritten: number
  /** Rows that the replay did not compute: deleted, or left. */
  rowsRemoved: number
  rowsLeft: number
  moments: number
  momentsWritten: number
  momentsRemoved: number
  /** Broadcasts that begin and end inside the range. */
  broadcasts: number
  broadcastsWritten: number
  broadcastsRemoved: number
  refusedRows: number
}

/** How much of a plan has been read, from 0 to 1. */
const fractionOf = ({ likelyEnds, stretch }: Plan, { checkpoint }: Flush): number => {
  let all = 0
  let done = 0
  for (const [input, start] of stretch.starts.entries()) {
    const length = Math.max(0, Number((likelyEnds[input] ?? start) - start))
    all += length
    done += Math.max(0, Math.min(length, Number((checkpoint.inputs[input]?.nextOffset ?? start) - start)))
  }
  return all === 0 ? 1 : done / all
}

export class Totals {
  readonly #plans: ReadonlyArray<Plan>
  readonly #fractions = new Map<number, number>()
  /** The dead letters, by reason and field. */
  readonly refusals = new Refusals()
  readonly counted: Counted = {
    records: 0,
    events: 0,
    late: 0,
    deadLetters: 0,
    tombstones: 0,
    rows: 0,
    rowsWritten: 0,
    rowsRemoved: 0,
    rowsLeft: 0,
    moments: 0,
    momentsWritten: 0,
    momentsRemoved: 0,
    broadcasts: 0,
    broadcastsWritten: 0,
    broadcastsRemoved: 0,
    refusedRows: 0
  }

  constructor(plans: ReadonlyArray<Plan>) {
    this.#plans = plans
  }

  /** From 0 to 1. */
  get fraction(): number {
    const sum = [...this.#fractions.values()].reduce((done, fraction) => done + fraction, 0)
    return this.#plans.length === 0 ? 1 : sum / this.#plans.length
  }

  committed(plan: Plan, flush: Flush): void {
    const { counted } = this
    const { deadLetters, events, late, records, tombstones } = flush.status
    counted.records += records
    counted.events += events
    counted.late += late
    counted.deadLetters += deadLetters
    counted.tombstones += tombstones
    for (const letter of flush.deadLetters) this.refusals.add(letter)
    this.#fractions.set(plan.start.sourcePartition, fractionOf(plan, flush))
  }

  repaired(repair: Repair, outcome: RepairOutcome, swept: Swept): void {
    const { counted } = this
    counted.rows += repair.rows.length
    counted.rowsWritten += outcome.rowsWritten
    counted.moments += repair.moments.length
    counted.momentsWritten += outcome.momentsWritten
    counted.momentsRemoved += outcome.momentsRemoved + swept.momentsRemoved
    counted.broadcasts += repair.broadcasts.length
    counted.broadcastsWritten += outcome.broadcastsWritten
    counted.broadcastsRemoved += outcome.broadcastsRemoved + swept.broadcastsRemoved
    counted.rowsRemoved += swept.rowsRemoved
    counted.rowsLeft += swept.rowsLeft
    counted.refusedRows += outcome.refusedRows
  }
}
