/** Where the original bytes of dead letters go besides the tables, if anywhere: for those who mend and send them again. */
import { Context, Effect, Layer } from "effect"
import type { DeadLetter } from "../domain/DeadLetter.ts"
import type { EventLogError } from "./EventLog.ts"

export class DeadLetterTopic extends Context.Service<
  DeadLetterTopic,
  {
    /** Writes them durably, those of one topic partition in their order; at least once each. Fails only for what needs a person. */
    readonly publish: (letters: ReadonlyArray<DeadLetter>) => Effect.Effect<void, EventLogError>
  }
>()("telemetra/source/DeadLetterTopic") {
  /** The tables alone keep them. */
  static readonly layerNone = Layer.succeed(DeadLetterTopic, { publish: () => Effect.void })
}
