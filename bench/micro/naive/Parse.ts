/** Events by `JSON.parse` and a schema, as plain objects. */
import "effect/schema/SchemaJITCompiler/enable"
import { Schema } from "effect"

export interface Message {
  readonly stream: string
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  readonly user: string
  readonly text: string
  readonly emotes: ReadonlyArray<string>
}

export interface Sample {
  readonly stream: string
  /** Milliseconds since the epoch. */
  readonly timeMs: number
  readonly viewers: number
}

const stream = Schema.String.check(Schema.isBetweenCodePoints(1, 255))

const decodeMessage = Schema.decodeUnknownSync(
  Schema.Struct({
    stream_id: stream,
    timestamp: Schema.String,
    user_id: Schema.String.check(Schema.isNonEmpty()),
    message: Schema.String,
    emotes: Schema.Array(Schema.String)
  })
)

const decodeSample = Schema.decodeUnknownSync(
  Schema.Struct({
    stream_id: stream,
    timestamp: Schema.String,
    viewer_count: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))
  })
)

export const parseMessage = (value: Buffer): Message => {
  const { emotes, message, stream_id, timestamp, user_id } = decodeMessage(JSON.parse(value.toString()))
  return { stream: stream_id, timeMs: Date.parse(timestamp), user: user_id, text: message, emotes }
}

export const parseSample = (value: Buffer): Sample => {
  const { stream_id, timestamp, viewer_count } = decodeSample(JSON.parse(value.toString()))
  return { stream: stream_id, timeMs: Date.parse(timestamp), viewers: viewer_count }
}
