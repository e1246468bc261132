/** The effect of a scene on the chat and viewers of its channel, second by second. */
import { isOn, type Scene } from "./Scene.ts"

/**
 * How long the viewers of a raid, a host or a surge take to leave, and those of a loss to return:
 * the longest effect.
 */
export const LASTING_SECONDS = 3600

/** Raiders and guests arrive, and viewers are lost, within this time. */
const ARRIVAL_SECONDS = 25
/** Four of ten guests leave within this time, the others gradually. */
const CURIOUS_SECONDS = 300
const CURIOUS_SHARE = 0.4
/** A burst peaks after this time. */
const ONSET_SECONDS = 3
/** How long raiders greet. */
const GREETING_SECONDS = 45
/** The chat that guests, a mood and a surge add, as a multiple of the usual rate. */
const GUESTS_CHAT = 0.5
const MOOD_CHAT = 0.3
const SURGE_CHAT = 0.3

/** The share of the guests present at a time after their arrival began, 0 to 1. */
const staying = (since: number): number => {
  if (since < 0 || since >= LASTING_SECONDS) return 0
  if (since < ARRIVAL_SECONDS) return since / ARRIVAL_SECONDS
  const curious = CURIOUS_SHARE * Math.max(0, 1 - since / CURIOUS_SECONDS)
  return curious + (1 - CURIOUS_SHARE) * (1 - since / LASTING_SECONDS)
}

/** A burst's height, 0 to 1: it rises fast and fades in its second half. */
const envelope = (since: number, seconds: number): number =>
  since < 0 || since >= seconds ? 0 : Math.min(1, (since + 1) / ONSET_SECONDS) * Math.min(1, 2 * (1 - since / seconds))

/** A rise and fall within an hour, 0 to 1. */
const hump = (since: number): number => Math.sin((Math.PI * since) / LASTING_SECONDS) ** 2

/**
 * The chat that a scene adds to its channel, as a multiple of the usual rate; 0 before and long
 * after.
 */
export const chatAdded = (scene: Scene, second: number): number => {
  const since = second - scene.startSecond
  const seconds = scene.endSecond - scene.startSecond
  switch (scene.kind) {
    case "hype":
    case "talk":
    case "copypasta":
    case "emote":
      return scene.strength * envelope(since, seconds)
    case "spam":
      return isOn(scene, second) ? scene.strength : 0
    case "mood":
      return isOn(scene, second) ? MOOD_CHAT : 0
    case "raid":
      return scene.strength * envelope(since, GREETING_SECONDS) + GUESTS_CHAT * staying(since)
    case "host":
      return GUESTS_CHAT * staying(since)
    case "viewer_surge":
      return SURGE_CHAT * scene.strength * staying(since)
    default:
      return 0
  }
}

/** The factor of a scene on the usual chat. */
export const chatFactor = (scene: Scene, second: number): number => {
  if (!isOn(scene, second)) return 1
  if (scene.kind === "silence") return 0
  return scene.kind === "drift" ? 1 + scene.strength * hump(second - scene.startSecond) : 1
}

/** The factor of a scene on the channel's own viewers. */
export const viewersFactor = ({ kind, startSecond, strength }: Scene, second: number): number => {
  const since = second - startSecond
  if (since < 0 || since >= LASTING_SECONDS) return 1
  switch (kind) {
    case "viewer_surge":
      return 1 + strength * staying(since)
    case "viewer_loss":
      return 1 - strength * Math.min(1, since / ARRIVAL_SECONDS, 1.2 * (1 - since / LASTING_SECONDS))
    case "drift":
      return 1 + strength * hump(since)
    default:
      return 1
  }
}

/** The share of the raiders or guests who are present. */
export const guests = ({ kind, startSecond }: Scene, second: number): number =>
  kind === "raid" || kind === "host" ? staying(second - startSecond) : 0
