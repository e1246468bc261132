/**
 * When readers call a broadcast over: once its task's watermark is SESSION_GAP after its end. The
 * row of a broadcast that lasts may lack its last slides, so at least as many must have passed.
 */
import { Context, Layer } from "effect"
import type { AppConfig } from "../config/AppConfig.ts"
import { STORE_SLIDES } from "../domain/Baseline.ts"

export class OverAfter extends Context.Service<OverAfter, { readonly ms: number }>()("telemetra/query/OverAfter") {
  static readonly layer = ({ pipeline }: Pick<AppConfig, "pipeline">): Layer.Layer<OverAfter> =>
    Layer.succeed(OverAfter, { ms: Math.max(pipeline.sessionGapMs, STORE_SLIDES * pipeline.window.slideMs) })
}
