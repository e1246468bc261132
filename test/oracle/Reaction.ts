/**
 * The numbers of a reaction span's messages, recounted from docs/detection.md, "Numbers of the
 * span".
 */
import { greatestCommonDivisor, tempoOf, type TempoSettings } from "./Tempo.ts"
import type { Compared } from "./Words.ts"

/** A message that counts in the window, and whose time lies in its reaction span. */
export interface Message extends Compared {
  readonly user: string
  readonly timeMs: number
  /** In millionths. */
  readonly score: number
}

export interface OracleReaction {
  readonly people: number
  readonly messages: number
  readonly unison: number
  /** Bytes of the shared word, or the name of the shared class; `null` = none. */
  readonly shared: string | null
  readonly repeatedMessages: number
  readonly repeatedPeople: number
  /** Bytes of the repeated text; empty = none. */
  readonly repeatedText: string
  readonly moodTexts: number
  readonly moodMicro: number
}

/** Spans of fewer people count people and messages only. */
const FEWEST_PEOPLE = 5

export const reactionOf = (messages: ReadonlyArray<Message>): OracleReaction => {
  const people = new Set(messages.map(({ user }) => user)).size
  const alone = {
    people,
    messages: messages.length,
    unison: 0,
    shared: null,
    repeatedMessages: 0,
    repeatedPeople: 0,
    repeatedText: "",
    moodTexts: 0,
    moodMicro: 0
  }
  return people < FEWEST_PEOPLE
    ? alone
    : { ...alone, ...unisonOf(messages), ...repetitionOf(messages), ...moodOf(messages) }
}

/** Start of the span's pane with the most messages; of equal panes the first. */
export const busiestPaneOf = (
  messages: ReadonlyArray<Pick<Message, "timeMs">>,
  endMs: number,
  settings: TempoSettings
): number => {
  const paneMs = greatestCommonDivisor(settings.sizeMs, settings.slideMs)
  let best = { startMs: endMs - tempoOf(settings).spanMs, messages: 0 }
  for (let startMs = best.startMs; startMs < endMs; startMs += paneMs) {
    const inPane = messages.filter(({ timeMs }) => timeMs >= startMs && timeMs < startMs + paneMs).length
    if (inPane > best.messages) best = { startMs, messages: inPane }
  }
  return best.startMs
}

/** Distinct people by word. */
const unisonOf = (messages: ReadonlyArray<Message>) => {
  const peopleOf = new Map<string, Set<string>>()
  for (const { user, words } of messages) {
    for (const word of words) peopleOf.set(word, (peopleOf.get(word) ?? new Set()).add(user))
  }
  let best = { unison: 0, shared: null as string | null }
  for (const [word, { size }] of [...peopleOf].toSorted(byBytes)) {
    if (size >= 2 && size > best.unison) best = { unison: size, shared: word }
  }
  return best
}

const repetitionOf = (all: ReadonlyArray<Message>) => {
  let best = { repeatedMessages: 0, repeatedPeople: 0, repeatedText: "" }
  for (const [text, messages] of [...byText(all)].toSorted(byBytes)) {
    if (messages.length < 2 || messages.length <= best.repeatedMessages) continue
    const people = new Set(messages.map(({ user }) => user))
    best = { repeatedMessages: messages.length, repeatedPeople: people.size, repeatedText: text }
  }
  return best
}

/**
 * Each text has one score: of its messages' scores the farthest from 0, of two that are equally far
 * the positive one.
 */
const moodOf = (all: ReadonlyArray<Message>) => {
  const scores = [...byText(all).values()]
    .map((messages) => messages.map(({ score }) => score).toSorted((a, b) => Math.abs(b) - Math.abs(a) || b - a)[0])
    .filter((score) => score !== undefined && score !== 0)
  return { moodTexts: scores.length, moodMicro: scores.reduce<number>((sum, score) => sum + (score ?? 0), 0) }
}

/** Messages by their text; those without words have none. */
const byText = (messages: ReadonlyArray<Message>): ReadonlyMap<string, ReadonlyArray<Message>> =>
  Map.groupBy(
    messages.filter(({ text }) => text !== ""),
    ({ text }) => text
  )

const byBytes = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)
