/**
 * The public lists of third-party emotes: the paths of their global and channel lists, and the
 * names in a reply. Replies are not trusted: elements of another shape are left out.
 */
import { Option, Schema } from "effect"

export type ListName = "7tv" | "bttv" | "ffz"

export interface List {
  readonly globalPath: string
  /** `roomId`: the number of the channel at Twitch. */
  readonly roomPath: (roomId: string) => string
  /** The names in a parsed reply; `undefined` = it has another shape. */
  readonly globalNames: (body: unknown) => ReadonlySet<string> | undefined
  readonly roomNames: (body: unknown) => ReadonlySet<string> | undefined
  /**
   * The path of the channel's set, if the reply of `roomPath` names the set and does not contain
   * it. That reply has the shape of the global list.
   */
  readonly setPath?: (body: unknown) => string | undefined
}

/** The most names that are kept of one reply. */
export const MOST_NAMES = 5_000

/** Words of a message are compared with names, so a name with a blank can never occur. */
const NAME = /^[^\s\p{Cc}\p{Cs}]{1,100}$/u

const Elements = Schema.Array(Schema.Unknown)
const isNamed = Schema.is(Schema.Struct({ name: Schema.String }))
const isCoded = Schema.is(Schema.Struct({ code: Schema.String }))

const nameOf = (element: unknown): string | undefined => {
  if (isNamed(element)) return element.name
  return isCoded(element) ? element.code : undefined
}

const namesIn = (elements: Iterable<unknown>): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const element of elements) {
    const name = nameOf(element)
    if (name === undefined || !NAME.test(name)) continue
    names.add(name)
    if (names.size >= MOST_NAMES) break
  }
  return names
}

/** The names of a reply with this schema. */
const reader = <S extends Schema.ConstraintDecoder<unknown>>(
  schema: S,
  elementsOf: (reply: S["Type"]) => Iterable<unknown>
) => {
  const replyOf = Schema.decodeUnknownOption(schema)
  return (body: unknown): ReadonlySet<string> | undefined =>
    Option.getOrUndefined(Option.map(replyOf(body), (reply) => namesIn(elementsOf(reply))))
}

/** A set without emotes has no field `emotes`; a channel may have no set. */
const SevenSet = Schema.Struct({ emotes: Schema.optionalKey(Schema.NullOr(Elements)) })

/** A reply with the id of the channel's set instead of the set. */
const isSevenReference = Schema.is(
  Schema.Struct({
    emote_set: Schema.optionalKey(Schema.Null),
    emote_set_id: Schema.String.check(Schema.isPattern(/^[0-9A-Za-z]{1,64}$/))
  })
)

/** Sets by their id. */
const FfzSets = Schema.Record(Schema.String, Schema.Struct({ emoticons: Elements }))

/** By their names in EMOTE_LISTS. */
export const LISTS: Readonly<Record<ListName, List>> = {
  "7tv": {
    globalPath: "/emote-sets/global",
    roomPath: (roomId) => `/users/twitch/${roomId}`,
    globalNames: reader(SevenSet, ({ emotes }) => emotes ?? []),
    roomNames: reader(
      Schema.Struct({ emote_set: Schema.optionalKey(Schema.NullOr(SevenSet)) }),
      (reply) => reply.emote_set?.emotes ?? []
    ),
    setPath: (body) => (isSevenReference(body) ? `/emote-sets/${body.emote_set_id}` : undefined)
  },
  bttv: {
    globalPath: "/cached/emotes/global",
    roomPath: (roomId) => `/cached/users/twitch/${roomId}`,
    globalNames: reader(Elements, (elements) => elements),
    roomNames: reader(Schema.Struct({ channelEmotes: Elements, sharedEmotes: Elements }), (reply) => [
      ...reply.channelEmotes,
      ...reply.sharedEmotes
    ])
  },
  ffz: {
    globalPath: "/set/global",
    roomPath: (roomId) => `/room/id/${roomId}`,
    // Other sets of the reply belong to single users.
    globalNames: reader(
      Schema.Struct({ default_sets: Schema.Array(Schema.Finite), sets: FfzSets }),
      ({ default_sets: ids, sets }) => ids.flatMap((id) => sets[String(id)]?.emoticons ?? [])
    ),
    roomNames: reader(Schema.Struct({ sets: FfzSets }), ({ sets }) =>
      Object.values(sets).flatMap(({ emoticons }) => emoticons)
    )
  }
}
