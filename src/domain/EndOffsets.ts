/** The log's end offsets, one per input, and the time of the request. */
export interface EndOffsets {
  readonly requestedAtMs: number
  readonly offsets: ReadonlyArray<bigint>
}
