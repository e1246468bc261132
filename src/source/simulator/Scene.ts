/** The scenes that can happen in a stream, and which of them are moments. */

/**
 * Bursts of chat: `hype` is one shouted word, `talk` different messages, `copypasta` one repeated
 * long text, `emote` one emote. Others: four spammers, a silence that ends, a change of mood, a
 * raid, a host. `viewer_surge` and `viewer_loss` change the viewers, `drift` changes chat and
 * viewers over an hour.
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

/** The moment that a detector must report for a scene; `undefined` = none. */
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

/**
 * A scene of one channel; it lasts from `startSecond` (closed) to `endSecond` (open), both since
 * the epoch.
 */
export interface Scene {
  readonly kind: SceneKind
  /** Index of the channel in the partition. */
  readonly channel: number
  /** Index of the channel whose viewers arrive; `undefined` except for raid and host. */
  readonly from: number | undefined
  readonly startSecond: number
  readonly endSecond: number
  /**
   * Bursts, spam, raid: the chat added at the peak, as a multiple of the usual rate. viewer_surge,
   * viewer_loss, drift: the largest change as a share of the usual. mood: 1 for joy, -1 for anger.
   * Unused by the others.
   */
  readonly strength: number
  /** Whether another burst of the channel ended minutes before. */
  readonly again: boolean
  /** The seed of the scene's messages. */
  readonly seed: number
}

/** Whether a scene lasts at a second. */
export const isOn = ({ endSecond, startSecond }: Scene, second: number): boolean =>
  second >= startSecond && second < endSecond
