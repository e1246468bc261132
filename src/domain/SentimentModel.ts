/** How a message's mood is scored. One file a model; SENTIMENT_MODEL selects it. */
import type { Utf8 } from "./Utf8.ts"

/**
 * A pure function of the text and the message's list of emotes: the score in millionths, an integer from -1,000,000 to 1,000,000
 * (integers add up without drift), or UNSCORED if the model knows nothing in the message. Above 0 = positive, below = negative.
 */
export interface SentimentModel {
  readonly name: string
  readonly scoreMicro: (text: Utf8, emotes: ReadonlyArray<string>) => number
}
