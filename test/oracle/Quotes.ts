/** The quotes of a moment, recounted from docs/SEMANTICS.md, "Quotes". */
import { createHash } from "node:crypto"
import type { OracleReaction } from "./Reaction.ts"
import { COMMON } from "./Sentences.ts"
import { bytesOf, classOf, comparedFormOf, spellingOf, textOf } from "./Words.ts"

/** A message that counts in the window and within the limit of quotes. */
export interface Quotable {
  readonly timeMs: number
  readonly user: string
  /** As written. */
  readonly message: string
  /** Bytes of its compared form; empty if it has no words. */
  readonly text: string
  /** The first 256 of the event. */
  readonly emotes: ReadonlyArray<string>
}

export interface OracleQuotes {
  readonly samples: ReadonlyArray<{ readonly text: string; readonly user: string | null; readonly at: string }>
  readonly repeated: { readonly text: string; readonly messages: number; readonly people: number } | null
  readonly words: ReadonlyArray<{ readonly word: string; readonly people: number; readonly usual: number }>
  readonly emotes: ReadonlyArray<{ readonly emote: string; readonly count: number; readonly before: number }>
}

export interface QuoteSettings {
  /** MOMENT_SAMPLES. */
  readonly most: number
  /** MOMENT_SAMPLE_NAMES. */
  readonly names: "shown" | "hashed" | "none"
}

/** The end of one window of one stream. */
export interface Quoted {
  readonly stream: string
  readonly endMs: number
  readonly sizeMs: number
  readonly spanMs: number
  /** It includes messages beyond the limit of quotes. */
  readonly reaction: OracleReaction
  /** The messages of the window, in any order. */
  readonly quotable: ReadonlyArray<Quotable>
}

/** Spans of fewer people quote nothing. */
const FEWEST_PEOPLE = 5
/** Words and emotes, each. */
const MOST_RISEN = 5
const MOST_CODE_POINTS = 500

export const quotesOf = (quoted: Quoted, settings: QuoteSettings): OracleQuotes => {
  const { endMs, reaction, sizeMs, spanMs } = quoted
  if (reaction.people < FEWEST_PEOPLE) return { samples: [], repeated: null, words: [], emotes: [] }
  const inOrder = quoted.quotable.toSorted(
    (a, b) => a.timeMs - b.timeMs || byCodeUnit(a.message, b.message) || byCodeUnit(a.user, b.user)
  )
  const span = inOrder.filter(({ timeMs }) => timeMs >= endMs - spanMs)
  const before = inOrder.filter(({ timeMs }) => timeMs < endMs - spanMs)
  const rest = sizeMs - spanMs
  const usualOf = (number: number): number => (number * spanMs) / rest
  const emotes = rest === 0 ? [] : risen(emotesOf(span), emotesOf(before), usualOf)
  const emoteWords = new Set(emotes.map(({ name }) => comparedFormOf(name).text))
  const words = rest === 0 ? [] : risen(peopleByWord(span, emoteWords), peopleByWord(before, emoteWords), usualOf)
  return {
    samples: samplesOf(quoted.stream, span, settings),
    repeated: repeatedOf(reaction, span),
    words: words.map(({ name, now, usual }) => ({ word: shown(name), people: now, usual })),
    emotes: emotes.map(({ name, now, usual }) => ({ emote: name, count: now, before: usual }))
  }
}

