/**
 * Histories of one input that shrink: steps, played through a window operator and recounted window
 * by window.
 */
import { assert } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { Event } from "../../src/domain/Event.ts"
import { STATE_LIMITS } from "../../src/domain/Limits.ts"
import { UNSCORED } from "../../src/domain/Score.ts"
import { textOf } from "../../src/domain/Utf8.ts"
import type { HalfChatters, HalfEmotes } from "../../src/windowing/Half.ts"
import { paneLimits } from "../../src/windowing/PaneLimits.ts"
import { make } from "../../src/windowing/SlidingWindows.ts"
import { WindowOperator } from "../../src/windowing/WindowOperator.ts"
import { chat, columnsOf, sample } from "../harness/Events.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** A crowd that writes the same at one time, or samples of viewers. */
const Step = Schema.Struct({
  isChat: Schema.Boolean,
  passedMs: between(0, 3000),
  /** 0 = a pause longer than a window comes first. */
  pause: between(0, 60),
  lateMs: between(0, 25_000),
  stream: between(0, 5),
  people: between(1, 80),
  firstUser: between(0, 800),
  /** A set of emotes, one a bit. */
  emotes: between(0, 15),
  score: Schema.Literals([UNSCORED, -500_000, 0, 500_000]),
  viewers: between(0, 1000)
})
type Step = typeof Step.Type

export const history = Arbitrary.array(Arbitrary.schema(Step), { maxLength: 150 })

export const WINDOWS = make({ sizeMs: 60_000, slideMs: 10_000 })

/** The content of one window of one stream. */
export interface Content {
  readonly chatCount: number
  readonly scoreMicro: number
  readonly scored: number
  readonly positive: number
  readonly negative: number
  readonly viewerSum: number
  readonly viewerSamples: number
  /** The same of the window's last slide alone. */
  readonly slideCount: number
  readonly slideScored: number
  readonly slideScoreMicro: number
  readonly slideSum: number
  readonly slideSamples: number
  readonly chatters: HalfChatters
  readonly emotes: HalfEmotes
}

const EMPTY: Content = {
  chatCount: 0,
  scoreMicro: 0,
  scored: 0,
  positive: 0,
  negative: 0,
  viewerSum: 0,
  viewerSamples: 0,
  slideCount: 0,
  slideScored: 0,
  slideScoreMicro: 0,
  slideSum: 0,
  slideSamples: 0,
  chatters: new Set(),
  emotes: new Map()
}

interface Scored {
  readonly event: Event
  readonly stream: string
  readonly user: string
  readonly scoreMicro: number
}

/** Some names are long, since names have tables of their own. */
const nameOf = (user: number): string => (user % 50 === 0 ? `${"long ".repeat(user % 40)}${user}` : `user ${user}`)

/** Streams and emotes come and go: after ten steps another is the first. */
const eventsOf = (step: Step, number: number, nowMs: number): ReadonlyArray<Scored> => {
  const stream = `stream ${Math.floor(number / 10) + step.stream}`
  const timeMs = nowMs - step.lateMs
  const scoreMicro = step.score
  return Array.from({ length: step.people }, (_, person) => {
    const user = nameOf(step.firstUser + person)
    const emotes = [0, 1, 2, 3]
      .filter((bit) => (step.emotes & (1 << bit)) !== 0)
      .map((bit) => `emote ${Math.floor(number / 20) + bit}`)
    const event = step.isChat ? chat(stream, timeMs, user, "", emotes) : sample(stream, timeMs, step.viewers + person)
    return { event, stream, user, scoreMicro }
  })
}

/** Counts an event. Returns whether there was room for it. */
export const addTo = (operator: WindowOperator, pane: number, event: Event, scoreMicro = UNSCORED): boolean => {
  const columns = columnsOf([event], [scoreMicro])
  return event._tag === "chat" ? operator.addChat(columns, 0, pane) : operator.addViewers(columns, 0, pane)
}

const sumOf = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, each) => sum + each, 0)

const scoresOf = (all: ReadonlyArray<Scored>): ReadonlyArray<number> =>
  all
    .filter(({ event, scoreMicro }) => event._tag === "chat" && scoreMicro !== UNSCORED)
    .map(({ scoreMicro }) => scoreMicro)

