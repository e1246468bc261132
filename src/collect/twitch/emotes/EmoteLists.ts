/**
 * The names of third-party emotes that occur in a channel's chat, from public lists. They are kept
 * in memory and loaded in the background: chat never waits for a list.
 */
import { Effect, type Scope } from "effect"
import type { HttpClient } from "effect/http"
import * as ListLoader from "./ListLoader.ts"

export interface EmoteLists {
  /**
   * The names that are known now. The first call for a stream starts loading its lists. Without a
   * valid `roomId`, the channel's number at Twitch, it returns the global names.
   */
  readonly namesOf: (stream: string, roomId: string) => Effect.Effect<ReadonlySet<string>>
}

export interface EmoteListOptions {
  /** No list = no names. */
  readonly lists: ReadonlyArray<ListLoader.ListOptions>
}

const NO_NAMES: ReadonlySet<string> = new Set()

/** Knows no names. */
export const none: EmoteLists = { namesOf: () => Effect.succeed(NO_NAMES) }

/** Streams beyond it have the global names only. */
const MOST_STREAMS = 10_000

const ROOM_ID = /^\d{1,20}$/

/** Sets of names from several lists, and their union. */
class Names {
  readonly #parts = new Map<number, ReadonlySet<string>>()
  /** Grows with every change. */
  version = 0

  set(list: number, names: ReadonlySet<string>): void {
    this.#parts.set(list, names)
    this.version++
  }

  addTo(all: Set<string>): void {
    for (const names of this.#parts.values()) for (const name of names) all.add(name)
  }
}

/** The lists of a stream's channel. */
class Room {
  roomId: string
  readonly names = new Names()
  #union: ReadonlySet<string> = NO_NAMES
  /** The versions of the parts that the union was made of. */
  #globals = 0
  #own = 0

  constructor(roomId: string) {
    this.roomId = roomId
  }

  /** Costs the number of names after a change, otherwise two comparisons. */
  union(globals: Names): ReadonlySet<string> {
    if (this.#globals !== globals.version || this.#own !== this.names.version) {
      const all = new Set<string>()
      globals.addTo(all)
      this.names.addTo(all)
      this.#union = all
      this.#globals = globals.version
      this.#own = this.names.version
    }
    return this.#union
  }
}

/** Loads in the background as long as the scope is open. */
export const make = ({
  lists
}: EmoteListOptions): Effect.Effect<EmoteLists, never, HttpClient.HttpClient | Scope.Scope> =>
  Effect.gen(function* () {
    if (lists.length === 0) return none
    const globals = new Names()
    const globalsOnly = new Room("")
    const rooms = new Map<string, Room>()
    const loaders = lists.map(ListLoader.make)
    for (const [index, loader] of loaders.entries()) {
      loader.add({ roomId: () => undefined, store: (names) => globals.set(index, names) })
      yield* Effect.forkScoped(loader.run)
    }

    const roomOf = (stream: string, roomId: string): Room => {
      if (!ROOM_ID.test(roomId)) return globalsOnly
      const known = rooms.get(stream)
      if (known !== undefined) {
        // The next refresh uses it.
        known.roomId = roomId
        return known
      }
      if (rooms.size >= MOST_STREAMS) return globalsOnly
      const room = new Room(roomId)
      rooms.set(stream, room)
      for (const [index, loader] of loaders.entries()) {
        loader.add({ roomId: () => room.roomId, store: (names) => room.names.set(index, names) })
      }
      return room
    }

    return { namesOf: (stream, roomId) => Effect.sync(() => roomOf(stream, roomId).union(globals)) }
  })
