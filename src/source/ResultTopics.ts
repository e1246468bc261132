/** The topics that receive moments and windows, if they are configured, for other programs. */
import { Context, Effect } from "effect"
import type { Flush } from "../domain/Flush.ts"
import type { EventLogError } from "./EventLog.ts"

export interface ResultTopicsService {
  /**
   * Writes the flush's moments and windows durably, at least once each, those of a stream in order.
   * Fails only for what needs an operator.
   */
  readonly publish: (flush: Pick<Flush, "checkpoint" | "moments" | "rows">) => Effect.Effect<void, EventLogError>
}

/** By default nothing is published: only the tables hold results. */
export const ResultTopics = Context.Reference<ResultTopicsService>("telemetra/source/ResultTopics", {
  defaultValue: () => ({ publish: () => Effect.void })
})
