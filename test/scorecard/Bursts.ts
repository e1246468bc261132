/** Bursts of several kinds, and spam, put into a recorded stream at seeded times. */
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import type { ChatEvent } from "../../src/domain/Event.ts"
import { textOf } from "../../src/domain/Utf8.ts"
import { chat } from "../harness/Events.ts"
import { inOrder, type Scene, type Truth } from "./Scene.ts"

export const BURSTS = ["shout", "talk", "copypasta", "emote"] as const
export type Burst = (typeof BURSTS)[number]

const MINUTE_MS = 60_000
/** From one pair of bursts to the next, on average. */
const APART_MS = 16 * MINUTE_MS
const FIRST_MS = 13 * MINUTE_MS
export const AGAIN_MS = 4 * MINUTE_MS
/** Usual are the distinct people per 20 s over so long before the burst. */
const USUAL_MS = 10 * MINUTE_MS
const SPAN_MS = 20_000

const SHOUTS = ["no", "let's go", "what", "lol", "omg", "clip it", "he did it", "W"]
const EMOTES = ["KEKW", "PogChamp", "LUL", "monkaS", "Pog", "Sadge", "OMEGALUL", "catJAM"]

const pick = <A>(list: ReadonlyArray<A>, draws: Draws): A => {
  const found = list[draws.below(list.length)]
  if (found === undefined) throw new RangeError("Nothing to pick from")
  return found
}

/** Index of the first event after a time (open bound). */
const firstAfter = (events: Scene["events"], ms: number): number => {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((events[middle]?.timeMs ?? 0) > ms) high = middle
    else low = middle + 1
  }
  return low
}

/** The chat events of a scene in (fromMs, toMs]. */
const streamOf = ({ events: [first] }: Scene): string => (first === undefined ? "" : textOf(first.stream))

const between = ({ events }: Scene, fromMs: number, toMs: number): ReadonlyArray<ChatEvent> =>
  events
    .slice(firstAfter(events, fromMs), firstAfter(events, toMs))
    .filter((event): event is ChatEvent => event._tag === "chat")

/** Mean of the distinct people per 20 s over the time before `atMs`. */
const usualPeople = (scene: Scene, atMs: number, overMs: number): number => {
  let people = 0
  for (let end = atMs; end > atMs - overMs; end -= SPAN_MS) {
    people += new Set(between(scene, end - SPAN_MS, end).map(({ user }) => textOf(user))).size
  }
  return (people * SPAN_MS) / overMs
}

/** Whether the chat is alive: people still write, and it has not just fallen silent. */
const isLive = (scene: Scene, atMs: number): boolean => {
  const now = usualPeople(scene, atMs, 3 * MINUTE_MS)
  return now >= 1.5 && now >= usualPeople(scene, atMs, USUAL_MS) / 3
}

/** Shouts differ in case and length, as people's do. */
const shouted = (word: string, draws: Draws): string => {
  const longer = draws.chance(0.5) ? word + word.slice(-1).repeat(draws.between(1, 6)) : word
  return draws.chance(0.4) ? longer.toUpperCase() : longer
}

/** The text of each person in one burst. */
const writer = (kind: Burst, texts: ReadonlyArray<string>, draws: Draws): (() => string) => {
  switch (kind) {
    case "shout": {
      const word = pick(SHOUTS, draws)
      return () => shouted(word, draws)
    }
    case "talk":
      return () => pick(texts, draws)
    case "copypasta": {
      const paste = [pick(texts, draws), pick(texts, draws), pick(texts, draws), pick(texts, draws)].join(" ")
      return () => paste
    }
    case "emote": {
      const emote = pick(EMOTES, draws)
      return () => Array.from({ length: draws.between(1, 4) }, () => emote).join(" ")
    }
  }
}

const burst = (
  scene: Scene,
  kind: Burst,
  times: number,
  fromMs: number,
  draws: Draws
): { readonly events: ReadonlyArray<ChatEvent>; readonly truth: Truth } => {
  const stream = streamOf(scene)
  const messages = between(scene, Number.NEGATIVE_INFINITY, fromMs)
  const write = writer(
    kind,
    messages.map(({ text }) => textOf(text)),
    draws
  )
  const lengthMs = 1000 * draws.between(15, 20)
  const people = Math.max(5, Math.round(times * usualPeople(scene, fromMs, USUAL_MS)))
  const events = Array.from({ length: people }, (_, person) => {
    const user = draws.chance(0.5) ? textOf(pick(messages, draws).user) : `guest${fromMs}.${person}`
    return chat(stream, Math.floor(fromMs + lengthMs * draws.unit()), user, write())
  })
  const firstMs = Math.min(...events.map(({ timeMs }) => timeMs))
  return { events, truth: { kind, fromMs: firstMs, toMs: fromMs + lengthMs } }
}

/** Times at which something is put in: apart by `APART_MS` on average, not in the first minutes. */
const startsIn = (scene: Scene, draws: Draws): ReadonlyArray<number> => {
  const firstMs = scene.events[0]?.timeMs ?? 0
  const lastMs = scene.events.at(-1)?.timeMs ?? 0
  const starts: Array<number> = []
  let at = firstMs + FIRST_MS + draws.below(APART_MS)
  for (; at < lastMs - AGAIN_MS - MINUTE_MS; at += APART_MS * (0.75 + 0.5 * draws.unit())) starts.push(Math.floor(at))
  return starts.filter((start) => isLive(scene, start) && isLive(scene, start + AGAIN_MS))
}

/** Pairs of bursts of `times` as many people as usual, four minutes apart. */
export const withBursts = (scene: Scene, kind: Burst, times: number, seed: number): Scene => {
  const draws = new Draws(hash(seed, BURSTS.indexOf(kind)))
  const bursts = startsIn(scene, draws).flatMap((at) => {
    const again = burst(scene, kind, times, at + AGAIN_MS, draws)
    return [
      burst(scene, kind, times, at, draws),
      { events: again.events, truth: { ...again.truth, kind: `${kind} again` } }
    ]
  })
  return {
    name: scene.name,
    events: inOrder([...scene.events, ...bursts.flatMap(({ events }) => events)]),
    truths: bursts.map(({ truth }) => truth)
  }
}

/** Four people who write as much as the whole chat does five times over, for half a minute. */
export const withSpam = (scene: Scene, seed: number): Scene => {
  const draws = new Draws(hash(seed, BURSTS.length))
  const stream = streamOf(scene)
  const spam = startsIn(scene, draws).map((fromMs) => {
    const usual = between(scene, fromMs - USUAL_MS, fromMs).length / 20
    const messages = Math.max(24, Math.round(5 * usual))
    const paste = draws.chance(0.5) ? "buy followers cheap and fast at this site" : undefined
    const events = Array.from({ length: messages }, (_, index) =>
      chat(
        stream,
        Math.floor(fromMs + 30_000 * draws.unit()),
        `spammer${fromMs}.${index % 4}`,
        paste ?? `spam ${draws.below(1000)} ${pick(EMOTES, draws)}`
      )
    )
    return { events, truth: { kind: "spam", fromMs, toMs: fromMs + 30_000 } }
  })
  return {
    name: scene.name,
    events: inOrder([...scene.events, ...spam.flatMap(({ events }) => events)]),
    truths: spam.map(({ truth }) => truth)
  }
}

/** The same times without anything: how often an alert is there by chance. */
export const withNothing = (scene: Scene, seed: number): Scene => ({
  ...scene,
  truths: startsIn(scene, new Draws(hash(seed, BURSTS.length))).map((fromMs) => ({
    kind: "chance",
    fromMs,
    toMs: fromMs + 30_000
  }))
})
