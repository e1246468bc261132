/**
 * Selects what a moment quotes: sample messages, the repeated text, and the words and emotes that
 * rose. A pure function of the messages of one stream in one window, in any order. It runs once for
 * each peak of a moment, so it is written for clarity. docs/SEMANTICS.md has the rules.
 */
import { type ChatContent, MAX_SAMPLE_CODE_POINTS, type SampleSettings } from "../domain/ChatContent.ts"
import { byCodeUnit } from "../domain/CodeUnits.ts"
import { MAX_WORDS } from "../domain/Limits.ts"
import type { Reaction } from "../domain/Reaction.ts"
import { sampleName } from "../domain/SampleName.ts"
import { utf8Of } from "../domain/Utf8.ts"
import { CLASS_OF, LAUGHTER, SPELLING_OF } from "./Classes.ts"
import { COMMON_WORDS } from "./CommonWords.ts"
import { comparedWord, isLaughter } from "./Compared.ts"
import type { Written } from "./PaneTranscript.ts"
import { rising } from "./Rising.ts"

/** A message with its compared words. */
interface Message extends Written {
  readonly words: ReadonlyArray<string>
  /** The words joined; "" = it has no text. */
  readonly compared: string
}

/** A text of the span: the messages in the order of {@link byTime}, and what orders the texts. */
interface Text {
  readonly compared: string
  readonly messages: ReadonlyArray<Message>
  readonly topics: ReadonlySet<string>
  readonly people: number
  /** The most people who share one of its topics. */
  readonly agreement: number
}

export interface ContentInput {
  readonly stream: string
  /** All messages of the window. */
  readonly messages: ReadonlyArray<Written>
  /** The window's end and size, and the length of its reaction span. */
  readonly endMs: number
  readonly sizeMs: number
  readonly spanMs: number
  readonly reaction: Reaction
}

export const contentOf = (
  { endMs, messages, reaction, sizeMs, spanMs, stream }: ContentInput,
  { most, names }: SampleSettings
): ChatContent => {
  const wordOf = new Map<string, string>()
  const read = (message: Written): Message => {
    const words = wordsOf(message.text, wordOf)
    return { ...message, words, compared: words.join(" ") }
  }
  const spanStartMs = endMs - spanMs
  const span = messages
    .filter(({ timeMs }) => timeMs >= spanStartMs)
    .map(read)
    .toSorted(byTime)
  const before = messages.filter(({ timeMs }) => timeMs < spanStartMs).map(read)
  const restMs = sizeMs - spanMs
  // Nothing precedes a span that is the whole window.
  const scale = restMs === 0 ? undefined : { spanMs, restMs }
  const emotes = scale === undefined ? [] : rising(countsOf(span), countsOf(before), scale)
  const named = new Set(emotes.map(({ name }) => comparedWord(name)))
  const isNamed = (word: string): boolean => COMMON_WORDS.has(word) || named.has(word)
  const words = scale === undefined ? [] : rising(peopleOf(span, isNamed), peopleOf(before, isNamed), scale)
  return {
    samples: samplesOf(span, most).map(({ text, timeMs, user }) => ({
      text: shortened(text),
      user: sampleName(names, stream, user),
      at: new Date(timeMs).toISOString()
    })),
    repeated: repeatedOf(span, reaction),
    words: words.map(({ expected, name, now }) => ({
      word: shortened(SPELLING_OF.get(name) ?? name),
      people: now,
      usual: expected
    })),
    emotes: emotes.map(({ expected, name, now }) => ({ emote: name, count: now, before: expected }))
  }
}

/** The earliest first; of equal times by text, then by user. */
const byTime = (a: Message, b: Message): number =>
  a.timeMs - b.timeMs || byCodeUnit(a.text, b.text) || byCodeUnit(a.user, b.user)

