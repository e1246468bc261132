/** The order that the producer receives, and the messages that it prints: one line of JSON each. */
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
  /** Whether each record is written at its log time. Otherwise all are written at full speed. */
  inRealTime: Schema.Boolean,
  slideMs: Schema.Int,
  watermarkDelayMs: Schema.Int
})
export type Order = typeof Order.Type

/** An input's watermark has passed the end of windows. */
export const Crossing = Schema.Struct({
  partition: Schema.Int,
  /** Last window end that it passed. */
  endMs: Schema.Int,
  /** Time of the acknowledgment of the first record that moved it there. */
  atMs: Schema.Finite
})
export type Crossing = typeof Crossing.Type

/** The sums at the end. */
export const Produced = Schema.Struct({
  _tag: Schema.tag("Produced"),
  chats: Schema.Int,
  viewers: Schema.Int,
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

export const ProducerMessage = Schema.Union([Written, Produced])
