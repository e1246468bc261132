/** The scorecard's table of sentiment: how many messages of recorded chat each model scores. */
import { UNSCORED } from "../../src/domain/Score.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { ChatModel } from "../../src/sentiment/ChatModel.ts"
import { columnsOf } from "../harness/Events.ts"
import type { Group, Table } from "./Report.ts"

/** One line for each group of channels and model. */
export const sentiment = (groups: ReadonlyArray<Group>): Table => [
  ["channels", "model", "messages", "scored", "positive", "negative"],
  ...groups.flatMap(({ name, scenes }) => {
    const messages = scenes.flatMap(({ events }) => events).filter((event) => event._tag === "chat")
    return [BaselineModel, ChatModel].map((model) => {
      const scored = messages
        .map((message) => model.scoreMicro(columnsOf([message]), 0))
        .filter((score) => score !== UNSCORED)
      const share = (scores: ReadonlyArray<number>): string =>
        `${((100 * scores.length) / messages.length).toFixed(1)} %`
      const positive = share(scored.filter((score) => score > 0))
      const negative = share(scored.filter((score) => score < 0))
      return [name, model.name, String(messages.length), share(scored), positive, negative]
    })
  })
]
