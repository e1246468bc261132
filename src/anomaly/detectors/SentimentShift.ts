/** A chat whose mood turns. */
import type { Detector } from "../Detector.ts"

/** Fewer messages than this say nothing about a mood. */
const MIN_MESSAGES = 20

export const SentimentShift: Detector = {
  value: (row) => (row.chatCount < MIN_MESSAGES ? undefined : (row.avgSentiment ?? undefined)),
  missing: undefined,
  floor: () => 0.1,
  rise: "sentiment_shift",
  fall: "sentiment_shift",
  describe: (row, { mean, value }) =>
    `The mood turned ${value > mean ? "brighter" : "darker"}: sentiment ${value.toFixed(2)} over ${row.chatCount} messages; ` +
    `usual is ${mean.toFixed(2)}.`
}
