/**
 * Judges by the last records of a flow whether almost none of them count. A flow is blocked once at
 * most a tenth of its last 100 records count, with at least 10 records. It is unblocked once half
 * of the last 10 count. Time has no effect: a flow without records keeps its state.
 */
import { ALMOST_NOTHING } from "../domain/Acceptance.ts"
import { present } from "../domain/Invariant.ts"

/** Records of a flow, and how many of them count. */
export interface Share {
  readonly records: number
  readonly accepted: number
}

/** The number of records that decide. */
const JUDGED = 100
/** A flow of fewer records is not judged. */
export const LEAST = 10

const NOTHING: Share = { records: 0, accepted: 0 }

const add = (a: Share, b: Share): Share => ({ records: a.records + b.records, accepted: a.accepted + b.accepted })

/** Whether a share is almost nothing. */
export const isAlmostNothing = ({ accepted, records }: Share): boolean => accepted <= records * ALMOST_NOTHING

export class Judgement {
  /**
   * The newest parts, oldest first. All but the oldest together hold fewer than {@link JUDGED}
   * records.
   */
  #parts: Array<Share> = []
  /** The sum of the parts. */
  #judged = NOTHING
  /** The sum of the parts since the last one that was not almost nothing. */
  #run = NOTHING
  #isBlocked = false

  /** Whether almost nothing counts. */
  get isBlocked(): boolean {
    return this.#isBlocked
  }

  /** The records that decide, or all records since some last counted if those are more. */
  get share(): Share {
    return this.#run.records > this.#judged.records ? this.#run : this.#judged
  }

  /** The share that counts, 0 to 1; `undefined` for too few records. */
  get ratio(): number | undefined {
    const { accepted, records } = this.#judged
    return records < LEAST ? undefined : accepted / records
  }

  /** Adds records of the flow. Returns whether the flow became blocked or unblocked. */
  take(part: Share): boolean {
    if (part.records === 0) return false
    this.#run = isAlmostNothing(part) ? add(this.#run, part) : NOTHING
    this.#parts.push(part)
    this.#judged = add(this.#judged, part)
    this.#dropOldest()
    const was = this.#isBlocked
    if (was) {
      const newest = this.#newest()
      if (newest.records >= LEAST && newest.accepted * 2 >= newest.records) {
        this.#isBlocked = false
        this.#parts = [newest]
        this.#judged = newest
      }
    } else {
      this.#isBlocked = this.#judged.records >= LEAST && isAlmostNothing(this.#judged)
    }
    return was !== this.#isBlocked
  }

  /** Drops the parts without which the others still hold {@link JUDGED} records. */
  #dropOldest(): void {
    for (;;) {
      const { accepted, records } = present(this.#parts[0], "a part was added")
      if (this.#judged.records - records < JUDGED) return
      this.#judged = { records: this.#judged.records - records, accepted: this.#judged.accepted - accepted }
      this.#parts.shift()
    }
  }

  /** The sum of the newest parts that together reach {@link LEAST} records. */
  #newest(): Share {
    let sum = NOTHING
    for (let index = this.#parts.length - 1; index >= 0 && sum.records < LEAST; index--) {
      sum = add(sum, present(this.#parts[index], "the index lies inside the parts"))
    }
    return sum
  }
}
