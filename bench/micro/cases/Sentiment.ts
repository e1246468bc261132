/** Texts to scores. */
import { scoreOf } from "../../../test/oracle/Score.ts"
import type { Case } from "../Case.ts"
import type { Message } from "../naive/Parse.ts"
import { assertSame } from "../Same.ts"
import { type Decoded, score } from "../Subject.ts"

export const sentimentCase = (events: Decoded, messages: ReadonlyArray<Message>): Case => {
  const naive = () => messages.map(({ text }) => scoreOf(text).millionths)
  return {
    name: "sentiment",
    unit: "event",
    count: messages.length,
    ours: { name: "sentiment/BaselineModel", run: () => score(events) },
    naive: { name: "`toLowerCase().split(/\\s+/)`, each word looked up (the oracle's way)", run: naive },
    assertEqual: () => assertSame(score(events), naive())
  }
}
