/**
 * Whether what is read gets through: records of each topic and partition, and rows that PostgreSQL takes. Judged over all members of the process.
 */
import type { InputAcceptance, LossExample } from "../domain/Acceptance.ts"
import { isAlmostNothing, Judgement, LEAST, type Share } from "./Judgement.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { counted } from "../domain/Wording.ts"
import type { Check } from "./MemberHealth.ts"

/** Rows in succession that PostgreSQL must take before refused ones are history. */
const ROWS_TAKEN = 100

/** The longest quotation of PostgreSQL's message, in UTF-16 code units. */
const MAX_REFUSAL = 300

/** A change that the log reports once. */
export interface Change {
  readonly level: "warning" | "info"
  readonly line: string
}

/** One partition's records. */
interface Flow {
  readonly judgement: Judgement
  /** The first one since hardly anything has been accepted. */
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

const isWell = ({ judgement }: Flow): boolean => judgement.ratio !== undefined && !judgement.isBlocked

/** Whether hardly anything gets through in all partitions together, and none of them is judged to be well. */
const isTopicBlocked = (flows: Flows): boolean => {
  const share = total(flows)
  return share.records >= LEAST && isAlmostNothing(share) && ![...flows.values()].some(isWell)
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

/** A line for the first blocked partition of a topic, with the number of the others; `undefined` = none is. */
const describePartitions = (topic: string, flows: Flows): string | undefined => {
  const [first, ...others] = blockedPartitions(flows)
  const flow = first === undefined ? undefined : flows.get(first)
  if (flow === undefined) return undefined
  const more = others.length === 0 ? "" : ` (the same in ${others.length} more partitions)`
  return describe(`topic ${topic}, partition ${first}`, topic, flow.judgement.share, flow.example) + more
}

const withBytes = (line: string, example: LossExample | undefined): string =>
  example === undefined || example.firstBytes === "" ? line : `${line}, first bytes ${example.firstBytes}`

export class Traffic {
  /** By topic, then by partition. */
  readonly #topics = new Map<string, Map<number, Flow>>()
  readonly #rows = new Judgement()
  /** The rows since the first refused one, if there is any. */
  #refusal: { refused: number; rows: number; takenSince: number; readonly example: string } | undefined

  /** Takes what a flush read. Returns what the log reports: an opened judgement with its example, or its end. */
  read(inputs: ReadonlyArray<InputAcceptance>): ReadonlyArray<Change> {
    return inputs.flatMap((input) => this.#take(input) ?? [])
  }

  #take(input: InputAcceptance): Change | undefined {
    const { partition, topic } = input
    const flows = this.#topics.get(topic) ?? new Map<number, Flow>()
    this.#topics.set(topic, flows)
    const flow = flows.get(partition) ?? { judgement: new Judgement(), example: undefined }
    flows.set(partition, flow)
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

  /** Takes how many rows a flush held, and how many of them PostgreSQL refused, with its message for the first. */
  wrote(rows: number, refused: number, refusal: string | undefined): ReadonlyArray<Change> {
    const all = Math.max(rows, refused)
    this.#rows.take({ records: all, accepted: all - refused })
    const before = this.#refusal
    if (refused > 0) {
      const example = escapeControls(refusal ?? "see the log").slice(0, MAX_REFUSAL)
      this.#refusal = {
        refused: (before?.refused ?? 0) + refused,
        rows: (before?.rows ?? 0) + all,
        takenSince: 0,
        example: before?.example ?? example
      }
      return before === undefined ? [{ level: "warning", line: this.#refusedRows() ?? "" }] : []
    }
    if (before === undefined) return []
    this.#refusal = { ...before, rows: before.rows + all, takenSince: before.takenSince + all }
    if (this.#refusal.takenSince < ROWS_TAKEN) return []
    this.#refusal = undefined
    return [{ level: "info", line: `PostgreSQL accepts all rows again: none of the last ${ROWS_TAKEN} was refused` }]
  }

  #refusedRows(): string | undefined {
    if (this.#refusal === undefined) return undefined
    const { example, refused, rows } = this.#refusal
    return `PostgreSQL refused ${refused} of the last ${rows} rows, which are missing from the tables: ${example}`
  }

  /** Forgets a partition that this process no longer reads. */
  lost(topic: string, partition: number): void {
    const flows = this.#topics.get(topic)
    flows?.delete(partition)
    if (flows?.size === 0) this.#topics.delete(topic)
  }

  /** On which readiness depends: each topic, and the rows. */
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
    const refused = this.#refusedRows()
    return refused !== undefined && this.#rows.isBlocked
      ? [...ofTopics, { name: "rows: written", ok: false, detail: refused }]
      : ofTopics
  }

  /** Problems beyond the failed checks, which leave the worker ready: single partitions, single rows. */
  notices(): ReadonlyArray<string> {
    const ofPartitions = [...this.#topics].flatMap(([topic, flows]) =>
      isTopicBlocked(flows) ? [] : (describePartitions(topic, flows) ?? [])
    )
    const refused = this.#rows.isBlocked ? undefined : this.#refusedRows()
    return refused === undefined ? ofPartitions : [...ofPartitions, refused]
  }

  /** Accepted share of the last records by topic, 0 to 1. Topics with too few records are left out. */
  ratios(): ReadonlyArray<{ readonly topic: string; readonly ratio: number }> {
    return [...this.#topics].flatMap(([topic, flows]) => {
      const { accepted, records } = total(flows)
      return records < LEAST ? [] : [{ topic, ratio: accepted / records }]
    })
  }
}
