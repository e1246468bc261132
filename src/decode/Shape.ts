/** The places of the fields in an object of JSON: built-in spellings, or pointers of a mapping. */
import { type FieldMap, type FieldName, keepsEnvelope, keysOf, SPELLINGS, valueAt } from "../domain/FieldMap.ts"
import { outside } from "../domain/Invariant.ts"
import type { InputKind } from "../domain/Task.ts"
import type { Json } from "../domain/Wrapping.ts"

export interface Shape {
  /** Whether pointers name the members of Kafka Connect's envelope. */
  readonly keepsEnvelope: boolean
  /** The fields of the object, for the schema of its kind. */
  readonly resolve: (json: Json) => unknown
  /**
   * The path of a field in dead letters: its spelling in this object, or its pointer. `index` = the
   * number of an element.
   */
  readonly pathOf: (json: Json, field: FieldName, index: string | undefined) => string
}

// The two functions below repeat SPELLINGS as straight code, because they run for many records.

const resolveChat = (json: Json): unknown => ({
  _tag: "chat",
  stream: json["stream_id"] ?? json["channel"],
  timeMs: json["timestamp"],
  id: json["event_id"] ?? json["message_id"] ?? undefined,
  user: json["user_id"] ?? json["username"],
  text: json["message"],
  emotes: json["emotes"] ?? []
})

const resolveViewer = (json: Json): unknown => ({
  _tag: "viewer",
  stream: json["stream_id"] ?? json["channel"],
  timeMs: json["timestamp"],
  id: json["event_id"] ?? undefined,
  viewers: json["viewer_count"]
})

const spelledPath =
  (kind: InputKind): Shape["pathOf"] =>
  (json, field, index) => {
    const names = SPELLINGS[kind][field] ?? outside()
    const name = names.find((one) => json[one] !== undefined && json[one] !== null) ?? names[0]
    return index === undefined ? name : `${name}[${index}]`
  }

const BUILT_IN: Readonly<Record<InputKind, Shape>> = {
  chat: { keepsEnvelope: false, resolve: resolveChat, pathOf: spelledPath("chat") },
  viewer: { keepsEnvelope: false, resolve: resolveViewer, pathOf: spelledPath("viewer") }
}

/** Reads one field: at its pointer, or by its spellings. */
const readerOf = (kind: InputKind, map: FieldMap, field: FieldName): ((json: Json) => unknown) => {
  const pointer = map[field]
  if (pointer !== undefined) {
    const keys = keysOf(pointer)
    return (json) => valueAt(json, keys)
  }
  const [first, second] = SPELLINGS[kind][field] ?? outside()
  return second === undefined ? (json) => json[first] : (json) => json[first] ?? json[second]
}

const mapped = (kind: InputKind, map: FieldMap): Shape => {
  const of = (field: FieldName) => readerOf(kind, map, field)
  const [stream, time, id] = [of("stream"), of("time"), of("id")]
  const head = (json: Json) => ({ stream: stream(json), timeMs: time(json), id: id(json) ?? undefined })
  let resolve: Shape["resolve"]
  if (kind === "chat") {
    const [user, text, emotes] = [of("user"), of("text"), of("emotes")]
    resolve = (json) => ({
      _tag: "chat",
      ...head(json),
      user: user(json),
      text: text(json),
      emotes: emotes(json) ?? []
    })
  } else {
    const viewers = of("viewers")
    resolve = (json) => ({ _tag: "viewer", ...head(json), viewers: viewers(json) })
  }
  const spelled = spelledPath(kind)
  return {
    keepsEnvelope: keepsEnvelope(map),
    resolve,
    pathOf: (json, field, index) => {
      const pointer = map[field]
      if (pointer === undefined) return spelled(json, field, index)
      return index === undefined ? pointer : `${pointer}/${index}`
    }
  }
}

/** Shapes by their mapping: tasks and settings share few of them. */
const known: Readonly<Record<InputKind, WeakMap<FieldMap, Shape>>> = { chat: new WeakMap(), viewer: new WeakMap() }

/** The shape of a kind. `undefined` = no field is mapped. */
export const shapeOf = (kind: InputKind, map: FieldMap | undefined): Shape => {
  if (map === undefined) return BUILT_IN[kind]
  const found = known[kind].get(map)
  if (found !== undefined) return found
  const made = mapped(kind, map)
  known[kind].set(map, made)
  return made
}
