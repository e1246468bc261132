/** Event times in the formats of real producers. */
import { pick } from "./Cast.ts"
import type { Draws } from "./Draws.ts"

const KEPT_SECONDS = 256
const seconds: Array<{ second: number; text: string }> = Array.from({ length: KEPT_SECONDS }, () => ({
  second: NaN,
  text: ""
}))

/** `YYYY-MM-DDTHH:MM:SS` in UTC. Formatting is expensive, so the last few texts are cached. */
const secondText = (second: number): string => {
  const kept = pick(seconds, second & (KEPT_SECONDS - 1))
  if (kept.second !== second) {
    kept.second = second
    kept.text = new Date(second * 1000).toISOString().slice(0, 19)
  }
  return kept.text
}

/**
 * The time as JSON: usually ISO 8601 with Z; also with an offset, with a space and no zone (UTC),
 * with microseconds, or a number.
 */
export const timeJson = (ms: number, draws: Draws): string => {
  const second = Math.floor(ms / 1000)
  const fraction = String(ms - second * 1000).padStart(3, "0")
  const style = draws.unit()
  if (style < 0.7) return `"${secondText(second)}.${fraction}Z"`
  if (style < 0.78) return `"${secondText(second + 7200)}.${fraction}+02:00"`
  if (style < 0.82) return `"${secondText(second - 12_600)}.${fraction}-03:30"`
  if (style < 0.88) return `"${secondText(second).replace("T", " ")}.${fraction}"`
  if (style < 0.95) return `"${secondText(second)}.${fraction}${String(draws.below(1000)).padStart(3, "0")}Z"`
  return String(ms)
}
