/** An audience that arrives or leaves at once, as after a raid. */
import type { Detector } from "../Detector.ts"

export const ViewerCount: Detector = {
  value: (row) => row.avgViewers ?? undefined,
  missing: undefined,
  // Counting noise, or a twentieth of the audience, which platforms' own counters are off by; an audience of none has no noise to go by.
  floor: (mean) => (mean === 0 ? 1 : Math.max(Math.sqrt(mean), mean / 20)),
  rise: "viewer_surge",
  fall: "viewer_drop",
  describe: (_row, { mean, value }) =>
    `Viewers ${value > mean ? "surged" : "dropped"} to ${value.toFixed(0)}; usual are ${mean.toFixed(0)}.`
}
