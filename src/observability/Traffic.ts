/**
 * Judges whether data gets through: records of each topic and partition, and rows that PostgreSQL
 * accepts. It covers all members of the process.
 */
import type { InputAcceptance, LossExample } from "../domain/Acceptance.ts"
import { isAlmostNothing, Judgement, LEAST, type Share } from "./Judgement.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { counted } from "../domain/Wording.ts"
import type { Check } from "./MemberHealth.ts"

/** Consecutive rows that PostgreSQL must accept before earlier refusals are dropped. */
const ROWS_ACCEPTED = 100

/** The longest quote of PostgreSQL's message, in UTF-16 code units. */
const MAX_REFUSAL = 300

/** A change that the log reports once. */
export interface Change {
  readonly level: "warning" | "info"
  readonly line: string
}

/** One partition's records. */
interface Flow {
  readonly judgement: Judgement
  /** The first loss since almost nothing was accepted. */
  example: LossExample | undefined
}

const isHealthy = ({ judgement }: Flow): boolean => judgement.ratio !== undefined && !judgement.isBlocked

/** The partitions of a topic. Their sums are kept, so a flush does not depend on their number. */
class Flows {
  readonly #byPartition = new Map<number, Flow>()
  #total: Share = { records: 0, accepted: 0 }
  #healthy = 0

  get size(): number {
    return this.#byPartition.size
  }

  get total(): Share {
    return this.#total
  }

  /** Whether almost nothing counts over all partitions, and no partition is healthy. */
  get isBlocked(): boolean {
    return this.#total.records >= LEAST && isAlmostNothing(this.#total) && this.#healthy === 0
  }

  get(partition: number): Flow {
    const flow = this.#byPartition.get(partition) ?? { judgement: new Judgement(), example: undefined }
    this.#byPartition.set(partition, flow)
    return flow
  }

  entries(): ReadonlyArray<readonly [partition: number, flow: Flow]> {
    return [...this.#byPartition]
  }

  /** Adds records of a partition. Returns whether it became blocked or unblocked. */
  take(flow: Flow, part: Share): boolean {
    this.#count(flow, -1)
    const hasChanged = flow.judgement.take(part)
    this.#count(flow, 1)
    return hasChanged
  }

  delete(partition: number): void {
    const flow = this.#byPartition.get(partition)
    if (flow === undefined) return
    this.#count(flow, -1)
    this.#byPartition.delete(partition)
  }

  #count(flow: Flow, sign: 1 | -1): void {
    const { accepted, records } = flow.judgement.share
    this.#total = {
      records: this.#total.records + sign * records,
      accepted: this.#total.accepted + sign * accepted
    }
    if (isHealthy(flow)) this.#healthy += sign
  }
}

const blockedPartitions = (flows: Flows): ReadonlyArray<number> =>
  flows
    .entries()
    .filter(([, { judgement }]) => judgement.isBlocked)
    .map(([partition]) => partition)
    .toSorted((a, b) => a - b)

const describe = (what: string, topic: string, { accepted, records }: Share, example: LossExample | undefined) => {
  const amount = accepted === 0 ? "Nothing" : "Almost nothing"
  const counts = `${records - accepted} of the last ${records} records of ${what} do not count`
  if (example === undefined) return `${amount} gets through: ${counts}`
  const { cause, loss, offset, partition, path } = example
  const field = path === null ? "" : ` at ${path}`
  return `${amount} gets through: ${counts}. Likely cause: ${cause}. Example: ${partitionLabel({ topic, partition })} offset ${offset}, ${loss}${field}`
}

const describeTopic = (topic: string, flows: Flows): string =>
  describe(`topic ${topic}`, topic, flows.total, exampleIn(flows))

const exampleIn = (flows: Flows): LossExample | undefined =>
  flows
    .entries()
    .map(([, { example }]) => example)
    .find((example) => example !== undefined)

/**
 * A line for the first blocked partition of a topic and the number of others; `undefined` if none
 * is blocked.
 */
const describePartitions = (topic: string, flows: Flows): string | undefined => {
  const [first, ...others] = blockedPartitions(flows)
  if (first === undefined) return undefined
  const flow = flows.get(first)
  const more = others.length === 0 ? "" : ` (the same in ${counted(others.length, "more partition")})`
  return describe(`topic ${topic}, partition ${first}`, topic, flow.judgement.share, flow.example) + more
}

const withBytes = (line: string, example: LossExample | undefined): string =>
  example === undefined || example.firstBytes === "" ? line : `${line}, first bytes ${example.firstBytes}`

/** Rows since the first refused one. */
interface Refusal {
  readonly refused: number
  readonly rows: number
  readonly acceptedSince: number
  readonly example: string
}

const refusedRows = ({ example, refused, rows }: Refusal): string =>
  `PostgreSQL refused ${refused} of the last ${rows} rows, which are missing from the tables: ${example}`

