/** Rejected records by reason and field, with the first one as an example. */
import { isUtf8 } from "node:buffer"
import type { DeadLetter, DeadLetterReason } from "../domain/DeadLetter.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { cut } from "../terminal/Output.ts"
import { number } from "../domain/Wording.ts"

export interface RefusalCount {
  readonly reason: DeadLetterReason
  /** The field as the records spell it; `null` if no field is to blame. */
  readonly path: string | null
  readonly records: number
}

type Refused = Pick<DeadLetter, "topic" | "partition" | "offset" | "reason" | "path" | "payload">

/** The most reasons that {@link Refusals.lines} lists. */
const MOST_LISTED = 10
/** The limits of an example's payload: bytes, then columns of a terminal. */
const EXAMPLE_BYTES = 400
const EXAMPLE_COLUMNS = 120

const nameOf = ({ path, reason }: Pick<Refused, "reason" | "path">): string =>
  path === null ? reason : `${reason}, field ${escapeControls(path)}`

/** Text without what acts on a terminal; hexadecimal if it is not UTF-8. */
const excerptOf = (payload: Uint8Array): string => {
  const bytes = Buffer.from(payload.subarray(0, EXAMPLE_BYTES))
  // An excerpt may end within a character.
  const isText = [0, 1, 2, 3].some((missing) => isUtf8(bytes.subarray(0, bytes.length - missing)))
  return cut(escapeControls(isText ? bytes.toString("utf8") : `hex ${bytes.toString("hex")}`), EXAMPLE_COLUMNS)
}

export class Refusals {
  readonly #counts = new Map<string, { -readonly [K in keyof RefusalCount]: RefusalCount[K] }>()
  #first: Refused | undefined
  #total = 0

  add(refused: Refused): void {
    this.#first ??= refused
    this.#total++
    const { path, reason } = refused
    const key = nameOf(refused)
    const count = this.#counts.get(key)
    if (count === undefined) this.#counts.set(key, { reason, path, records: 1 })
    else count.records++
  }

  get total(): number {
    return this.#total
  }

  /** The most frequent first. */
  get counts(): ReadonlyArray<RefusalCount> {
    return [...this.#counts.values()].toSorted((a, b) => b.records - a.records)
  }

  /**
   * The counts, then the first example, as lines for people. `isOfFiles`: offsets are lines. Names
   * and payloads can't act on a terminal.
   */
  lines(isOfFiles: boolean): ReadonlyArray<string> {
    const { counts } = this
    const listed = counts
      .slice(0, MOST_LISTED)
      .map((count) => `${number(count.records).padStart(12)}  ${nameOf(count)}`)
    const others =
      counts.length > MOST_LISTED ? [`${" ".repeat(14)}and ${counts.length - MOST_LISTED} more reasons`] : []
    if (this.#first === undefined) return listed
    const { offset, payload, topic } = this.#first
    const place = isOfFiles ? `line ${offset + 1n} of ${topic}` : `${partitionLabel(this.#first)}, offset ${offset}`
    return [
      ...listed,
      ...others,
      `The first one: ${escapeControls(place)}: ${nameOf(this.#first)}: ${excerptOf(payload)}`
    ]
  }
}
