/** The strength of scenes: visible in the smallest stream, within the partition's chat. */
import type { Draws } from "./Draws.ts"
import type { SceneKind } from "./Scene.ts"

/**
 * A scene's largest share of the partition's chat. The rate is constant, so its messages come from
 * the hubs.
 */
const LARGEST_GAIN = 0.2
/** Weaker bursts are indistinguishable from noise. */
const LEAST_BURST = 3
/** The least messages per second at the peak of a burst: about seven people within 20 s. */
const LEAST_PER_SECOND = 0.6
/** The usual messages per second from which a silence is visible. */
const SEEN_PER_SECOND = 0.4
/** A mood needs fewer, because every message shows it. */
const MOOD_PER_SECOND = 0.2

/**
 * The chat added at the peak, as multiples of the usual; weak scenes are more common. Eight public
 * channels measured bursts of 3 to 8 times the usual.
 */
const ADDED: Readonly<Partial<Record<SceneKind, readonly [least: number, most: number]>>> = {
  hype: [3, 9],
  talk: [3, 8],
  copypasta: [3, 8],
  emote: [3, 9],
  raid: [3, 8],
  spam: [4, 5]
}

/**
 * Whether a scene of this kind is visible on a channel with this share. Hubs have no share and no
 * scenes, because they supply the messages.
 */
export const isFit = (kind: SceneKind, share: number | undefined, chatPerSecond: number): boolean => {
  if (share === undefined) return false
  if (kind in ADDED) return share * LEAST_BURST <= LARGEST_GAIN
  if (kind === "silence") return share * chatPerSecond >= SEEN_PER_SECOND
  return kind !== "mood" || share * chatPerSecond >= MOOD_PER_SECOND
}

/** A scene's strength, see `Scene`. A channel with this share is fit for the kind. */
export const drawStrength = (kind: SceneKind, share: number, chatPerSecond: number, draws: Draws): number => {
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
