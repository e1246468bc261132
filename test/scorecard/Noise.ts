/** How chat varies: of recorded channels and of simulated streams, side by side. */
import type { ChatEvent } from "../../src/domain/Event.ts"
import { textOf } from "../../src/domain/Utf8.ts"
import { median } from "./Found.ts"
import type { Table } from "./Report.ts"
import { paceOf, type Scene } from "./Scene.ts"

const STEP_MS = 10_000
const SPAN_MS = 20_000
const REPEAT_MS = 600_000

const mean = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
const variance = (values: ReadonlyArray<number>): number => {
  const usual = mean(values)
  return mean(values.map((value) => (value - usual) ** 2))
}
const dispersion = (values: ReadonlyArray<number>): number => variance(values) / mean(values)

/** Messages in whole steps from the first message on. */
const countsOf = (chat: ReadonlyArray<ChatEvent>, stepMs: number): ReadonlyArray<number> => {
  const fromMs = chat[0]?.timeMs ?? 0
  const counts = Array.from({ length: Math.floor(((chat.at(-1)?.timeMs ?? 0) - fromMs) / stepMs) }, () => 0)
  for (const { timeMs } of chat) {
    const at = Math.floor((timeMs - fromMs) / stepMs)
    if (at < counts.length) counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}

const resemblance = (counts: ReadonlyArray<number>, apart: number): number => {
  const usual = mean(counts)
  const products = counts.slice(apart).map((count, at) => (count - usual) * ((counts[at] ?? 0) - usual))
  return mean(products) / variance(counts)
}

const groupsOf = <A>(list: ReadonlyArray<A>, key: (one: A) => number | string): ReadonlyArray<ReadonlyArray<A>> => [
  ...Map.groupBy(list, key).values()
]

const wordsOf = ({ text }: ChatEvent): ReadonlyArray<string> =>
  textOf(text)
    .toLowerCase()
    .replaceAll(/(.)\1+/gu, "$1")
    .trim()
    .split(/\s+/)

const unison = (messages: ReadonlyArray<ChatEvent>): { readonly people: number; readonly share: number } => {
  const writers = new Map<string, Set<string>>()
  for (const event of messages) {
    for (const word of wordsOf(event)) writers.set(word, (writers.get(word) ?? new Set()).add(textOf(event.user)))
  }
  const people = new Set(messages.map(({ user }) => textOf(user))).size
  return { people, share: Math.max(...[...writers.values()].map(({ size }) => size)) / people }
}

/** The share of messages whose text another person wrote within the last ten minutes. */
const repeated = (chat: ReadonlyArray<ChatEvent>): number => {
  const last = new Map<string, ChatEvent>()
  let count = 0
  for (const event of chat) {
    const key = wordsOf(event).join(" ")
    const before = last.get(key)
    const isRepeat = before !== undefined && event.timeMs - before.timeMs < REPEAT_MS
    if (isRepeat && textOf(before.user) !== textOf(event.user)) count++
    last.set(key, event)
  }
  return count / chat.length
}

type Figure = (chat: ReadonlyArray<ChatEvent>) => number

const FIGURES: ReadonlyArray<readonly [name: string, Figure]> = [
  ["variance in 10 s", (chat) => dispersion(countsOf(chat, STEP_MS))],
  [
    "variance in 10 s, within ten minutes",
    (chat) => {
      const blocks = groupsOf([...countsOf(chat, STEP_MS).entries()], ([at]) => Math.floor(at / 60))
      return median(blocks.map((block) => dispersion(block.map(([, count]) => count))).filter((one) => one > 0))
    }
  ],
  ["variance in 60 s", (chat) => dispersion(countsOf(chat, 6 * STEP_MS))],
  ["resembles, 10 s", (chat) => resemblance(countsOf(chat, STEP_MS), 1)],
  ["resembles, 60 s", (chat) => resemblance(countsOf(chat, STEP_MS), 6)],
  ["resembles, 5 min", (chat) => resemblance(countsOf(chat, STEP_MS), 30)],
  ["messages per person", (chat) => chat.length / new Set(chat.map(({ user }) => textOf(user))).size],
  [
    "share of the busiest tenth",
    (chat) => {
      const counts = groupsOf(chat, ({ user }) => textOf(user))
        .map((own) => own.length)
        .toSorted((a, b) => b - a)
      return counts.slice(0, Math.ceil(counts.length / 10)).reduce((sum, count) => sum + count, 0) / chat.length
    }
  ],
  ["repeated by others", repeated],
  ["words per message", (chat) => mean(chat.map((event) => wordsOf(event).length))],
  ["of one word", (chat) => chat.filter((event) => wordsOf(event).length === 1).length / chat.length],
  [
    "unison",
    (chat) =>
      mean(
        groupsOf(chat, ({ timeMs }) => Math.floor(timeMs / SPAN_MS))
          .map(unison)
          .filter(({ people }) => people >= 5)
          .map(({ share }) => share)
      )
  ]
]

const text = (value: number): string => value.toFixed(value < 10 ? 2 : 0)

const cell = (values: ReadonlyArray<number>): string => {
  const known = values.filter((value) => !Number.isNaN(value))
  return `${text(median(known))} (${text(Math.min(...known))} to ${text(Math.max(...known))})`
}

const chatOf = ({ events }: Scene): ReadonlyArray<ChatEvent> =>
  events.filter((event): event is ChatEvent => event._tag === "chat")

export const noise = (recorded: ReadonlyArray<Scene>, simulated: ReadonlyArray<Scene>): Table => {
  const real = recorded.map(chatOf)
  const made = simulated.filter((scene) => paceOf(scene) >= 10 && paceOf(scene) <= 100).map(chatOf)
  return [
    ["", `recorded (${real.length})`, `simulated (${made.length})`],
    ...FIGURES.map(([name, figure]) => [name, cell(real.map(figure)), cell(made.map(figure))])
  ]
}
