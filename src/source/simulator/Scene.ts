/** What may happen in a stream, and whether people would call it a moment. */

/**
 * Bursts of chat: `hype` people shout one word, `talk` they say different things, `copypasta` they repeat one long text,
 * `emote` they post one emote. Others: four spammers, a silence that ends, a turn of the mood, a raid, a host, a surge and
 * a loss of viewers, a drift of chat and viewers over an hour.
 */
export type SceneKind =
  | "hype"
  | "talk"
  | "copypasta"
  | "emote"
  | "spam"
  | "silence"
  | "mood"
  | "raid"
  | "host"
  | "viewer_surge"
  | "viewer_loss"
  | "drift"

/** How a detector is to see a scene; `undefined`: it is to see nothing. */
export type MomentClass = "rise" | "fall" | "turn"

export const MOMENT_OF: Readonly<Record<SceneKind | "online" | "offline", MomentClass | undefined>> = {
  hype: "rise",
  talk: "rise",
  copypasta: "rise",
  emote: "rise",
  raid: "rise",
  host: "rise",
  viewer_surge: "rise",
  silence: "fall",
  viewer_loss: "fall",
  mood: "turn",
  spam: undefined,
  drift: undefined,
  online: undefined,
  offline: undefined
}

/** A scene of one channel; it lasts from `startSecond` (closed) to `endSecond` (open), both since the epoch. */
export interface Scene {
  readonly kind: SceneKind
  /** Index of the channel in the partition. */
  readonly channel: number
  /** Index of the channel whose viewers come; `undefined` for other kinds than raid and host. */
  readonly from: number | undefined
  readonly startSecond: number
  readonly endSecond: number
  /**
   * Bursts, spam, raid: what is added to the chat at the height, as a multiple of the usual pace. viewer_surge, viewer_loss,
   * drift: the greatest change as a share of the usual. mood: 1 for joy, -1 for anger. Without meaning for the others.
   */
  readonly strength: number
  /** Whether it follows another burst of the channel within minutes. */
  readonly again: boolean
  /** What is said is drawn from it. */
  readonly seed: number
}

/** Whether a scene lasts at a second. */
export const isOn = ({ endSecond, startSecond }: Scene, second: number): boolean =>
  second >= startSecond && second < endSecond
