/** Draws the batches of a seed. */
import type { FieldMap } from "../../../src/domain/FieldMap.ts"
import type { ReadSettings } from "../../../src/domain/Settings.ts"
import type { InputKind } from "../../../src/domain/Task.ts"
import { BaselineModel } from "../../../src/sentiment/BaselineModel.ts"
import { ChatModel } from "../../../src/sentiment/ChatModel.ts"
import type { Random } from "../../harness/Random.ts"
import type { Case, CaseRecord } from "./Case.ts"
import { changed } from "./Damage.ts"
import { mapsOf } from "./Mapped.ts"
import { noObject, object } from "./Objects.ts"
import { type Taste, tasteOf } from "./Taste.ts"

/** Some are on a leap day or near the ends of the accepted times. */
const CLOCKS = [
  Date.UTC(2026, 0, 1),
  Date.UTC(2026, 0, 1),
  Date.UTC(2026, 6, 31, 23, 59),
  Date.UTC(2024, 1, 29, 12),
  Date.UTC(2024, 2, 1),
  Date.UTC(2000, 0, 1, 0, 45),
  Date.UTC(2099, 11, 31, 23, 30)
] as const

const HOUR_MS = 3_600_000

const settingsOf = (random: Random): ReadSettings => ({
  watermarkDelayMs: 10_000,
  maxFutureSkewMs: random.pick([0, 1, 60_000, HOUR_MS, 10_000 * HOUR_MS]),
  futureReference: random.pick(["record", "clock"]),
  maxEventBytes: random.pick([200, 2000, 65_536, 1_048_576, 1_048_576, 8_388_608]),
  ...(random.chance(0.4) && { fields: mapsOf(random) })
})

/** A time near the clock; often near the future guard's bound. */
const timeOf = (random: Random, clockMs: number, { maxFutureSkewMs }: ReadSettings): number =>
  Math.max(
    0,
    random.chance(0.2) ? clockMs + maxFutureSkewMs + random.between(-2, 2) : clockMs - random.between(-1000, HOUR_MS)
  )

/** Bytes between records that complete or continue what is before them. */
const GAPS = [
  '"',
  "\\",
  "}",
  "]",
  ",",
  "0",
  "9",
  ".5",
  "e3",
  " ",
  "\x80",
  "\xa9",
  "\0",
  '"}',
  "Z",
  '","x":1}',
  "        ",
  "\xff".repeat(16)
] as const

/** The end of a record relative to a vector of 16 bytes. */
const ENDS = [0, 0, 1, 8, 15] as const

const VECTOR = 16

/** How often a part of a batch is skipped, as after a filter. */
const HUGE_GAPS = 0.0003

/** Draws records one after the other and knows where each of them is. */
class Records {
  readonly records: Array<CaseRecord> = []
  readonly #random: Random
  readonly #taste: Taste
  #length = 0
  /** The bytes that were cut off from the record before. */
  #rest = ""
  #offsetDelta = 0

  constructor(random: Random, taste: Taste) {
    this.#random = random
    this.#taste = taste
    this.#offsetDelta = random.chance(0.2) ? random.between(1, 1000) : 0
  }

  /** The bytes behind the last record. */
  get tail(): string {
    return this.#rest + (this.#random.chance(this.#taste.gap) ? this.#random.pick(GAPS) : "")
  }

