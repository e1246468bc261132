/**
 * Long loops pause, so that other fibers of the thread run in between: a generator yields
 * `undefined`, and its consumer yields to the event loop.
 */

/** Elements between two pauses: some milliseconds. A power of two. */
export const PAUSE_EVERY = 16_384

/** Whether a loop pauses after its element `index`. */
export const isPause = (index: number): boolean => ((index + 1) & (PAUSE_EVERY - 1)) === 0
