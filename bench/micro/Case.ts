/** One thing that is timed: the worker's way to do it beside the naive one. */

export interface Way {
  readonly name: string
  /** What each run needs anew; not timed. */
  readonly before?: () => unknown
  readonly run: () => unknown
}

export interface Case {
  readonly name: string
  /** What the time is told for, and how many of them one run goes through. */
  readonly unit: string
  readonly count: number
  readonly ours: Way
  /** The way somebody would write it first. It gives the same. */
  readonly naive: Way
  /** The least that any way of its kind takes: a part of the work. */
  readonly floor?: Way
  /** Throws where the naive form gives something else. */
  readonly assertEqual: () => unknown
}
