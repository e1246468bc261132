/** The events that windows are made of, as they are after decoding. */
import type { EventTimeMs } from "./EventTime.ts"
import type { Utf8 } from "./Utf8.ts"

/** One chat message. Texts hold neither U+0000 nor lone surrogates. */
export interface ChatEvent {
  readonly _tag: "chat"
  /** 1 to 255 code points. */
  readonly stream: Utf8
  readonly timeMs: EventTimeMs
  /** The user, who counts as one chatter; 1 to 255 code points. */
  readonly user: Utf8
  readonly text: Utf8
  /** Each element counts once; 0 to 255 code points each, at most `MAX_EMOTES_PER_EVENT`. */
  readonly emotes: ReadonlyArray<Utf8>
  /** How many more emotes the record had. */
  readonly cutEmotes: number
}

/** One sample of a stream's viewers. */
export interface ViewerEvent {
  readonly _tag: "viewer"
  /** 1 to 255 code points. */
  readonly stream: Utf8
  readonly timeMs: EventTimeMs
  /** 0 to 2^31 - 1. */
  readonly viewers: number
}

export type Event = ChatEvent | ViewerEvent
