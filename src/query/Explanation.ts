/** Why a moment stands out, in sentences for people. Pure. */
import type { MomentItem } from "../http/api/Moments.ts"

const number = (value: number, digits = 1): string => value.toLocaleString("en", { maximumFractionDigits: digits })

const counted = (value: number, noun: string): string => `${number(value, 0)} ${noun}${value === 1 ? "" : "s"}`

const WHAT: Record<string, { readonly name: string; readonly digits: number }> = {
  chat_spike: { name: "messages", digits: 1 },
  chat_drop: { name: "messages", digits: 1 },
  viewer_surge: { name: "viewers on average", digits: 0 },
  viewer_drop: { name: "viewers on average", digits: 0 },
  sentiment_shift: { name: "mean sentiment", digits: 2 }
}

/** In this order: the value against its baseline, who spoke, what they used. Of a moment without figures nothing is said. */
export const explain = ({ metadata, moment_type }: MomentItem): ReadonlyArray<string> => {
  if (metadata === null) return []
  const { baseline_deviation, baseline_mean, baseline_size, chat_count, score, unique_chatters, value } = metadata
  const { digits, name } = WHAT[moment_type] ?? { name: "", digits: 2 }
  const sentences = [
    `In its peak window the value was ${number(value, digits)} (${name}); in the ${counted(baseline_size, "window")} before that it is compared with, the mean was ${number(baseline_mean, digits)} and the deviation ${number(baseline_deviation, digits + 1)}.`,
    `That is ${number(Math.abs(score))} deviations ${score < 0 ? "below" : "above"} what is usual; a deviation is never taken to be smaller than what chance alone would make it.`
  ]
  if (chat_count > 0 && unique_chatters > 0) {
    sentences.push(
      `${counted(chat_count, "message")} came from ${counted(unique_chatters, "chatter")}: ${number(chat_count / unique_chatters)} each.`
    )
  }
  const before = new Set(metadata.top_emotes_before)
  const fresh = metadata.top_emotes.filter((emote) => !before.has(emote))
  if (metadata.top_emotes.length > 0) {
    sentences.push(
      before.size > 0 && fresh.length === 0
        ? "The emotes were those of before."
        : `Among the top emotes were ${counted(fresh.length, "one")} that had not been there before.`
            .replace("1 one ", "one ")
            .replace(/^Among the top emotes were one/, "Among the top emotes was one")
    )
  }
  return sentences
}
