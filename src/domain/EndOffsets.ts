/** The log's end offsets, one per input, and when they were asked for. */
export interface EndOffsets {
  readonly askedAtMs: number
  readonly offsets: ReadonlyArray<bigint>
}
