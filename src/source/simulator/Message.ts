/** Text and emotes of one chat message, by the channel's tone and its present scene. */
import { type Channel, personName, pick, stranger } from "./Cast.ts"
import { Draws } from "./Draws.ts"
import type { Scene } from "./Scene.ts"
import * as Vivid from "./VividVocabulary.ts"
import * as Vocabulary from "./Vocabulary.ts"

const quoted = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.map((text) => JSON.stringify(text).slice(1, -1))

const OPENERS = quoted(Vocabulary.OPENERS)
const TAILS = quoted(Vocabulary.TAILS)
const POSITIVE = quoted(Vocabulary.POSITIVE)
const NEGATIVE = quoted(Vocabulary.NEGATIVE)
const NEUTRAL = quoted(Vocabulary.NEUTRAL)
const ASIDES = quoted(Vivid.ASIDES)
const REACTIONS = quoted(Vivid.REACTIONS)
const COMPLAINTS = quoted(Vivid.COMPLAINTS)
const PASTES = quoted(Vivid.PASTES)

/** Texts are JSON without their quotation marks. */
export interface Message {
  /** The text as JSON. */
  readonly textJson: string
  /** The emotes as JSON; `undefined` = the field is absent. */
  readonly emotesJson: string | undefined
}

/** The tone of messages: the channel's own, or that of a mood. */
type Tone = Pick<Channel, "positiveShare" | "negativeShare" | "favourites">

const JOY: Tone = { positiveShare: 0.65, negativeShare: 0.02, favourites: Vocabulary.HAPPY_EMOTES }
const ANGER: Tone = { positiveShare: 0.03, negativeShare: 0.6, favourites: Vocabulary.SAD_EMOTES }

/**
 * Measured on eight public channels: one message in ten ends with emotes, one in ten mentions a
 * person.
 */
const EMOTE_SHARE = 0.1
const MENTION_SHARE = 0.1
const COMMAND_SHARE = 0.012
/** The share of other messages while a crowd shouts. */
const ELSE_SHARE = 0.2
const GREETING_SHARE = 0.7
/** Reactions to what a crowd shouts about. */
const SCENE_REACTIONS = 4

const any = <A>(list: ReadonlyArray<A>, draws: Draws): A => pick(list, draws.below(list.length))

const clause = (draws: Draws): string =>
  `${any(Vocabulary.SUBJECTS, draws)} ${any(Vocabulary.VERBS, draws)} ${any(Vocabulary.OBJECTS, draws)}`

/** A message without emotes. Producers encode "none" differently. */
const plain = (text: string, draws: Draws): Message => {
  const none = draws.unit()
  return { textJson: `"${text}"`, emotesJson: none < 0.6 ? "[]" : none < 0.8 ? "null" : undefined }
}

/** A text, empty or with a trailing space, followed by an emote, usually once. */
const withEmote = (text: string, emote: string, draws: Draws): Message => {
  const times = draws.chance(0.7) ? 1 : draws.between(2, 4)
  let emotes = `"${emote}"`
  let words = text + emote
  for (let i = 1; i < times; i++) {
    emotes += `,"${emote}"`
    words += ` ${emote}`
  }
  return { textJson: `"${words}"`, emotesJson: `[${emotes}]` }
}

const anyEmote = ({ favourites }: Tone, draws: Draws): string =>
  any(draws.chance(0.85) ? favourites : Vocabulary.EMOTES, draws)

/** A text without a tone, usually of two or more words. */
const sentence = ({ vivid }: Channel, draws: Draws): string => {
  const x = draws.unit()
  if (x < 0.25) return any(NEUTRAL, draws)
  if (vivid) return any(OPENERS, draws) + any(ASIDES, draws)
  const first = any(OPENERS, draws) + clause(draws)
  return x < 0.7 ? first : first + any(Vocabulary.CONNECTORS, draws) + clause(draws)
}

