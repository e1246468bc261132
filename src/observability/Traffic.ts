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

type Flows = ReadonlyMap<number, Flow>

const total = (flows: Flows): Share =>
  [...flows.values()].reduce(
    (sum, { judgement: { share } }) => ({
      records: sum.records + share.records,
      accepted: sum.accepted + share.accepted
    }),
    { records: 0, accepted: 0 }
  )

const isHealthy = ({ judgement }: Flow): boolean => judgement.ratio !== undefined && !judgement.isBlocked

/** Whether almost nothing counts over all partitions, and no partition is healthy. */
const isTopicBlocked = (flows: Flows): boolean => {
  const share = total(flows)
  return share.records >= LEAST && isAlmostNothing(share) && ![...flows.values()].some(isHealthy)
}

const blockedPartitions = (flows: Flows): ReadonlyArray<number> =>
  [...flows]
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
  describe(`topic ${topic}`, topic, total(flows), exampleIn(flows))

const exampleIn = (flows: Flows): LossExample | undefined =>
  [...flows.values()].map(({ example }) => example).find((example) => example !== undefined)

/**
 * A line for the first blocked partition of a topic and the number of others; `undefined` if none
 * is blocked.
 */
const describePartitions = (topic: string, flows: Flows): string | undefined => {
  const [first, ...others] = blockedPartitions(flows)
  const flow = first === undefined ? undefined : flows.get(first)
  if (flow === undefined) return undefined
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
  /** Keyed by topic, then by partition. */
  readonly #topics = new Map<string, Map<number, Flow>>()
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
    const { flow, flows } = this.#flowOf(topic, partition)
    const wasTopicBlocked = isTopicBlocked(flows)
    if (!flow.judgement.isBlocked && !isAlmostNothing(input)) flow.example = undefined
    flow.example ??= input.example
    const hasChanged = flow.judgement.take(input)
    if (hasChanged && !flow.judgement.isBlocked) flow.example = undefined
    const isBlocked = isTopicBlocked(flows)
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

  #flowOf(topic: string, partition: number) {
    const flows = this.#topics.get(topic) ?? new Map<number, Flow>()
    this.#topics.set(topic, flows)
    const flow = flows.get(partition) ?? { judgement: new Judgement(), example: undefined }
    flows.set(partition, flow)
    return { flow, flows }
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
      const { accepted, records } = total(flows)
      const ok = !isTopicBlocked(flows)
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
      isTopicBlocked(flows) ? [] : (describePartitions(topic, flows) ?? [])
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
      const { accepted, records } = total(flows)
      return records < LEAST ? [] : [{ topic, ratio: accepted / records }]
    })
  }
}
