/**
 * The wrappings that serializers put around an event: a schema registry's prefix, JSON in JSON, and
 * the envelope of Kafka Connect. docs/SEMANTICS.md, "Wrapped values", has the rules.
 */

/** A zero byte and the schema's id in four bytes. JSON never begins with a zero. */
const PREFIX_BYTES = 5

/** Whether a schema registry's prefix precedes the value. */
export const isPrefixed = (value: Uint8Array): boolean => value.length > PREFIX_BYTES && value[0] === 0

/** The value without a schema registry's prefix: a view of the same bytes. */
export const withoutPrefix = (value: Uint8Array): Uint8Array =>
  isPrefixed(value) ? value.subarray(PREFIX_BYTES) : value

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>

export const isJsonObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether the object has the members `schema` and `payload` and no other. */
const isEnvelope = (json: Json): boolean =>
  Object.hasOwn(json, "payload") && Object.hasOwn(json, "schema") && Object.keys(json).length === 2

/**
 * The value inside one text and one envelope at most, in either order. A text that is not JSON is
 * returned as it is. `keepsEnvelope` = pointers name the envelope's members.
 */
export const unwrapped = (json: unknown, keepsEnvelope: boolean): unknown => {
  let value = json
  let isText = true
  let isWrapped = !keepsEnvelope
  for (;;) {
    if (isText && typeof value === "string") {
      isText = false
      try {
        value = JSON.parse(value)
      } catch {
        return value
      }
    } else if (isWrapped && isJsonObject(value) && isEnvelope(value)) {
      isWrapped = false
      value = value["payload"]
    } else return value
  }
}
