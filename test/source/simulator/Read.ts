/** Reads the records of a simulated platform. */
import type { InputKind } from "../../../src/domain/Task.ts"
import type { SimulatedRecord, Simulator } from "../../../src/source/simulator/Simulator.ts"

/** The records whose log time is from `fromMs` (closed) to `toMs` (open), both whole seconds. */
export const records = (
  simulator: Simulator,
  kind: InputKind,
  partition: number,
  fromMs: number,
  toMs: number
): ReadonlyArray<SimulatedRecord> => {
  const { originMs, perSecond } = simulator.pace(kind)
  const first = ((fromMs - originMs) / 1000) * perSecond
  const length = ((toMs - fromMs) / 1000) * perSecond
  return Array.from({ length }, (_, i) => simulator.recordAt(kind, partition, BigInt(first + i)))
}

/** An event as a trusting reader takes it. */
export interface Read {
  readonly record: SimulatedRecord
  readonly stream: string
  readonly timeMs: number
  readonly user: string
  readonly text: string
  readonly emotes: ReadonlyArray<string>
  readonly viewers: number
}

const parseTime = (time: unknown): number => {
  if (typeof time === "number") return time
  const text = String(time)
  return Date.parse(text.includes(" ") ? `${text.replace(" ", "T")}Z` : text)
}

const decoder = new TextDecoder("utf-8", { fatal: true })

/**
 * The event of a record as a reader who trusts it would have it; `undefined` where it is no event.
 */
const parse = (record: SimulatedRecord): Read | undefined => {
  if (record.value === null) return undefined
  let json
  try {
    json = JSON.parse(decoder.decode(record.value))
  } catch {
    return undefined
  }
  const stream = json.stream_id ?? json.channel
  const timeMs = parseTime(json.timestamp)
  const emotes = json.emotes ?? []
  if (typeof stream !== "string" || !(timeMs > 0) || !Array.isArray(emotes)) return undefined
  const user = String(json.user_id ?? json.username ?? "")
  const viewers = json.viewer_count
  if ("message" in json ? user === "" : !(Number.isInteger(viewers) && viewers >= 0)) return undefined
  return { record, stream, timeMs, user, text: String(json.message), emotes, viewers }
}

export const events = (all: ReadonlyArray<SimulatedRecord>): ReadonlyArray<Read> =>
  all.map(parse).filter((event) => event !== undefined)
