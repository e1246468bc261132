/** The description of a moment, recounted from docs/detection.md, "Sentences". */
import type { OracleMetadata } from "./Moments.ts"
import { bytesOf, deedOf, spellingOf } from "./Words.ts"

/** The description of a rise or a turn. */
export const sentencesOf = (metadata: OracleMetadata): string => {
  const { mood, parts, usual_mood, usual_viewers, viewers } = metadata
  const sentences: Array<string> = []
  if (viewers !== null && usual_viewers !== null) {
    sentences.push(`Viewers went from ${Math.round(usual_viewers)} to ${Math.round(viewers)}.`)
  }
  if (parts.chat !== undefined) sentences.push(chatSentence(metadata))
  if (mood !== null && usual_mood !== null) {
    const direction = mood <= usual_mood ? "darker" : "brighter"
    sentences.push(`The mood turned ${direction}: ${hundredths(mood)} where ${hundredths(usual_mood)} is usual.`)
  }
  return sentences.join(" ")
}

export const silenceSentence = (lengthMs: number, usual: number, spanSeconds: number): string =>
  `The chat fell silent for ${duration(Math.round(lengthMs / 1000))}, where ` +
  `${count(short(usual), "person writes", "people write")} in ${duration(spanSeconds)}.`

export const lossSentence = (usual: number, value: number): string =>
  `Viewers fell from ${Math.round(usual)} to ${Math.round(value)}, and the stream goes on.`

const chatSentence = (metadata: OracleMetadata): string => {
  const { messages, people, span_seconds, usual_messages } = metadata
  const times =
    usual_messages < 0.5
      ? "where almost nothing is usual"
      : `${short(messages / usual_messages)} times the usual ${short(usual_messages)}`
  return (
    `${count(messages, "message", "messages")} in ${duration(span_seconds)}, ${times}, from ` +
    `${count(people, "person", "people")}${agreement(metadata)}.`
  )
}

/** How many of the people do what, the most first. */
const SHARES = [
  [0.9, "nearly all of them"],
  [0.7, "three quarters of them"],
  [0.58, "two thirds of them"],
  [0.42, "half of them"],
  [0.29, "a third of them"],
  [0.2, "a quarter of them"]
] as const

const agreement = (metadata: OracleMetadata): string => {
  const { people, unison } = metadata
  if (unison < 3) return ""
  const share = SHARES.find(([least]) => unison / people >= least)
  const what = deed(metadata)
  return share === undefined || what === undefined ? "; they said different things" : `; ${share[1]} ${what}`
}

/** Shared words without meaning. */
export const COMMON: ReadonlySet<string> = new Set(
  (
    "a an the this that these those i im u you your he his him she her it its we us our they them their me my and or but so " +
    "if as at by for from in into of on to with about up out just like am is are was were be do does did has have had " +
    "wil would can could de la le les el los las un une una des du et est en que qui je tu il ce pas dans pour y es lo se " +
    "por con para mi o os da em um uma e eu der die das und ist ein eine ich er sie wir zu mit den и в не на я что с это " +
    "он она а как но ты мы у за то"
  ).split(" ")
)

/** The people's action; `undefined` if it has no meaning. */
const deed = ({ repeated_people, repeated_text, shared, unison }: OracleMetadata): string | undefined => {
  if (repeated_people >= 0.8 * unison && repeated_text.includes(" ")) return `wrote "${cut(repeated_text)}"`
  const word = shared ?? ""
  if (COMMON.has(word)) return undefined
  return deedOf(word) ?? `said ${cut(spellingOf(bytesOf(word)) ?? word)}`
}

/** At most 60 code points, and then `…`. */
const cut = (text: string): string => {
  const letters = [...text]
  return letters.length > 60 ? `${letters.slice(0, 60).join("")}…` : text
}

/** An integer from 10 on, tenths below. */
const short = (x: number): number => (x >= 10 ? Math.round(x) : Math.round(10 * x) / 10)

/** Two decimals; no zero has a sign. */
const hundredths = (x: number): string => x.toFixed(2).replace(/^-0\.00$/, "0.00")

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`

const duration = (seconds: number): string => {
  if (seconds === 60) return "a minute"
  return seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`
}
