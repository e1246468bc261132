/**
 * The sliding windows that are configured, and the lengths that follow from them.
 *
 *     size, slide     pane     reaction span
 *     60 s, 10 s      10 s     20 s
 *     60 s, 60 s      60 s     60 s
 *     5 min, 2 min    1 min    2 min
 */

export interface WindowSettings {
  readonly sizeMs: number
  /** At most `sizeMs`; equal = tumbling. */
  readonly slideMs: number
}

/**
 * People react within 20 s: a longer span dilutes a reaction, a shorter one holds too few of them.
 */
const REACTION_MS = 20_000

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/**
 * The length of a pane: the longest that divides both size and slide, so that every window is a
 * whole number of panes.
 */
export const paneSizeMs = ({ sizeMs, slideMs }: WindowSettings): number => gcd(sizeMs, slideMs)

/**
 * The length of the reaction span that ends with each window: {@link REACTION_MS}, rounded up to
 * whole panes. It is at least a slide, so that each event is in one span, and at most the window.
 */
export const reactionSpanMs = (window: WindowSettings): number => {
  const paneMs = paneSizeMs(window)
  return Math.min(window.sizeMs, Math.ceil(Math.max(REACTION_MS, window.slideMs) / paneMs) * paneMs)
}
