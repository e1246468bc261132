/**
 * A rise of a chat, as hindsight defines it. Each yardstick compares both sides of a moment, so
 * that none can be computed live. A rise counts when at least two of them agree. They differ in
 * their counts, in their time spans, and in their references.
 */
import type { ChatEvent } from "../../src/domain/Event.ts"
import { textOf } from "../../src/domain/Utf8.ts"
import type { Scene, Truth } from "./Scene.ts"

const STEP_MS = 5000
/** Instants of the same rise lie no further apart. */
const GAP_MS = 30_000
/** Yardsticks agree that come so near each other. */
const NEAR_MS = 15_000

/** A value for each step: what the scene holds in the span that ends with the step. */
type Series = ReadonlyArray<number>

const chatOf = (scene: Scene): ReadonlyArray<ChatEvent> =>
  scene.events.filter((event): event is ChatEvent => event._tag === "chat")

/** One value per step over the last `spanMs`. */
const series = (
  messages: ReadonlyArray<ChatEvent>,
  spanMs: number,
  value: (messages: ReadonlyArray<ChatEvent>) => number
): Series => {
  const startMs = messages[0]?.timeMs ?? 0
  const endMs = messages.at(-1)?.timeMs ?? 0
  const values: Array<number> = []
  let first = 0
  let last = 0
  for (let at = startMs + STEP_MS; at <= endMs + STEP_MS; at += STEP_MS) {
    while (last < messages.length && (messages[last]?.timeMs ?? 0) < at) last++
    while (first < last && (messages[first]?.timeMs ?? 0) < at - spanMs) first++
    values.push(value(messages.slice(first, last)))
  }
  return values
}

const people = (messages: ReadonlyArray<ChatEvent>): number => new Set(messages.map(({ user }) => textOf(user))).size

/**
 * The values within `reachMs` on both sides of a step, ascending, without those within a minute of
 * it.
 */
const around = (values: Series, at: number, reachMs: number): Array<number> => {
  const reach = reachMs / STEP_MS
  const own = 60_000 / STEP_MS
  const before = values.slice(Math.max(0, at - reach), Math.max(0, at - own))
  return [...before, ...values.slice(at + own, at + reach)].sort((a, b) => a - b)
}

const quantile = (ascending: ReadonlyArray<number>, share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? 0

/** Steps that a yardstick calls part of a rise. */
type Yardstick = (messages: ReadonlyArray<ChatEvent>) => ReadonlyArray<boolean>

/** People in 20 s against the median and the median deviation of ten minutes on both sides. */
const byDeviation: Yardstick = (messages) => {
  const values = series(messages, 20_000, people)
  return values.map((value, at) => {
    const others = around(values, at, 600_000)
    const usual = quantile(others, 0.5)
    const deviation = quantile(
      others.map((other) => Math.abs(other - usual)).sort((a, b) => a - b),
      0.5
    )
    return value >= 8 && value - usual >= 4 * Math.max(1.4826 * deviation, Math.sqrt(Math.max(usual, 1)))
  })
}

/** Messages in 30 s above what 98 % of the half hour around have, and twice its median. */
const byRank: Yardstick = (messages) => {
  const values = series(messages, 30_000, (messages) => messages.length)
  return values.map((value, at) => {
    const others = around(values, at, 900_000)
    return value >= 10 && value > quantile(others, 0.98) && value >= 2 * quantile(others, 0.5)
  })
}

/**
 * People in 15 s against the mean of the lower nine tenths of five minutes on both sides: 2.5 times
 * as many.
 */
const byRatio: Yardstick = (messages) => {
  const values = series(messages, 15_000, people)
  return values.map((value, at) => {
    const others = around(values, at, 300_000)
    const lower = others.slice(0, Math.ceil(0.9 * others.length))
    const mean = lower.reduce((sum, other) => sum + other, 0) / Math.max(1, lower.length)
    return value >= 8 && value >= 2.5 * mean && value - mean >= 3 * Math.sqrt(Math.max(mean, 1))
  })
}

/** Most people who write one text, whatever its case and length. */
const unison = (messages: ReadonlyArray<ChatEvent>): number => {
  const writers = new Map<string, Set<string>>()
  for (const { text, user } of messages) {
    const key = textOf(text)
      .toLowerCase()
      .replaceAll(/(.)\1+/gu, "$1")
    const known = writers.get(key)
    if (known === undefined) writers.set(key, new Set([textOf(user)]))
    else known.add(textOf(user))
  }
  return Math.max(0, ...[...writers.values()].map(({ size }) => size))
}

/** People who write the same text within 20 s, against ten minutes on both sides. */
const byUnison: Yardstick = (messages) => {
  const values = series(messages, 20_000, unison)
  return values.map((value, at) => value >= 5 && value >= 3 * quantile(around(values, at, 600_000), 0.9))
}

const YARDSTICKS: ReadonlyArray<Yardstick> = [byDeviation, byRank, byRatio, byUnison]

/** Rises that at least two yardsticks see. */
export const risesInHindsight = (scene: Scene): ReadonlyArray<Truth> => {
  const messages = chatOf(scene)
  const startMs = messages[0]?.timeMs ?? 0
  const seen = YARDSTICKS.map((yardstick) => yardstick(messages))
  const near = NEAR_MS / STEP_MS
  const agreed = (seen[0] ?? []).flatMap((_, at) => {
    const votes = seen.filter((steps) => steps.slice(Math.max(0, at - near), at + near + 1).includes(true)).length
    const here = seen.some((steps) => steps[at] === true)
    return here && votes >= 2 ? [startMs + (at + 1) * STEP_MS] : []
  })
  const rises: Array<Truth> = []
  for (const at of agreed) {
    const last = rises.at(-1)
    if (last !== undefined && at - last.toMs <= GAP_MS) rises[rises.length - 1] = { ...last, toMs: at }
    else rises.push({ kind: "hindsight", fromMs: at - 15_000, toMs: at })
  }
  return rises
}
