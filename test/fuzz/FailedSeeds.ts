/** Every seed that ever found a fault. They run before all others; none is ever removed. */
export const FAILED_SEEDS: ReadonlyArray<number> = []

/** The same for `npm run fuzz -- decode`. */
export const FAILED_DECODE_SEEDS: ReadonlyArray<number> = []
