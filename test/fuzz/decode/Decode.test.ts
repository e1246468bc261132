import { assert, describe, it } from "@effect/vitest"
import {
  CUT_EMOTES,
  EVENT,
  EventColumns,
  SCORE_MICRO,
  TEXT_END,
  TEXT_START,
  USER_END,
  USER_HASH,
  USER_START
} from "../../../src/domain/EventColumns.ts"
import { hashOf } from "../../../src/domain/Hash.ts"
import { UNSCORED } from "../../../src/domain/Score.ts"
import { NEGATIVE, POSITIVE } from "../../oracle/Score.ts"
import { FAILED_DECODE_SEEDS } from "../FailedSeeds.ts"
import { charactersOf } from "./Bytes.ts"
import { newCoverage } from "./Coverage.ts"
import { type Decode, decodeCall, runSeed } from "./Iteration.ts"

const SEEDS = Array.from({ length: 6 }, (_, index) => index + 1)

/** The decoder with a fault in the events of chat. */
const withFault =
  (change: (events: EventColumns, event: number) => void): Decode =>
  (call) => {
    const decoded = decodeCall(call)
    if (call.input.kind === "chat")
      for (let event = 0; event < decoded.events.count; event++) change(decoded.events, event)
    return decoded
  }

const set = (events: EventColumns, event: number, number: number, value: number): void => {
  events.events[event * EVENT + number] = value
}

/** Events in memory that the next batch overwrites. */
const sharing = (): Decode => {
  const shared = new Int32Array(EVENT * 200_000)
  return (call) => {
    const decoded = decodeCall(call)
    shared.set(decoded.events.events)
    return { ...decoded, events: new EventColumns({ ...decoded.events, events: shared }) }
  }
}

const FAULTS: ReadonlyArray<readonly [fault: string, decode: () => Decode]> = [
  [
    "a message without words of the lists has the score of a balanced one",
    () =>
      withFault((events, event) => {
        if (events.of(event, SCORE_MICRO) === UNSCORED) set(events, event, SCORE_MICRO, 0)
      })
  ],
  [
    "only white space of ASCII separates the words of a score",
    () =>
      withFault((events, event) => {
        const text = charactersOf(events.bytes, events.of(event, TEXT_START), events.of(event, TEXT_END))
        const words = text.toLowerCase().split(/[\t-\r ]+/)
        const count = (list: ReadonlySet<string>): number => words.filter((word) => list.has(word)).length
        const [positive, negative] = [count(POSITIVE), count(NEGATIVE)]
        const score = Math.round(((positive - negative) / (positive + negative)) * 1_000_000)
        if (positive + negative > 0) set(events, event, SCORE_MICRO, score)
      })
  ],
  [
    "the hash of a long name lacks its first byte",
    () =>
      withFault((events, event) => {
        const [start, end] = [events.of(event, USER_START), events.of(event, USER_END)]
        if (end - start > 16) set(events, event, USER_HASH, hashOf(events.bytes, start + 1, end))
      })
  ],
  [
    "a text that ends with a vector lacks a byte",
    () =>
      withFault((events, event) => {
        const end = events.of(event, TEXT_END)
        if (end % 16 === 0 && end > events.of(event, TEXT_START)) set(events, event, TEXT_END, end - 1)
      })
  ],
  [
    "a mapping is not used",
    () => (call) => {
      const { futureReference, maxEventBytes, maxFutureSkewMs, watermarkDelayMs } = call.settings
      return decodeCall({ ...call, settings: { futureReference, maxEventBytes, maxFutureSkewMs, watermarkDelayMs } })
    }
  ],
  [
    "a re-read uses the new mapping",
    () => (call) => {
      const { earlier, ...reread } = call.reread
      const { fields = {} } = call.settings
      const remapped = earlier.map((each) => ({ ...each, settings: { ...each.settings, fields } }))
      return decodeCall({ ...call, reread: { ...reread, earlier: remapped } })
    }
  ],
  ["cut emotes are not counted", () => withFault((events, event) => set(events, event, CUT_EMOTES, 0))],
  ["a batch is valid only until the next one", sharing],
  [
    "a batch without records is an error",
    () => (call) => {
      if (call.batch.records.count === 0) throw new RangeError("no records")
      return decodeCall(call)
    }
  ]
]

describe("the decoder, on batches that are drawn", () => {
  it("returns what its reference returns, for every kind of record", { timeout: 240_000 }, () => {
    const total = new Map<string, number>(Object.keys(newCoverage()).map((name) => [name, 0]))
    for (const seed of [...FAILED_DECODE_SEEDS, ...SEEDS]) {
      const { counts, findings } = runSeed(seed)
      assert.deepStrictEqual(findings, [], `seed ${seed}; alone: npm run fuzz -- decode --seed ${seed}`)
      for (const [name, count] of Object.entries(counts)) total.set(name, (total.get(name) ?? 0) + count)
    }
    const missed = Array.from(total).filter(([, count]) => count === 0)
    assert.deepStrictEqual(missed, [])
  })

  it.each(FAULTS)("does not hide that %s", { timeout: 240_000 }, (_, decode) => {
    assert.isTrue(SEEDS.some((seed) => runSeed(seed, decode()).findings.length > 0))
  })

  it("reports a difference by the one record that has it", { timeout: 240_000 }, () => {
    const decode = withFault((events, event) => {
      const [start, end] = [events.of(event, TEXT_START), events.of(event, TEXT_END)]
      if (charactersOf(events.bytes, start, end).includes("love")) set(events, event, TEXT_END, start)
    })
    const [finding] = SEEDS.flatMap((seed) => runSeed(seed, decode).findings)
    assert.match(
      finding ?? "",
      /smaller: expected {"offset":"\d+","text":"love"}\n {2}found {4}{"offset":"\d+","text":""}/
    )
    assert.match(finding ?? "", /\n {2}in 1 records, bytes as latin1:\n {2}"{/)
  })

  it("is the same whenever a seed is played again", { timeout: 60_000 }, () => {
    assert.deepStrictEqual(runSeed(5), runSeed(5))
  })
})
