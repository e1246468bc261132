/**
 * A quarter of an hour of two inputs with all that makes a replay hard: bursts, silences, disorder,
 * late events, records that are no events. A pure function of the seed.
 */
import type { LogRecord } from "../../src/domain/Batch.ts"
import type { Input } from "../../src/domain/Task.ts"

export const BASE_MS = Date.UTC(2026, 0, 1)
export const SECONDS = 900

export const INPUTS: ReadonlyArray<Input> = [
  { kind: "chat", topic: "chat", partition: 0 },
  { kind: "viewer", topic: "viewer", partition: 0 }
]

/** Numbers from 0 (closed) to 1 (open): mulberry32. */
const numbersOf = (seed: number) => {
  let state = seed * 2_654_435_761
  return (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value))

const STREAMS = ["a", "b", "\u{1F600}"]

/** One list of records for each of {@link INPUTS}. */
export const history = (seed: number): readonly [Array<LogRecord>, Array<LogRecord>] => {
  const next = numbersOf(seed)
  const below = (n: number): number => Math.floor(next() * n)
  const bursts = Array.from({ length: 5 }, () => ({ stream: below(3), from: 60 + below(780), seconds: 20 + below(60) }))
  const quiet = { from: 200 + below(500), seconds: 20 + below(60) }
  const inputs: readonly [Array<LogRecord>, Array<LogRecord>] = [[], []]
  for (let second = 0; second < SECONDS; second++) {
    const logMs = BASE_MS + second * 1000
    for (const input of [0, 1] as const) {
      const push = (value: Uint8Array | null): void => {
        inputs[input].push({ offset: BigInt(inputs[input].length), timestampMs: logMs + below(1000), value })
      }
      for (const [stream, name] of STREAMS.entries()) {
        const isBurst = bursts.some((b) => b.stream === stream && second >= b.from && second < b.from + b.seconds)
        const isQuiet = stream === 1 && second >= quiet.from && second < quiet.from + quiet.seconds
        const count = isQuiet ? 0 : input === 1 ? below(2) : isBurst ? 4 + below(4) : below(3)
        for (let n = 0; n < count; n++) {
          const x = next()
          if (x < 0.01) push(null)
          else if (x < 0.02) push(encode({ nothing: true }))
          else {
            const late = x < 0.06 ? 12_000 + below(60_000) : x < 0.3 ? below(8000) : below(300)
            const timestamp = x > 0.99 ? logMs + 3_600_000 : logMs + below(1000) - late
            push(
              input === 1
                ? encode({ stream_id: name, timestamp, viewer_count: (isBurst ? 900 : 100) + below(20) })
                : encode({
                    stream_id: name,
                    timestamp,
                    user_id: `u${below(40)}`,
                    message: ["love it", "hm", "i hate this", "fail"][below(isBurst ? 4 : 2)],
                    emotes: next() < 0.2 ? ["Kappa", "LUL"].slice(0, 1 + below(2)) : []
                  })
            )
          }
        }
      }
    }
  }
  return inputs
}