/** In order of `span`: the first message of a text comes first. */
const samplesOf = (stream: string, span: ReadonlyArray<Quotable>, { most, names }: QuoteSettings) => {
  const peopleOf = new Map<string, Set<string>>()
  for (const { text, user } of span) {
    for (const topic of topicsOf(text)) peopleOf.set(topic, (peopleOf.get(topic) ?? new Set()).add(user))
  }
  const agreementOf = (text: string): number =>
    Math.max(0, ...topicsOf(text).map((topic) => peopleOf.get(topic)?.size ?? Number.NaN))
  const candidates = [
    ...Map.groupBy(
      span.filter(({ text }) => text !== ""),
      ({ text }) => text
    )
  ].map(([text, messages]) => ({
    text,
    messages,
    people: new Set(messages.map(({ user }) => user)).size,
    agreement: agreementOf(text),
    firstMs: messages[0]?.timeMs ?? Number.NaN
  }))
  candidates.sort(
    (a, b) =>
      b.people - a.people ||
      b.agreement - a.agreement ||
      a.firstMs - b.firstMs ||
      byCodeUnit(textOf(a.text), textOf(b.text))
  )

  const topics = new Set<string>()
  const quoted = new Set<string>()
  const samples: Array<OracleQuotes["samples"][number]> = []
  for (const { messages, text } of candidates) {
    if (samples.length === most) break
    if (topicsOf(text).every((topic) => topics.has(topic))) continue
    const message = messages.find(({ user }) => !quoted.has(user))
    if (message === undefined) continue
    quoted.add(message.user)
    for (const topic of topicsOf(text)) topics.add(topic)
    samples.push({
      text: cut(message.message),
      user: nameOf(names, stream, message.user),
      at: new Date(message.timeMs).toISOString()
    })
  }
  return samples
}

const repeatedOf = (
  { repeatedMessages, repeatedPeople, repeatedText }: OracleReaction,
  span: ReadonlyArray<Quotable>
): OracleQuotes["repeated"] => {
  if (repeatedMessages === 0) return null
  const first = span.find(({ text }) => text === repeatedText)
  return { text: cut(first?.message ?? textOf(repeatedText)), messages: repeatedMessages, people: repeatedPeople }
}

const isCommon = (word: string): boolean => COMMON.has(textOf(word))

const wordsOf = (text: string): ReadonlyArray<string> => (text === "" ? [] : [...new Set(text.split(" "))])

const topicsOf = (text: string): ReadonlyArray<string> =>
  wordsOf(text)
    .filter((word) => !isCommon(word))
    .map((word) => classOf(word) ?? word)

/** Distinct people by the compared form of a word. */
const peopleByWord = (messages: ReadonlyArray<Quotable>, except: ReadonlySet<string>): ReadonlyMap<string, number> => {
  const peopleOf = new Map<string, Set<string>>()
  for (const { text, user } of messages) {
    for (const word of wordsOf(text)) {
      if (!isCommon(word) && !except.has(word)) peopleOf.set(word, (peopleOf.get(word) ?? new Set()).add(user))
    }
  }
  return new Map([...peopleOf].map(([word, { size }]) => [textOf(word), size]))
}

/** Occurrences by name. */
const emotesOf = (messages: ReadonlyArray<Quotable>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const emote of messages.flatMap(({ emotes }) => emotes)) {
    if (emote !== "") counts.set(emote, (counts.get(emote) ?? 0) + 1)
  }
  return counts
}

/** Those that rose, by the greatest difference. */
const risen = (
  now: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  usualOf: (number: number) => number
) =>
  [...now]
    .map(([name, number]) => ({ name, now: number, usual: usualOf(before.get(name) ?? 0) }))
    .filter((each) => each.now >= 3 && each.now >= 2 * each.usual)
    .toSorted((a, b) => b.now - b.usual - (a.now - a.usual) || byCodeUnit(a.name, b.name))
    .slice(0, MOST_RISEN)

const nameOf = (names: QuoteSettings["names"], stream: string, user: string): string | null => {
  if (names === "none") return null
  const bytes = Buffer.concat([Buffer.from(stream), Buffer.from([0]), Buffer.from(user)])
  return names === "shown" ? user : createHash("sha256").update(bytes).digest("hex").slice(0, 12)
}

const shown = (word: string): string => cut(spellingOf(bytesOf(word)) ?? word)

const cut = (text: string): string => [...text].slice(0, MOST_CODE_POINTS).join("")

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
