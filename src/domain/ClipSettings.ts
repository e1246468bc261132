/** The cut of a moment's clip, and the address of its recording. */
export interface ClipSettings {
  /** How far chat lags the picture, in milliseconds. */
  readonly leadMs: number
  /** In milliseconds. */
  readonly lengthMs: number
  /**
   * The address of a broadcast's recording, with {@link PLACEHOLDERS}; `undefined` = clips have no
   * link.
   */
  readonly vodUrl: string | undefined
}

export const PLACEHOLDERS = ["{stream}", "{offset}", "{offset_hms}"] as const
