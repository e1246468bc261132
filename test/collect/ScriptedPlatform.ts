/** A platform that tests drive: it emits what a test offers. */
import { Effect, Queue, Stream } from "effect"
import type { CollectError } from "../../src/collect/CollectError.ts"
import type { ChatMessage, Collected, Platform, ViewerSample } from "../../src/collect/Platform.ts"

export const message = (fields: Partial<ChatMessage> = {}): ChatMessage => ({
  _tag: "Message",
  stream: "one",
  timeMs: 1_700_000_000_000,
  id: "m1",
  user: "ann",
  userId: "1",
  text: "hi",
  emotes: [],
  badges: [],
  bits: 0,
  ...fields
})

export const viewers = (fields: Partial<ViewerSample> = {}): ViewerSample => ({
  _tag: "Viewers",
  stream: "one",
  timeMs: 1_700_000_000_000,
  viewers: 7,
  ...fields
})

/** Names of Twitch's form. */
export const named = (name: string, collect: Platform["collect"] = () => Stream.never): Platform => ({
  name,
  normal: (stream) => stream.toLowerCase(),
  nameProblem: (stream) => (/^[a-z0-9_]{1,25}$/.test(stream) ? undefined : "A name has letters, digits and _."),
  collect
})

export interface Scripted {
  readonly platform: Platform
  readonly emit: (...collected: ReadonlyArray<Collected>) => Effect.Effect<void>
  readonly fail: (error: CollectError) => Effect.Effect<void>
}

export const scripted = (name = "twitch"): Effect.Effect<Scripted> =>
  Effect.map(Queue.unbounded<Collected, CollectError>(), (queue) => ({
    platform: named(name, () => Stream.fromQueue(queue)),
    emit: (...collected) => Effect.asVoid(Queue.offerAll(queue, collected)),
    fail: (error) => Effect.asVoid(Queue.fail(queue, error))
  }))
