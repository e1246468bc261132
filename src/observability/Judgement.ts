/**
 * Whether hardly anything of a flow gets through, by its last records. It opens once at most a tenth of the last 100 records (10 at least) count, and ends once half of the last 10
 * count. Only records decide, not time: a flow that stops stays as it was judged.
 */
import { ALMOST_NOTHING } from "../domain/Acceptance.ts"

/** Records of the flow, and those of them that count. */
export interface Share {
  readonly records: number
  readonly accepted: number
}

/** Records by which a flow is judged. */
const JUDGED = 100
/** A flow of fewer records is not judged. */
export const LEAST = 10

const NOTHING: Share = { records: 0, accepted: 0 }

const add = (a: Share, b: Share): Share => ({ records: a.records + b.records, accepted: a.accepted + b.accepted })

/** Whether a share is almost nothing. */
export const isAlmostNothing = ({ accepted, records }: Share): boolean => accepted <= records * ALMOST_NOTHING

export class Judgement {
  /** The newest parts that hold {@link JUDGED} records, at most that many; the oldest first. */
  #parts: Array<Share> = []
  /** Everything since the last part of which more than almost nothing counted. */
  #run = NOTHING
  #isBlocked = false

  /** Whether hardly anything gets through. */
  get isBlocked(): boolean {
    return this.#isBlocked
  }

  /** What it is judged by, or all since the last time that records counted, if that is more. */
  get share(): Share {
    const judged = this.#last(JUDGED)
    return this.#run.records > judged.records ? this.#run : judged
  }

  /** The judged share, 0 to 1; `undefined` for too few records. */
  get ratio(): number | undefined {
    const { accepted, records } = this.#last(JUDGED)
    return records < LEAST ? undefined : accepted / records
  }

  /** Takes more records of the flow. Returns whether the judgement has changed. */
  take(part: Share): boolean {
    if (part.records === 0) return false
    this.#run = isAlmostNothing(part) ? add(this.#run, part) : NOTHING
    this.#parts.push(part)
    while (this.#last(JUDGED, 1).records >= JUDGED) this.#parts.shift()
    const was = this.#isBlocked
    if (was) {
      const { accepted, records } = this.#last(LEAST)
      if (records >= LEAST && accepted * 2 >= records) {
        this.#isBlocked = false
        this.#parts = [{ accepted, records }]
      }
    } else {
      const judged = this.#last(JUDGED)
      this.#isBlocked = judged.records >= LEAST && isAlmostNothing(judged)
    }
    return was !== this.#isBlocked
  }

  /** The sum of the newest parts, up to the one that completes `least` records, without the `oldest` parts. */
  #last(least: number, oldest = 0): Share {
    let sum = NOTHING
    for (let index = this.#parts.length - 1; index >= oldest && sum.records < least; index--) {
      sum = add(sum, this.#parts[index] ?? NOTHING)
    }
    return sum
  }
}