export class Traffic {
  /** Keyed by topic. */
  readonly #topics = new Map<string, Flows>()
  readonly #rows = new Judgement()
  /** The rows since the first refused one; `undefined` if none is. */
  #refusal: Refusal | undefined

  /**
   * Records what a flush read. Returns changes to log: a blocked flow with its example, or its end.
   */
  read(inputs: ReadonlyArray<InputAcceptance>): ReadonlyArray<Change> {
    return inputs.flatMap((input) => this.#take(input) ?? [])
  }

  #take(input: InputAcceptance): Change | undefined {
    const { partition, topic } = input
    const flows = this.#flowsOf(topic)
    const flow = flows.get(partition)
    const wasTopicBlocked = flows.isBlocked
    if (!flow.judgement.isBlocked && !isAlmostNothing(input)) flow.example = undefined
    flow.example ??= input.example
    const hasChanged = flows.take(flow, input)
    if (hasChanged && !flow.judgement.isBlocked) flow.example = undefined
    const { isBlocked } = flows
    if (isBlocked && !wasTopicBlocked) {
      return { level: "warning", line: withBytes(describeTopic(topic, flows), exampleIn(flows)) }
    }
    if (wasTopicBlocked && !isBlocked) {
      const left = blockedPartitions(flows)
      const but =
        left.length === 0 ? "" : `, except those of ${counted(left.length, "partition")} (the first is ${left[0]})`
      return { level: "info", line: `Records of topic ${topic} are accepted again${but}` }
    }
    if (isBlocked || !hasChanged) return undefined
    const what = `topic ${topic}, partition ${partition}`
    return flow.judgement.isBlocked
      ? {
          level: "warning",
          line: withBytes(describe(what, topic, flow.judgement.share, flow.example), flow.example)
        }
      : { level: "info", line: `Records of ${what} are accepted again` }
  }

  #flowsOf(topic: string): Flows {
    const flows = this.#topics.get(topic) ?? new Flows()
    this.#topics.set(topic, flows)
    return flows
  }

  /**
   * Records the rows of a flush and how many PostgreSQL refused, with its message for the first.
   */
  wrote(rows: number, refused: number, refusal: string | undefined): ReadonlyArray<Change> {
    const all = Math.max(rows, refused)
    this.#rows.take({ records: all, accepted: all - refused })
    const before = this.#refusal
    if (refused > 0 && before === undefined) {
      const example = escapeControls(refusal ?? "see the log").slice(0, MAX_REFUSAL)
      this.#refusal = { refused, rows: all, acceptedSince: 0, example }
      return [{ level: "warning", line: refusedRows(this.#refusal) }]
    }
    if (before === undefined) return []
    this.#refusal = {
      ...before,
      refused: before.refused + refused,
      rows: before.rows + all,
      acceptedSince: refused > 0 ? 0 : before.acceptedSince + all
    }
    if (this.#refusal.acceptedSince < ROWS_ACCEPTED) return []
    this.#refusal = undefined
    return [{ level: "info", line: `PostgreSQL accepts all rows again: none of the last ${ROWS_ACCEPTED} was refused` }]
  }

  /** Drops a partition that this process no longer reads. */
  lost(topic: string, partition: number): void {
    const flows = this.#topics.get(topic)
    flows?.delete(partition)
    if (flows?.size === 0) this.#topics.delete(topic)
  }

  /** The checks that readiness depends on: one for each topic, and one for the rows. */
  checks(): ReadonlyArray<Check> {
    const ofTopics = [...this.#topics].map(([topic, flows]): Check => {
      const { accepted, records } = flows.total
      const ok = !flows.isBlocked
      return {
        name: `topic ${topic}: accepted`,
        ok,
        detail: ok ? `${accepted} of the last ${records} records count` : describeTopic(topic, flows)
      }
    })
    return this.#refusal !== undefined && this.#rows.isBlocked
      ? [...ofTopics, { name: "rows: written", ok: false, detail: refusedRows(this.#refusal) }]
      : ofTopics
  }

  /** Problems that leave the worker ready: single partitions, single rows. */
  notices(): ReadonlyArray<string> {
    const ofPartitions = [...this.#topics].flatMap(([topic, flows]) =>
      flows.isBlocked ? [] : (describePartitions(topic, flows) ?? [])
    )
    return this.#refusal === undefined || this.#rows.isBlocked
      ? ofPartitions
      : [...ofPartitions, refusedRows(this.#refusal)]
  }

  /**
   * Accepted share of the last records by topic, 0 to 1. Topics with too few records are left out.
   */
  ratios(): ReadonlyArray<{ readonly topic: string; readonly ratio: number }> {
    return [...this.#topics].flatMap(([topic, flows]) => {
      const { accepted, records } = flows.total
      return records < LEAST ? [] : [{ topic, ratio: accepted / records }]
    })
  }
}