/** A message outside of scenes. */
const ordinary = (channel: Channel, tone: Tone, draws: Draws): Message => {
  const x = draws.unit()
  const { negativeShare, positiveShare } = tone
  let text: string
  if (x < positiveShare) text = any(POSITIVE, draws)
  else if (x < positiveShare + negativeShare) text = any(channel.vivid ? COMPLAINTS : NEGATIVE, draws)
  else if (draws.chance(channel.briefShare)) {
    if (draws.chance(0.4)) return withEmote("", anyEmote(tone, draws), draws)
    return plain(any(Vocabulary.SHORT, draws), draws)
  } else if (draws.chance(COMMAND_SHARE)) return plain(any(Vocabulary.COMMANDS, draws), draws)
  else text = sentence(channel, draws)
  if (draws.chance(MENTION_SHARE)) {
    text = `@${personName(stranger(channel.seed, draws.below(channel.people)))} ${text}`
  }
  text += any(TAILS, draws)
  return draws.chance(EMOTE_SHARE) ? withEmote(`${text} `, anyEmote(tone, draws), draws) : plain(text, draws)
}

/** In `some` texts a crowd repeats itself: people who react write what others have just written. */
const reaction = (draws: Draws, some: ReadonlyArray<string> = REACTIONS): Message => {
  const text = any(some, draws) + any(Vivid.REACTION_TAILS, draws)
  return draws.chance(0.25) ? withEmote(`${text} `, any(Vocabulary.HYPE_EMOTES, draws), draws) : plain(text, draws)
}

/** A few reactions of a scene, next to each other in the list. */
const reactionsOf = ({ seed }: Scene): ReadonlyArray<string> => {
  const first = new Draws(seed).below(REACTIONS.length - SCENE_REACTIONS)
  return REACTIONS.slice(first, first + SCENE_REACTIONS)
}

/** Shouts differ in case and length. */
const shout = ({ seed }: Scene, draws: Draws): Message => {
  const word = any(Vocabulary.SHOUTS, new Draws(seed))
  const long = draws.chance(0.5) ? word + word.slice(-1).repeat(draws.between(1, 6)) : word
  return plain(draws.chance(0.4) ? long.toUpperCase() : long, draws)
}

/** One long text, the same in the whole scene. */
const paste = ({ vivid }: Channel, { seed }: Scene, draws: Draws): Message => {
  const parts = new Draws(seed)
  if (vivid) return plain(any(PASTES, parts), draws)
  let text = any(OPENERS, parts) + clause(parts)
  for (let more = parts.between(3, 6); more > 0; more--) text += any(Vocabulary.CONNECTORS, parts) + clause(parts)
  return plain(text, draws)
}

const greeting = (channel: Channel, draws: Draws): Message => {
  if (!draws.chance(GREETING_SHARE)) return ordinary(channel, { ...channel, favourites: Vocabulary.RAID_EMOTES }, draws)
  const text = any(Vocabulary.RAID, draws)
  return draws.chance(0.5) ? withEmote(`${text} `, any(Vocabulary.RAID_EMOTES, draws), draws) : plain(text, draws)
}

/** In half of the spam scenes all messages have one text. */
const advertisement = ({ seed }: Scene, draws: Draws): Message =>
  plain(
    (seed & 1) === 0 ? any(Vocabulary.SPAM, new Draws(seed)) : `${any(Vocabulary.SPAM, draws)} ${draws.below(1000)}`,
    draws
  )

/** A person's message, in a scene or outside. */
export const writeMessage = (channel: Channel, scene: Scene | undefined, draws: Draws): Message => {
  if (scene === undefined) return ordinary(channel, channel, draws)
  switch (scene.kind) {
    case "spam":
      return advertisement(scene, draws)
    case "raid":
      return greeting(channel, draws)
    case "mood":
      return ordinary(channel, scene.strength > 0 ? JOY : ANGER, draws)
    case "talk":
      if (channel.vivid) return reaction(draws)
      return ordinary(channel, { ...channel, favourites: Vocabulary.HYPE_EMOTES }, draws)
    default:
      if (!draws.chance(ELSE_SHARE)) break
      if (channel.vivid) return reaction(draws, reactionsOf(scene))
      return ordinary(channel, { ...channel, favourites: Vocabulary.HYPE_EMOTES }, draws)
  }
  if (scene.kind === "hype") return shout(scene, draws)
  if (scene.kind === "copypasta") return paste(channel, scene, draws)
  return withEmote("", any(Vocabulary.HYPE_EMOTES, new Draws(scene.seed)), draws)
}

export const writeBotMessage = (draws: Draws): Message => plain(any(Vocabulary.BOT, draws), draws)
