/**
 * The topic that receives the original bytes of dead letters, if one is configured, for repair and
 * replay.
 */
import { Context, Effect, Layer } from "effect"
import type { DeadLetter } from "../domain/DeadLetter.ts"
import type { EventLogError } from "./EventLog.ts"

export class DeadLetterTopic extends Context.Service<
  DeadLetterTopic,
  {
    /**
     * Writes the letters durably, at least once each, those of one topic partition in order. Fails
     * only for what needs an operator.
     */
    readonly publish: (letters: ReadonlyArray<DeadLetter>) => Effect.Effect<void, EventLogError>
  }
>()("telemetra/source/DeadLetterTopic") {
  /** Publishes nothing: only the tables keep dead letters. */
  static readonly layerNone = Layer.succeed(DeadLetterTopic, { publish: () => Effect.void })
}
