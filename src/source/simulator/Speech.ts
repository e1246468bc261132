/** The author and the text of a channel's next message. */
import { anyMember, botOf, type Cast, type Channel, type Person, pick, stranger } from "./Cast.ts"
import type { Draws } from "./Draws.ts"
import { type Message, writeBotMessage, writeMessage } from "./Message.ts"
import type { Scene } from "./Scene.ts"
import type { Lasting } from "./Script.ts"

export interface Speech {
  readonly person: Person
  readonly message: Message
}

/** Kinds of scenes with messages of their own. */
const SPEAKING: ReadonlySet<Scene["kind"]> = new Set(["hype", "talk", "copypasta", "emote", "spam", "raid"])

const SPAMMERS = 4
/** Measured on eight public channels: bots write 1 to 3 % of the messages. */
const BOT_SHARE = 0.012

/**
 * The scene of a message: a scene has as many of a channel's messages as it adds, a mood all of
 * them.
 */
const sceneOf = (channel: Channel, on: ReadonlyArray<Lasting>, draws: Draws): Scene | undefined => {
  for (const { part, scene } of on) {
    if (
      scene.channel === channel.index &&
      (scene.kind === "mood" || (SPEAKING.has(scene.kind) && draws.chance(part)))
    ) {
      return scene
    }
  }
  return undefined
}

const personOf = (channel: Channel, scene: Scene | undefined, cast: Cast, draws: Draws): Person => {
  if (scene === undefined || scene.kind === "mood") return cast.regular(channel, draws)
  if (scene.kind === "spam") return stranger(scene.seed, draws.below(SPAMMERS))
  // Raiders are the other channel's people.
  return scene.from === undefined
    ? anyMember(channel, draws)
    : anyMember(pick(cast.channels(channel.partition), scene.from), draws)
}

/** The next message, given the present scenes. */
export const speak = (channel: Channel, on: ReadonlyArray<Lasting>, cast: Cast, draws: Draws): Speech => {
  const scene = on.length === 0 ? undefined : sceneOf(channel, on, draws)
  if (scene === undefined && draws.chance(BOT_SHARE)) return { person: botOf(channel), message: writeBotMessage(draws) }
  const person = personOf(channel, scene, cast, draws)
  return { person, message: writeMessage(channel, scene, draws) }
}
