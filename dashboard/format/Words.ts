/** Plain words for the numbers of a chat. Pure. */

/** The mean sentiment goes from -1 to +1. Means beyond these bounds are rare. */
const STRONG_MOOD = 0.35
const WEAK_MOOD = 0.12

/** The mood of a chat by the mean sentiment of its messages. */
export const moodWord = (sentiment: number): string => {
  const strength = Math.abs(sentiment)
  if (strength < WEAK_MOOD) return "neutral"
  if (sentiment < 0) return strength < STRONG_MOOD ? "tense" : "angry"
  return strength < STRONG_MOOD ? "friendly" : "happy"
}

/** Up to this many usual deviations a chat does what it always does. */
const ORDINARY = 1.5

/** How lively a chat is for its own standards. `isUnusual` = it passed the threshold of moments. */
export const activityWord = (z: number, isUnusual: boolean): string => {
  if (Math.abs(z) < ORDINARY && !isUnusual) return "as usual"
  if (z > 0) return isUnusual ? "very lively" : "lively"
  return isUnusual ? "very quiet" : "quiet"
}
