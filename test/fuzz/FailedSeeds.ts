/** Every seed that ever found a fault. They run before all others; none is ever removed. */
export const FAILED_SEEDS: ReadonlyArray<number> = []
