/**
 * The definition of the windows: [k * slide, k * slide + size) for every integer k, aligned to the
 * epoch. Pure arithmetic, O(1) each.
 *
 * Panes are the pieces [p * pane, (p + 1) * pane) with pane = gcd(size, slide). Every window is a
 * whole number of panes, so an event is added to one pane instead of size / slide windows. Source:
 * "No pane, no gain", Li et al., SIGMOD Record 34(1), 2005.
 *
 *     size 60 s, slide 20 s: pane 20 s
 *     time 70 s              pane 3, of windows [20 s, 80 s), [40 s, 100 s), [60 s, 120 s)
 */
import { paneSizeMs, type WindowSettings } from "../domain/WindowSettings.ts"

/** Rounds down to a multiple of `step`. */
const floorTo = (ms: number, step: number): number => Math.floor(ms / step) * step

export interface SlidingWindows extends WindowSettings {
  readonly paneMs: number
  /** Number of the pane that holds a time. */
  readonly paneOf: (ms: number) => number
  /**
   * First pane of the window that ends at `endMs`, or of what is `lengthMs` long instead: a whole
   * number of panes.
   */
  readonly firstPane: (endMs: number, lengthMs?: number) => number
  /** Last pane of the window that ends at `endMs`. */
  readonly lastPane: (endMs: number) => number
  /** End of the first window that ends after `ms` (open bound). */
  readonly endAfter: (ms: number) => number
  /** End of the last window that ends at or before `ms` (closed bound). */
  readonly endAtOrBefore: (ms: number) => number
  /** End of the first window that holds the pane. */
  readonly firstEndOfPane: (pane: number) => number
  /** End of the last window that holds the pane. */
  readonly lastEndOfPane: (pane: number) => number
  /** How many windows hold the pane. */
  readonly windowsOfPane: (pane: number) => number
  /** How many windows hold the pane and end after `limitMs` (open bound). */
  readonly openWindowsOfPane: (pane: number, limitMs: number) => number
}

/** Requires integers with 0 < slide <= size. */
export const make = (window: WindowSettings): SlidingWindows => {
  const { sizeMs, slideMs } = window
  const paneMs = paneSizeMs(window)
  const endAtOrBefore = (ms: number): number => floorTo(ms - sizeMs, slideMs) + sizeMs
  const firstEndOfPane = (pane: number): number => endAtOrBefore(pane * paneMs) + slideMs
  const lastEndOfPane = (pane: number): number => floorTo(pane * paneMs, slideMs) + sizeMs
  const between = (firstEnd: number, lastEnd: number): number => Math.max(0, (lastEnd - firstEnd) / slideMs + 1)
  return {
    sizeMs,
    slideMs,
    paneMs,
    paneOf: (ms) => Math.floor(ms / paneMs),
    firstPane: (endMs, lengthMs = sizeMs) => (endMs - lengthMs) / paneMs,
    lastPane: (endMs) => endMs / paneMs - 1,
    endAfter: (ms) => endAtOrBefore(ms) + slideMs,
    endAtOrBefore,
    firstEndOfPane,
    lastEndOfPane,
    windowsOfPane: (pane) => between(firstEndOfPane(pane), lastEndOfPane(pane)),
    openWindowsOfPane: (pane, limitMs) =>
      limitMs < firstEndOfPane(pane)
        ? between(firstEndOfPane(pane), lastEndOfPane(pane))
        : between(endAtOrBefore(limitMs) + slideMs, lastEndOfPane(pane))
  }
}
