/** Scores the mood of a message. Each model has its own file; SENTIMENT_MODEL selects one. */
import type { EventColumns } from "./EventColumns.ts"

/**
 * A pure function of the text and the emotes of a chat message, an event of the columns. It returns
 * the score in millionths: an integer from -1,000,000 to 1,000,000, because sums of integers do not
 * drift. Above 0 = positive, below = negative. It returns UNSCORED if the model knows nothing in
 * the message.
 */
export interface SentimentModel {
  readonly name: string
  /**
   * Words in lower case with their weights, if the score is (p - n) / (p + n) of the words that
   * count. The kernel then computes it for most texts.
   */
  readonly words?: ReadonlyMap<string, 1 | -1>
  readonly scoreMicro: (events: EventColumns, event: number) => number
}
