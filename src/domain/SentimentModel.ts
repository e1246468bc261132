/** Scores the mood of a message. Each model has its own file; SENTIMENT_MODEL selects one. */
import type { Utf8 } from "./Utf8.ts"

/**
 * A pure function of the text and the message's list of emotes. It returns the score in millionths:
 * an integer from -1,000,000 to 1,000,000, because sums of integers do not drift. Above 0 =
 * positive, below = negative. It returns UNSCORED if the model knows nothing in the message.
 */
export interface SentimentModel {
  readonly name: string
  readonly scoreMicro: (text: Utf8, emotes: ReadonlyArray<string>) => number
}
