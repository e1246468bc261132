/** How strong scenes are: enough to be seen in the smallest stream, and no more than the partition's chat can give. */
import type { Channel } from "./Cast.ts"
import type { Draws } from "./Draws.ts"
import type { SceneKind } from "./Scene.ts"

/** The chat's pace is constant, so a scene takes its messages from the hubs: at most this share of the partition's. */
const LARGEST_GAIN = 0.2
/** Weaker bursts cannot be told from noise. */
const LEAST_BURST = 3
/** At the height of a burst so many messages come in a second, at least: about seven people within 20 s. */
const LEAST_PER_SECOND = 0.6
/** Usual messages in a second where a silence or a turn of the mood can be seen. */
const SEEN_PER_SECOND = 0.4
/** A mood needs fewer: it is in every message. */
const MOOD_PER_SECOND = 0.2

/** Added to the usual chat at the height: from, to; weak ones are more common. Measured on eight public channels: bursts are 3 to 8 times the usual. */
const ADDED: Readonly<Partial<Record<SceneKind, readonly [least: number, most: number]>>> = {
  hype: [3, 9],
  talk: [3, 8],
  copypasta: [3, 8],
  emote: [3, 9],
  raid: [3, 8],
  spam: [4, 5]
}

/** Whether a scene of this kind can show on a channel. Hubs have none: they give what others take. */
export const isFit = (kind: SceneKind, { share }: Channel, chatPerSecond: number): boolean => {
  if (share === undefined) return false
  if (kind in ADDED) return share * LEAST_BURST <= LARGEST_GAIN
  if (kind === "silence") return share * chatPerSecond >= SEEN_PER_SECOND
  return kind !== "mood" || share * chatPerSecond >= MOOD_PER_SECOND
}

/** A scene's strength, see `Scene`. The channel is fit for the kind. */
export const drawStrength = (kind: SceneKind, { share = 1 }: Channel, chatPerSecond: number, draws: Draws): number => {
  const x = draws.unit()
  const added = ADDED[kind]
  if (added !== undefined) {
    const [least, most] = added
    const wanted = Math.max(least + (most - least) * x * x, LEAST_PER_SECOND / (share * chatPerSecond))
    return Math.min(wanted, LARGEST_GAIN / share)
  }
  switch (kind) {
    case "mood":
      return x < 0.6 ? -1 : 1
    case "host":
    case "viewer_surge":
      return 0.4 + 0.6 * x
    case "viewer_loss":
      return 0.35 + 0.25 * x
    case "drift":
      return x < 0.5 ? 0.5 + x : -(0.15 + 0.5 * x)
    default:
      return 0
  }
}
