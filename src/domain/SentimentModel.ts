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
  readonly scoreMicro: (events: EventColumns, event: number) => number
}
