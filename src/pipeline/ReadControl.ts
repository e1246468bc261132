/**
 * Read-only view that flows back from the windows to the source: which input to read next. It
 * decides only the order in which records are read. No row depends on it.
 */
export interface ReadControl {
  /**
   * Inputs that may be read next, the furthest behind in event time first. Alignment leaves out the
   * ones too far ahead.
   */
  readonly demand: () => ReadonlyArray<number>
  /** The first offset of each input that the windows have not processed. */
  readonly positions: () => ReadonlyArray<bigint>
  /** Whether end offsets could prove now that an input is idle. */
  readonly wantsEnds: (monotonicMs: number) => boolean
  /** Whether the passing of time could change something although nothing was read. */
  readonly wantsTime: () => boolean
}