/** Compared forms of the first words. `known` keeps each spelling's form. */
const wordsOf = (text: string, known: Map<string, string>): ReadonlyArray<string> => {
  const words: Array<string> = []
  // oxlint-disable-next-line no-control-regex -- they separate words
  for (const [word] of text.matchAll(/[^\u0000-\u0020]+/g)) {
    let form = known.get(word)
    if (form === undefined) known.set(word, (form = comparedWord(word)))
    words.push(form)
    if (words.length === MAX_WORDS) break
  }
  return words
}

const classOf = (word: string): string | undefined => {
  const { bytes, end, start } = utf8Of(word)
  return CLASS_OF.get(word) ?? (isLaughter(bytes, start, end) ? LAUGHTER : undefined)
}

/** The meanings of a text: its words without common ones, each word of a class as the class. */
const topicsOf = (words: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(words.filter((word) => !COMMON_WORDS.has(word)).map((word) => classOf(word) ?? word))

const samplesOf = (span: ReadonlyArray<Message>, most: number): ReadonlyArray<Message> => {
  const samples: Array<Message> = []
  const known = new Set<string>()
  const people = new Set<string>()
  for (const { messages, topics } of textsOf(span)) {
    if (samples.length === most) break
    if ([...topics].every((topic) => known.has(topic))) continue
    const sample = messages.find(({ user }) => !people.has(user))
    if (sample === undefined) continue
    samples.push(sample)
    people.add(sample.user)
    for (const topic of topics) known.add(topic)
  }
  return samples
}

/** The texts of the span, the most shared first. */
const textsOf = (span: ReadonlyArray<Message>): ReadonlyArray<Text> => {
  const byText = Map.groupBy(
    span.filter(({ compared }) => compared !== ""),
    ({ compared }) => compared
  )
  const texts = [...byText].map(([compared, messages]) => ({
    compared,
    messages,
    topics: topicsOf(compared.split(" ")),
    people: new Set(messages.map(({ user }) => user)).size
  }))
  const sharing = new Map<string, Set<string>>()
  for (const { messages, topics } of texts) {
    for (const topic of topics) {
      let users = sharing.get(topic)
      if (users === undefined) sharing.set(topic, (users = new Set()))
      for (const { user } of messages) users.add(user)
    }
  }
  return texts
    .map((text): Text => ({
      ...text,
      agreement: Math.max(0, ...Array.from(text.topics, (topic) => sharing.get(topic)?.size ?? 0))
    }))
    .toSorted(byImportance)
}

/** By people, then by agreement, then the first that was written. */
const byImportance = (a: Text, b: Text): number =>
  b.people - a.people || b.agreement - a.agreement || firstMs(a) - firstMs(b) || byCodeUnit(a.compared, b.compared)

const firstMs = ({ messages }: Text): number => messages[0]?.timeMs ?? Number.POSITIVE_INFINITY

/** The text of the metadata, as its earliest message spells it. */
const repeatedOf = (span: ReadonlyArray<Message>, { repeated }: Reaction): ChatContent["repeated"] => {
  const { messages, people, text } = repeated
  if (messages === 0) return null
  const first = span.find(({ compared }) => compared === text)
  return { text: shortened(first?.text ?? text), messages, people }
}

/** Distinct people by word, without the words that `isLeftOut` names. */
const peopleOf = (
  messages: ReadonlyArray<Message>,
  isLeftOut: (word: string) => boolean
): ReadonlyMap<string, number> => {
  const users = new Map<string, Set<string>>()
  for (const { user, words } of messages) {
    for (const word of words) {
      if (isLeftOut(word)) continue
      const known = users.get(word)
      if (known === undefined) users.set(word, new Set([user]))
      else known.add(user)
    }
  }
  return new Map(Array.from(users, ([word, { size }]) => [word, size]))
}

/** Occurrences by emote. An empty name is none. */
const countsOf = (messages: ReadonlyArray<Message>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { emotes } of messages) {
    for (const emote of emotes) if (emote !== "") counts.set(emote, (counts.get(emote) ?? 0) + 1)
  }
  return counts
}

const shortened = (text: string): string =>
  text.length <= MAX_SAMPLE_CODE_POINTS ? text : [...text].slice(0, MAX_SAMPLE_CODE_POINTS).join("")
