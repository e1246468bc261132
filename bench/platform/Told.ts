/** What the process of the producer is told, and what it tells: a line of JSON each. */
import { Schema } from "effect"

export const Order = Schema.Struct({
  bootstrap: Schema.String,
  topics: Schema.Struct({ chat: Schema.String, viewer: Schema.String }),
  platform: Schema.Struct({
    streams: Schema.Int,
    messagesPerSecond: Schema.Int,
    partitions: Schema.Int,
    originMs: Schema.Int,
    seconds: Schema.Finite
  }),
  /** Each record at its log time, or all as fast as they go. */
  inRealTime: Schema.Boolean,
  slideMs: Schema.Int,
  watermarkDelayMs: Schema.Int
})
export type Order = typeof Order.Type

/** An input's watermark has passed the end of windows. */
export const Crossing = Schema.Struct({
  partition: Schema.Int,
  /** Every slide up to this one and after the one before. */
  endMs: Schema.Int,
  /** When the first record that brought it there was acknowledged. */
  atMs: Schema.Finite
})
export type Crossing = typeof Crossing.Type

/** The whole of what was written. */
export const Produced = Schema.Struct({
  _tag: Schema.tag("Produced"),
  chats: Schema.Int,
  viewers: Schema.Int,
  /** In the log, compressed. */
  bytes: Schema.Int,
  seconds: Schema.Finite,
  cpuSeconds: Schema.Finite,
  /** The longest time from a record's log time to its acknowledgement. */
  mostDelayMs: Schema.Finite,
  /** Messages by the start of their slide, in event time. */
  chatsPerSlide: Schema.Array(Schema.Tuple([Schema.Int, Schema.Int])),
  lastEventMs: Schema.Int,
  crossings: Schema.Struct({ chat: Schema.Array(Crossing), viewer: Schema.Array(Crossing) })
})
export type Produced = typeof Produced.Type

/** Several times a second. */
const Written = Schema.Struct({ _tag: Schema.tag("Written"), records: Schema.Int })

export const Told = Schema.Union([Written, Produced])