  add(drawn: string | null, timestampMs: number): void {
    const random = this.#random
    const value = drawn === null ? null : this.#damaged(drawn)
    let gap = this.#rest + (random.chance(this.#taste.gap) ? random.pick(GAPS) : "")
    if (random.chance(HUGE_GAPS)) gap += " ".repeat(random.pick([70_000, 1_048_576, 2_000_000]))
    this.#rest =
      value === null || drawn === null || value.length >= drawn.length || random.chance(0.3)
        ? ""
        : drawn.slice(value.length)
    if (random.chance(0.2)) {
      const over = (this.#length + gap.length + (value?.length ?? 0) - random.pick(ENDS)) % VECTOR
      gap += " ".repeat((2 * VECTOR - over) % VECTOR)
    }
    this.#length += gap.length + (value?.length ?? 0)
    this.records.push({ gap, value, offsetDelta: this.#offsetDelta, timestampMs, isMutated: value !== drawn })
    this.#offsetDelta += random.chance(0.05) ? random.between(2, 100_000) : 1
  }

  #damaged(value: string): string {
    const random = this.#random
    if (!random.chance(this.#taste.mutate)) return value
    if (random.chance(0.3)) return value.slice(0, random.between(0, value.length))
    let bytes = value
    for (let changes = random.pick([1, 1, 1, 2, 5]); changes > 0; changes--) bytes = changed(bytes, random)
    return bytes
  }
}

/** Numbers of records, and the bytes at which a batch ends. */
const COUNTS = [0, 1, 2, 17, 100, 100, 300, 300, 1000, 3000] as const
const BATCH_BYTES = 400_000
/** Few batches are larger than a decoder may take at once. */
const HUGE_BYTES = 12_000_000

const logTime = (random: Random, timeMs: number): number =>
  random.chance(0.1) ? random.pick([-1, 0, 1, timeMs - 60_000]) : timeMs + random.between(-1000, 1000)

const TOMBSTONES = 0.01
const NO_OBJECTS = 0.02

const valueOf = (
  kind: InputKind,
  random: Random,
  taste: Taste,
  timeMs: number,
  map: FieldMap | undefined
): string | null => {
  if (random.chance(TOMBSTONES)) return null
  if (random.chance(NO_OBJECTS)) return noObject(random, taste)
  const value = object(kind, random, taste, timeMs, map)
  if (!random.chance(0.0005)) return value
  // A huge record: white space, an unused text, or many emotes.
  const size = random.pick([70_000, 1_048_000, 1_048_576, 3_000_000])
  return random.chance(0.5) ? value + " ".repeat(size) : value.replace("{", `{"big":"${"x".repeat(size)}",`)
}

const INPUTS = {
  chat: { topic: "chat", partition: 1, kind: "chat" },
  viewer: { topic: "viewers", partition: 2, kind: "viewer" }
} as const

const drawCase = (random: Random): Case => {
  const taste = tasteOf(random)
  const kind: InputKind = random.chance(0.8) ? "chat" : "viewer"
  const clockMs = random.pick(CLOCKS)
  const settings = settingsOf(random)
  const earlier = settingsOf(random)
  const drawn = new Records(random, taste)
  const isHuge = random.chance(0.002)
  let bytes = 0
  for (
    let count = isHuge ? 100_000 : random.pick(COUNTS);
    count > 0 && bytes < (isHuge ? HUGE_BYTES : BATCH_BYTES);
    count--
  ) {
    const timeMs = timeOf(random, clockMs, settings)
    const { fields } = random.chance(0.8) ? settings : earlier
    const value = valueOf(kind, random, taste, timeMs, fields?.[kind])
    drawn.add(value, logTime(random, timeMs))
    bytes += value?.length ?? 0
  }
  const baseOffset = random.pick([0n, 7n, 2n ** 40n, 2n ** 53n + 1n, 2n ** 62n])
  const { records } = drawn
  const offsetOf = (index: number): bigint => baseOffset + BigInt(records[index]?.offsetDelta ?? 0)
  const reread = random.pick([0, 0, 0, 0, 0, 0, random.between(0, records.length), records.length + 5])
  const future = Array.from({ length: reread > 0 ? random.between(0, 3) : 0 }, () =>
    random.between(0, records.length)
  ).sort((a, b) => a - b)
  return {
    input: INPUTS[kind],
    baseOffset,
    records,
    tail: drawn.tail,
    byteOffset: random.pick([0, 0, 1, 8, 16, 21]),
    clockMs: random.chance(0.1) ? Number.POSITIVE_INFINITY : clockMs,
    settings,
    untilOffset: reread > records.length ? 2n ** 63n - 1n : reread === 0 ? 0n : offsetOf(reread),
    earlier:
      reread > 0 && random.chance(0.5)
        ? [{ untilOffset: offsetOf(random.between(0, records.length)), settings: earlier }]
        : [],
    futureOffsets: future.flatMap((index, at) =>
      index < records.length && future[at - 1] !== index ? [[offsetOf(index), offsetOf(index) + 1n] as const] : []
    ),
    model: random.pick([BaselineModel, BaselineModel, ChatModel])
  }
}

/** The batch before with a few other records: what it left in memory completes them. */
const echoOf = (before: Case, random: Random): Case => {
  const records = before.records.map((record, index) => {
    const isLast = index === before.records.length - 1
    if (record.value === null || !(isLast || random.chance(0.05))) return record
    return { ...record, value: record.value.slice(0, random.between(0, record.value.length)), isMutated: true }
  })
  return {
    ...before,
    records: records.slice(0, random.chance(0.5) ? records.length : random.between(0, records.length)),
    tail: ""
  }
}

/** The batches of a seed, in the order in which one decoder takes them. */
export function* casesOf(random: Random, count: number): Generator<Case, void> {
  let before: Case | undefined
  for (let index = 0; index < count; index++) {
    const drawn: Case = before !== undefined && random.chance(0.2) ? echoOf(before, random) : drawCase(random)
    before = drawn
    yield drawn
  }
}
