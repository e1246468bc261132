/** Expectations of the oracle for a stream in which nothing happens. */
import type { OracleWindow } from "./Detection.ts"
import type { OracleReaction } from "./Reaction.ts"

export const NO_REACTION: OracleReaction = {
  people: 0,
  messages: 0,
  unison: 0,
  shared: null,
  repeatedMessages: 0,
  repeatedPeople: 0,
  repeatedText: "",
  moodTexts: 0,
  moodMicro: 0
}

export const SILENT_WINDOW: Omit<OracleWindow, "stream" | "startMs" | "endMs"> = {
  chatCount: 0,
  uniqueChatters: 0,
  avgSentiment: null,
  scoredCount: 0,
  positiveCount: 0,
  negativeCount: 0,
  chatRate: 0,
  avgViewers: null,
  topEmotes: [],
  emoteCounts: [],
  complete: true,
  reaction: NO_REACTION,
  quotes: () => undefined,
  busiestPaneMs: 0,
  viewerSum: 0,
  viewerSamples: 0,
  slideMessages: 0,
  slideScored: 0,
  slideScoreMicro: 0
}
