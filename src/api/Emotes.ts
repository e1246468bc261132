/** How often emotes occur in one stream over time. */
import { Schema } from "effect"
import { Instant, range, textOf } from "./Values.ts"

/** Emotes of one request. */
export const MOST_EMOTES = 10

const Emote = textOf(0, 255)

export const emotesQuery = {
  ...range("Windows that start"),
  step: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 31 * 86_400 })).annotate({
      description: "Step in seconds, counted from 1970; by default one that gives at most 360 steps"
    })
  ),
  emote: Schema.optionalKey(
    Schema.Array(Emote)
      .check(Schema.isMaxLength(MOST_EMOTES))
      .annotate({
        description: `An emote; repeat the parameter for up to ${MOST_EMOTES}. By default the five most frequent ones`
      })
  )
}

/** Columns over the steps that contain a window of the stream, ascending. */
export const StreamEmotes = Schema.Struct({
  /** Seconds. */
  step: Schema.Int,
  /** Start of each step. */
  starts: Schema.Array(Instant),
  emotes: Schema.Array(
    Schema.Struct({
      emote: Schema.String,
      /**
       * For each step the greatest number of occurrences in one of its windows. 0: no window lists
       * the emote. `null`: windows of earlier versions, which have no counts.
       */
      counts: Schema.Array(Schema.NullOr(Schema.Int))
    })
  ),
  /** The most frequent emotes of the range, with the greatest number in one window. */
  found: Schema.Array(Schema.Struct({ emote: Schema.String, count: Schema.NullOr(Schema.Int) }))
})
export type StreamEmotes = typeof StreamEmotes.Type
