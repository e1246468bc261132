/**
 * The schemas of both events: accepted values of each field, in the order in which faults are
 * reported.
 */
import { Schema, SchemaGetter } from "effect"
import type { ChatEvent, ViewerEvent } from "../domain/Event.ts"
import { MAX_NAME_CODE_POINTS } from "../domain/Limits.ts"
import { EventTimeMs } from "../domain/EventTime.ts"
import { parseTimestamp } from "./Timestamp.ts"

const REPLACEMENT = "\uFFFD"

/**
 * PostgreSQL holds neither U+0000 nor lone surrogates: one chat line must not stop a flush for
 * ever.
 */
const storable = (text: string): string =>
  (text.includes("\0") ? text.replaceAll("\0", REPLACEMENT) : text).toWellFormed()

/** Text whose value is made storable; anything that is no text is left to the target to refuse. */
const storableText = <S extends Schema.Codec<string, string>>(text: S) =>
  Schema.String.pipe(
    Schema.decodeTo(text, { decode: SchemaGetter.transform(storable), encode: SchemaGetter.passthrough() })
  )

/** Text, or an integer taken as its decimal text. */
const textOrInteger = <S extends Schema.Codec<string, string>>(text: S) =>
  Schema.Unknown.pipe(
    Schema.decodeTo(text, {
      // Cast: what is neither text nor integer passes through for `text` to refuse, as it refuses
      // any wrong type.
      decode: SchemaGetter.transform(
        (value: unknown) => (Number.isSafeInteger(value) ? String(value) : value) as string
      ),
      encode: SchemaGetter.transform((value: string): unknown => value)
    })
  )

const StreamName = textOrInteger(
  Schema.String.check(
    Schema.isBetweenCodePoints(1, MAX_NAME_CODE_POINTS),
    Schema.makeFilter((name: string) => !name.includes("\0") && name.isWellFormed())
  )
)

/**
 * Values that are no event time decode to NaN, which the target refuses. A plain transformation
 * costs a third of an effectful one.
 */
const Time = Schema.Unknown.pipe(
  Schema.decodeTo(
    Schema.declare((u): u is EventTimeMs => Number.isFinite(u)),
    {
      decode: SchemaGetter.transform((value: unknown) => parseTimestamp(value) ?? EventTimeMs(Number.NaN)),
      encode: SchemaGetter.transform((timeMs: EventTimeMs): unknown => timeMs)
    }
  )
)

/**
 * A chat message whose spellings are resolved. Decoding reports the first faulty field in this
 * order.
 */
export const ChatEventSchema = Schema.TaggedStruct("chat", {
  stream: StreamName,
  timeMs: Time,
  id: Schema.optional(textOrInteger(storableText(Schema.String))),
  user: textOrInteger(storableText(Schema.String.check(Schema.isBetweenCodePoints(1, MAX_NAME_CODE_POINTS)))),
  text: storableText(Schema.String),
  emotes: Schema.Array(storableText(Schema.String.check(Schema.isBetweenCodePoints(0, MAX_NAME_CODE_POINTS))))
})

/** A viewer sample whose spellings are resolved. */
export const ViewerEventSchema = Schema.TaggedStruct("viewer", {
  stream: StreamName,
  timeMs: Time,
  id: Schema.optional(textOrInteger(storableText(Schema.String))),
  viewers: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))
})

// The schemas and the domain's types must describe the same events: these lines fail to compile if
// they drift apart.
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
// In the domain, texts are bytes.
type StreamText = { readonly stream: string }
type ChatTexts = StreamText & {
  readonly user: string
  readonly text: string
  readonly emotes: ReadonlyArray<string>
}
export const chatAgrees: Same<
  Omit<typeof ChatEventSchema.Type, "id">,
  Omit<ChatEvent, keyof ChatTexts | "cutEmotes"> & ChatTexts
> = true
export const viewerAgrees: Same<
  Omit<typeof ViewerEventSchema.Type, "id">,
  Omit<ViewerEvent, keyof StreamText> & StreamText
> = true
