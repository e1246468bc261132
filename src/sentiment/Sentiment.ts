/** The sentiment model as a service. SENTIMENT_MODEL selects it by name. */
import { Context, Layer } from "effect"
import type { SentimentModel } from "../domain/SentimentModel.ts"
import { BaselineModel } from "./BaselineModel.ts"
import { ChatModel } from "./ChatModel.ts"

/** Every model by its name in SENTIMENT_MODEL. */
const MODELS = { chat: ChatModel, baseline: BaselineModel } as const satisfies Record<string, SentimentModel>

export class Sentiment extends Context.Service<Sentiment, SentimentModel>()("telemetra/sentiment/Sentiment") {
  static readonly layer = (name: keyof typeof MODELS) => Layer.succeed(Sentiment, MODELS[name])
}