const samplesOf = (all: ReadonlyArray<Scored>): ReadonlyArray<number> =>
  all.flatMap(({ event }) => (event._tag === "viewer" ? [event.viewers] : []))

/** The content of a window that ends at `endMs`, from the events in it. */
const recount = (endMs: number, all: ReadonlyArray<Scored>): Content => {
  const chats = all.filter(({ event }) => event._tag === "chat")
  const scores = scoresOf(all)
  const samples = samplesOf(all)
  const inSlide = all.filter(({ event }) => event.timeMs >= endMs - WINDOWS.slideMs)
  const emotes = new Map<string, number>()
  for (const { event } of chats)
    if (event._tag === "chat")
      for (const emote of event.emotes.map(textOf)) emotes.set(emote, (emotes.get(emote) ?? 0) + 1)
  return {
    chatCount: chats.length,
    scoreMicro: sumOf(scores),
    scored: scores.length,
    positive: scores.filter((score) => score > 0).length,
    negative: scores.filter((score) => score < 0).length,
    viewerSum: sumOf(samples),
    viewerSamples: samples.length,
    slideCount: inSlide.filter(({ event }) => event._tag === "chat").length,
    slideScored: scoresOf(inSlide).length,
    slideScoreMicro: sumOf(scoresOf(inSlide)),
    slideSum: sumOf(samplesOf(inSlide)),
    slideSamples: samplesOf(inSlide).length,
    chatters: new Set(chats.map(({ user }) => user)),
    emotes
  }
}

/**
 * Plays a history. Returns the content of each window as the operator closed it, and as recounted.
 * `topEmotes`: as for the operator.
 */
export const play = (steps: ReadonlyArray<Step>, topEmotes: number | undefined) => {
  const operator = new WindowOperator(WINDOWS, 0, topEmotes, 20_000, paneLimits(WINDOWS, STATE_LIMITS, 1))
  const counted = new Map<string, { readonly endMs: number; readonly events: Array<Scored> }>()
  const closed = new Map<string, Content>()
  const close = (limitMs: number): void => {
    for (const window of operator.close(limitMs)) {
      if (window === undefined) continue
      const { chat, endMs, viewers } = window
      const put = (stream: string, columns: object, place: number): void => {
        const numbers = Object.entries(columns).map(([name, column]) => [name, column[place]])
        const before = closed.get(`${stream} ${endMs}`) ?? EMPTY
        closed.set(`${stream} ${endMs}`, { ...before, ...Object.fromEntries(numbers) })
      }
      const { excerpts: _excerpts, reactions: _reactions, streams: chatStreams, ...chatColumns } = chat
      const { streams: viewerStreams, ...viewerColumns } = viewers
      for (const [place, stream] of chatStreams.entries()) put(stream, chatColumns, place)
      for (const [place, stream] of viewerStreams.entries()) put(stream, viewerColumns, place)
    }
  }
  let nowMs = 100_000
  for (const [number, step] of steps.entries()) {
    nowMs += step.passedMs + (step.pause === 0 ? 200_000 : 0)
    close(nowMs - 15_000)
    for (const scored of eventsOf(step, number, nowMs)) {
      const pane = WINDOWS.paneOf(scored.event.timeMs)
      if (operator.openWindows(pane) === 0) continue
      assert.isTrue(addTo(operator, pane, scored.event, scored.scoreMicro))
      const lastEnd = WINDOWS.lastEndOfPane(pane)
      for (let endMs = Math.max(operator.nextEndMs, WINDOWS.firstEndOfPane(pane)); endMs <= lastEnd; endMs += 10_000) {
        const key = `${scored.stream} ${endMs}`
        const others = counted.get(key)
        if (others === undefined) counted.set(key, { endMs, events: [scored] })
        else others.events.push(scored)
      }
    }
  }
  close(nowMs + 1_000_000)
  assert.strictEqual(operator.streams, 0)
  return {
    closed,
    expected: new Map([...counted].map(([key, { endMs, events }]) => [key, recount(endMs, events)] as const))
  }
}
