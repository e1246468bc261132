/** Chat that is much louder or quieter than usual. */
import type { Detector } from "../Detector.ts"

export const ChatVolume: Detector = {
  value: (row) => row.chatCount,
  missing: 0,
  // The counting noise of a Poisson process: its deviation is the root of its mean.
  floor: (mean) => Math.sqrt(Math.max(mean, 1)),
  rise: "chat_spike",
  fall: "chat_drop",
  describe: (row, { mean }) =>
    `Chat ${row.chatCount > mean ? "jumped" : "dropped"} to ${row.chatCount} messages from ${row.uniqueChatters} chatters; ` +
    `usual are ${mean.toFixed(1)} messages.`
}
