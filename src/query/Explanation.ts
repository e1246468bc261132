/** Why a moment stands out, in sentences for people. Pure. */
import type { MomentItem } from "../http/api/Moments.ts"

const number = (value: number, digits = 1): string =>
  value.toLocaleString("en", { maximumFractionDigits: digits, signDisplay: "negative" })

const counted = (value: number, noun: string): string => `${number(value, 0)} ${noun}${value === 1 ? "" : "s"}`

/** What the peak window is said to have, and how exactly the baseline is told. */
interface Subject {
  readonly had: (value: number) => string
  readonly digits: number
}

const messages: Subject = { had: (value) => `had ${counted(value, "message")}`, digits: 1 }
const viewers: Subject = { had: (value) => `had ${number(value, 0)} viewers on average`, digits: 0 }
const sentiment: Subject = { had: (value) => `had a mean sentiment of ${number(value, 2)}`, digits: 2 }
const unknown: Subject = { had: (value) => `had a value of ${number(value, 2)}`, digits: 2 }

const SUBJECTS: Readonly<Record<string, Subject>> = {
  chat_spike: messages,
  chat_drop: messages,
  viewer_surge: viewers,
  viewer_drop: viewers,
  sentiment_shift: sentiment
}

/** In this order: the value against its baseline, who spoke, what they used. Of a moment without figures nothing is said; what chat wrote is never repeated. */
export const explain = ({ metadata, moment_type }: MomentItem): ReadonlyArray<string> => {
  if (metadata === null) return []
  const { baseline_deviation, baseline_mean, baseline_size, chat_count, score, unique_chatters, value } = metadata
  const { digits, had } = SUBJECTS[moment_type] ?? unknown
  const sentences = [
    `The peak window ${had(value)}. It is compared with ${counted(baseline_size, "earlier window")}: mean ${number(baseline_mean, digits)}, standard deviation ${number(baseline_deviation, digits + 1)}.`,
    `That is ${number(Math.abs(score))} deviations ${score < 0 ? "below" : "above"} what is usual; a deviation is never taken to be smaller than what chance alone would make it.`
  ]
  if (chat_count > 0 && unique_chatters > 0) {
    const each = chat_count > unique_chatters ? `, ${number(chat_count / unique_chatters)} each` : ""
    sentences.push(`${counted(chat_count, "message")} came from ${counted(unique_chatters, "chatter")}${each}.`)
  }
  if (metadata.top_emotes.length > 0) {
    const before = new Set(metadata.top_emotes_before)
    const fresh = metadata.top_emotes.filter((emote) => !before.has(emote)).length
    sentences.push(
      fresh === 0
        ? "The top emotes were all in use before."
        : `${number(fresh, 0)} of the top emotes ${fresh === 1 ? "was" : "were"} not among those before.`
    )
  }
  return sentences
}
