/** Every seed that has ever differed from the recount, and what it found. The gate plays them all; none is ever removed. Those here found planted faults. */
export const FAILED_SEEDS: ReadonlyArray<number> = [
  1, // nothing is read again
  2, // a commit checks neither epoch nor flush
  3, // the detectors forget the past
  15, // windows that are not whole are written
  28 // what is read again knows the latest settings alone
]
