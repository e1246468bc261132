/** Explains a moment in sentences. No sentence quotes the chat. Pure. */
import { DEEDS } from "../reaction/Classes.ts"
import type { MomentMetadata } from "../domain/Moment.ts"
import type { MomentItem } from "../api/Moments.ts"
import { counted, number } from "../domain/Wording.ts"

/** Agreement among fewer people than this is chance. */
const LEAST_UNISON = 3
/** A repeated text below this share of the messages is not copypasta. */
const LEAST_REPEATED = 0.1

/** Means, deviations and scores. */
const decimal = (value: number): string => number(value, 1)

const people = (value: number): string => counted(value, "person", "people")

/** The chat's activity in the reaction span. */
const chat = (metadata: MomentMetadata): ReadonlyArray<string> => {
  const { messages, people_deviation, span_seconds, usual_messages, usual_people } = metadata
  return [
    `At the peak, ${people(metadata.people)} wrote ${counted(messages, "message")} in ${counted(span_seconds, "second")}. ` +
      `The usual is ${decimal(usual_people)} people, with a deviation of ${decimal(people_deviation)}, and ${decimal(usual_messages)} messages.`
  ]
}

const agreement = ({ shared, unison, usual_unison }: MomentMetadata): ReadonlyArray<string> => {
  if (unison < LEAST_UNISON) return []
  const deed = shared === null ? undefined : DEEDS.get(shared)
  return [`${number(unison, 0)} of them ${deed ?? "wrote the same word"}; the usual is ${decimal(usual_unison)}.`]
}

/** The share of one repeated text. Many messages from few people are spam or copypasta. */
const repetition = ({ messages, repeated_messages, repeated_people }: MomentMetadata): ReadonlyArray<string> =>
  repeated_messages < 2 || repeated_messages < LEAST_REPEATED * messages
    ? []
    : [
        `${number(repeated_messages, 0)} of the ${counted(messages, "message")} repeat one text, by ${people(repeated_people)}.`
      ]

/** One sentence for each detector that contributed. */
const PARTS: Readonly<Record<keyof MomentMetadata["parts"], (score: string, metadata: MomentMetadata) => string>> = {
  chat: (score) => `The chat's score is ${score} usual deviations above its baseline.`,
  viewers: (score, { usual_viewers, viewers }) =>
    viewers === null || usual_viewers === null
      ? `The viewers are ${score} usual deviations above their baseline.`
      : `Viewers went from ${number(usual_viewers, 0)} to ${number(viewers, 0)}, which is ${score} usual deviations.`,
  mood: (score, { mood, usual_mood }) =>
    mood === null || usual_mood === null
      ? `The mood is ${score} usual deviations from its baseline.`
      : `The mean sentiment went from ${number(usual_mood, 2)} to ${number(mood, 2)}, which is ${score} usual deviations. Each distinct text counts once.`,
  silence: (score) =>
    `The silence is ${score} usual deviations below the baseline. It is reported after the chat came back.`,
  loss: (score) =>
    `The loss of viewers is ${score} usual deviations. It is reported after it lasted while the chat continued.`
}

/**
 * Returns the sentences in this order: the chat against its baseline, agreement, repetition, then
 * each part. Empty without metadata.
 */
export const explain = ({ metadata }: Pick<MomentItem, "metadata">): ReadonlyArray<string> => {
  if (metadata === null) return []
  const { parts } = metadata
  const isFall = parts.silence !== undefined || parts.loss !== undefined
  const sentences = isFall ? [] : [...chat(metadata), ...agreement(metadata), ...repetition(metadata)]
  for (const name of ["chat", "viewers", "mood", "silence", "loss"] as const) {
    const score = parts[name]
    if (score !== undefined) sentences.push(PARTS[name](decimal(Math.abs(score)), metadata))
  }
  return sentences
}
