/**
 * Settings of a worker beyond its defaults, as far as the producer and the comparison depend on
 * them.
 */
import { DEFAULTS } from "../../test/oracle/Defaults.ts"

export interface Variant {
  readonly env: Readonly<Record<string, string>>
  /** Divides {@link sizeMs}. */
  readonly slideMs: number
  readonly sizeMs: number
  readonly watermarkDelayMs: number
}

export const AS_SHIPPED: Variant = {
  env: {},
  sizeMs: DEFAULTS.sizeMs,
  slideMs: DEFAULTS.slideMs,
  watermarkDelayMs: DEFAULTS.watermarkDelayMs
}
