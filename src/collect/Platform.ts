/**
 * A chat platform: it reads public chat of channels and reports what it read and what it missed.
 * One file implements it per platform; `collect/Platforms` lists them.
 */
import type { Stream } from "effect"
import type { CollectError } from "./CollectError.ts"

/** One message that a person wrote. */
export interface ChatMessage {
  readonly _tag: "Message"
  /** The stream's name in the results: the channel's login in lower case. */
  readonly stream: string
  /** When the platform received the message, in ms since the epoch. */
  readonly timeMs: number
  /** The platform's id of the message: a second message with this id is a duplicate. */
  readonly id: string
  /** The author's login. */
  readonly user: string
  readonly userId: string
  readonly text: string
  /** The names of the emotes, one element per occurrence. */
  readonly emotes: ReadonlyArray<string>
  readonly badges: ReadonlyArray<string>
  /** The payment that came with the message, in the platform's unit; 0 = none. */
  readonly bits: number
}

/** The number of viewers of a live stream. */
export interface ViewerSample {
  readonly _tag: "Viewers"
  readonly stream: string
  readonly timeMs: number
  readonly viewers: number
}

/** From now on the messages of this stream arrive. */
export interface Joined {
  readonly _tag: "Joined"
  readonly stream: string
}

/** The messages of these streams no longer arrive; `Joined` and a `Gap` follow. */
export interface Disconnected {
  readonly _tag: "Disconnected"
  readonly streams: ReadonlyArray<string>
  /** Cause, as one clause. */
  readonly why: string
}

/** Messages of these streams between the two times may be missing. */
export interface Gap {
  readonly _tag: "Gap"
  readonly streams: ReadonlyArray<string>
  readonly fromMs: number
  readonly toMs: number
  /** Cause, as one clause. */
  readonly why: string
}

/** Events that were read and left out. */
export interface Dropped {
  readonly _tag: "Dropped"
  /** `undefined` = unknown. */
  readonly stream: string | undefined
  /** Mirrored from another channel, not readable, or more than the buffer holds. */
  readonly why: "mirrored" | "unreadable" | "backlog"
  readonly count: number
}

/** The platform does not let this stream's chat be read: no such channel, or suspended. */
export interface Refused {
  readonly _tag: "Refused"
  readonly stream: string
  /** Cause, as one clause. */
  readonly why: string
}

export type Collected = ChatMessage | ViewerSample | Joined | Disconnected | Gap | Dropped | Refused

export interface Platform {
  /** The name before the colon in COLLECT. */
  readonly name: string
  /** The problem of a channel's name, as one sentence; `undefined` = none. */
  readonly nameProblem: (stream: string) => string | undefined
  /** The stream's name in the results: one spelling for each channel. */
  readonly normal: (stream: string) => string
  /**
   * Reads the chat of these streams (normal names) until it is interrupted. It reconnects by itself
   * and fails only if waiting cannot help.
   */
  readonly collect: (streams: ReadonlyArray<string>) => Stream.Stream<Collected, CollectError>
}
