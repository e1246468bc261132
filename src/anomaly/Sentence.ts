/**
 * A moment as a sentence for people: "456 messages in a minute, 6.4 times the usual 71, from 296
 * people; half of them said KEKW."
 */
import type { MomentMetadata } from "../domain/Moment.ts"
import { COMMON_WORDS } from "../reaction/CommonWords.ts"
import { CLASS_OF, DEEDS, SPELLING_OF } from "../reaction/Classes.ts"
import { plural } from "../domain/Wording.ts"

const MOST_CHARACTERS = 60

/** At least this share of the people, and the words for it. */
const SHARES: ReadonlyArray<readonly [atLeast: number, words: string]> = [
  [0.9, "nearly all of them"],
  [0.7, "three quarters of them"],
  [0.58, "two thirds of them"],
  [0.42, "half of them"],
  [0.29, "a third of them"],
  [0.2, "a quarter of them"]
]

const LEAST_PEOPLE = 3

/** 60000 ms as "a minute". */
export const duration = (ms: number): string => {
  if (ms === 60_000) return "a minute"
  return ms % 60_000 === 0 ? `${ms / 60_000} minutes` : `${ms / 1000} seconds`
}

const rounded = (value: number): string =>
  value < 10 ? String(Math.round(10 * value) / 10) : String(Math.round(value))

/** Without the sign of a zero. */
const hundredths = (value: number): string => value.toFixed(2).replace(/^-(?=0\.00$)/, "")

const times = (value: number, usual: number): string =>
  usual < 0.5 ? "where almost nothing is usual" : `${rounded(value / usual)} times the usual ${rounded(usual)}`

const count = (value: number, one: string, several?: string): string => `${value} ${plural(value, one, several)}`

const shortened = (text: string): string => {
  const characters = [...text]
  return characters.length > MOST_CHARACTERS ? `${characters.slice(0, MOST_CHARACTERS).join("")}…` : text
}

/** `undefined` if the shared word has no meaning. */
const deed = ({ repeated_people, repeated_text, shared, unison }: MomentMetadata): string | undefined => {
  if (repeated_people >= 0.8 * unison && repeated_text.includes(" ")) return `wrote "${shortened(repeated_text)}"`
  if (shared === null || COMMON_WORDS.has(shared)) return undefined
  return DEEDS.get(shared) ?? `said ${shortened(SPELLING_OF.get(shared) ?? shared)}`
}

const agreement = (metadata: MomentMetadata): string => {
  if (metadata.unison < LEAST_PEOPLE) return ""
  const words = SHARES.find(([atLeast]) => metadata.unison / metadata.people >= atLeast)?.[1]
  const what = deed(metadata)
  return words === undefined || what === undefined ? "; they said different things" : `; ${words} ${what}`
}

const chat = (metadata: MomentMetadata): string => {
  const { messages, people, span_seconds, usual_messages } = metadata
  return (
    `${count(messages, "message")} in ${duration(1000 * span_seconds)}, ${times(messages, usual_messages)}, ` +
    `from ${count(people, "person", "people")}${agreement(metadata)}.`
  )
}

const viewers = ({ usual_viewers, viewers }: MomentMetadata): string =>
  viewers === null || usual_viewers === null
    ? ""
    : `Viewers went from ${Math.round(usual_viewers)} to ${Math.round(viewers)}.`

const mood = ({ mood, usual_mood }: MomentMetadata): string =>
  mood === null || usual_mood === null
    ? ""
    : `The mood turned ${mood > usual_mood ? "brighter" : "darker"}: ${hundredths(mood)} where ${hundredths(usual_mood)} is usual.`

/** The sentence for a rise or a turn. */
export const sentence = (metadata: MomentMetadata): string => {
  const ofChat = metadata.parts.chat === undefined ? "" : chat(metadata)
  return [viewers(metadata), ofChat, mood(metadata)].filter((text) => text !== "").join(" ")
}

export const silenceSentence = (lengthMs: number, usual: number, spanMs: number): string =>
  `The chat fell silent for ${duration(Math.round(lengthMs / 1000) * 1000)}, where ${rounded(usual)} ${rounded(usual) === "1" ? "person writes" : "people write"} in ${duration(spanMs)}.`

export const lossSentence = (value: number, usual: number): string =>
  `Viewers fell from ${Math.round(usual)} to ${Math.round(value)}, and the stream goes on.`

/** Whether at least two fifths of the people cheer. */
export const isHype = ({ people, shared, unison }: MomentMetadata): boolean => {
  if (shared === null || unison < 0.4 * people) return false
  const name = CLASS_OF.get(shared) ?? shared
  return name === "HYPE" || name === "VICTORY"
}
