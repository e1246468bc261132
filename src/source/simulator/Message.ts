/** What people write: text and emotes of one chat message, by the mood of its channel. */
import { type Channel, pick } from "./Cast.ts"
import type { Draws } from "./Draws.ts"
import { isOn, type Scripted } from "./Script.ts"
import * as Vocabulary from "./Vocabulary.ts"

const quoted = (texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  texts.map((text) => JSON.stringify(text).slice(1, -1))

const OPENERS = quoted(Vocabulary.OPENERS)
const TAILS = quoted(Vocabulary.TAILS)
const POSITIVE = quoted(Vocabulary.POSITIVE)
const NEGATIVE = quoted(Vocabulary.NEGATIVE)
const NEUTRAL = quoted(Vocabulary.NEUTRAL)
const RAID = quoted(Vocabulary.RAID)

export interface Message {
  /** The text as JSON. */
  readonly textJson: string
  /** The emotes as JSON; `undefined` = the field is left out. */
  readonly emotesJson: string | undefined
}

const any = <A>(list: ReadonlyArray<A>, draws: Draws): A => pick(list, draws.below(list.length))

/** What goes on in a channel at a second: the scripted moment that lasts there, if any. */
export const momentIn = (channel: Channel, near: ReadonlyArray<Scripted>, second: number): Scripted | undefined => {
  for (const moment of near) {
    if (moment.channel === channel.index && isOn(moment, second)) return moment
  }
  return undefined
}

export const writeMessage = (channel: Channel, moment: Scripted | undefined, draws: Draws): Message => {
  let positive = channel.positiveShare
  let negative = channel.negativeShare
  let favourites = channel.favourites
  let emoteShare = 0.4
  if (moment !== undefined) {
    if (moment.kind === "mood") {
      positive = moment.strength > 0 ? 0.85 : 0.04
      negative = moment.strength > 0 ? 0.02 : 0.75
      favourites = moment.strength > 0 ? Vocabulary.HAPPY_EMOTES : Vocabulary.SAD_EMOTES
    } else if (moment.kind === "hype") {
      positive += 0.1
      favourites = Vocabulary.HYPE_EMOTES
      emoteShare = 0.75
    } else if (moment.kind === "raid") {
      favourites = Vocabulary.RAID_EMOTES
      emoteShare = 0.7
    }
  }
  const tone = draws.unit()
  const core =
    moment?.kind === "raid" && draws.chance(0.6)
      ? any(RAID, draws)
      : any(tone < positive ? POSITIVE : tone < positive + negative ? NEGATIVE : NEUTRAL, draws)
  let text = any(OPENERS, draws) + core + any(TAILS, draws)

  if (!draws.chance(emoteShare)) {
    // producers differ in how they say "none"
    const none = draws.unit()
    return { textJson: `"${text}"`, emotesJson: none < 0.6 ? "[]" : none < 0.8 ? "null" : undefined }
  }
  // emotes of the channel, or the same one a few times
  const emote = any(draws.chance(0.85) ? favourites : Vocabulary.EMOTES, draws)
  const times = draws.chance(0.7) ? 1 : draws.between(2, 4)
  let emotes = `"${emote}"`
  text += ` ${emote}`
  for (let i = 1; i < times; i++) {
    emotes += `,"${emote}"`
    text += ` ${emote}`
  }
  return { textJson: `"${text}"`, emotesJson: `[${emotes}]` }
}
