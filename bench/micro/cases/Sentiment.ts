/** Texts to scores. */
import { chatScorer } from "../../../test/oracle/ChatScore.ts"
import { scoreOf } from "../../../test/oracle/Score.ts"
import { TABLES } from "../../../test/sentiment/Tables.ts"
import type { Case } from "../Case.ts"
import type { Message } from "../naive/Parse.ts"
import { assertSame } from "../Same.ts"
import { type Decoded, score, scoreChat, UNSCORED } from "../Subject.ts"

export const sentimentCases = (events: Decoded, messages: ReadonlyArray<Message>): ReadonlyArray<Case> => {
  const scoreChatNaively = chatScorer(TABLES)
  const naiveChat = () => messages.map(({ emotes, text }) => scoreChatNaively(text, emotes) ?? UNSCORED)
  const naive = () =>
    messages.map(({ text }) => {
      const { millionths, negative, positive } = scoreOf(text)
      return negative + positive === 0 ? UNSCORED : millionths
    })
  return [
    {
      name: "sentiment",
      unit: "event",
      count: messages.length,
      ours: { name: "sentiment/ChatModel", run: () => scoreChat(events) },
      naive: { name: "regular expressions and maps of strings (the oracle's way)", run: naiveChat },
      assertEqual: () => assertSame(scoreChat(events), naiveChat())
    },
    {
      name: "sentiment, baseline",
      unit: "event",
      count: messages.length,
      ours: { name: "sentiment/BaselineModel", run: () => score(events) },
      naive: { name: "`toLowerCase().split(/\\s+/)`, each word looked up (the oracle's way)", run: naive },
      assertEqual: () => assertSame(score(events), naive())
    }
  ]
}
