/** Compares two broadcasts, figure by figure. Pure. */
import { type BroadcastItem, COMPARED, type Difference } from "../api/Broadcasts.ts"

type Figure = (typeof COMPARED)[number]

const MINUTE_S = 60

const FIGURES: Readonly<Record<Figure, (broadcast: BroadcastItem) => number | null>> = {
  length_seconds: ({ length_seconds }) => length_seconds,
  messages: ({ messages }) => messages,
  messages_per_minute: ({ length_seconds, messages }) =>
    length_seconds === 0 ? null : (messages * MINUTE_S) / length_seconds,
  avg_viewers: ({ avg_viewers }) => avg_viewers,
  peak_viewers: ({ peak_viewers }) => peak_viewers,
  peak_messages: ({ peak_messages }) => peak_messages,
  peak_people: ({ peak_people }) => peak_people,
  avg_sentiment: ({ avg_sentiment }) => avg_sentiment,
  moments: ({ moments }) => moments,
  best_intensity: ({ best_moment }) => best_moment?.intensity ?? null
}

/** The changes from `b` to `a`, in the order of {@link COMPARED}. */
export const differences = (a: BroadcastItem, b: BroadcastItem): ReadonlyArray<Difference> =>
  COMPARED.map((figure) => {
    const ofA = FIGURES[figure](a)
    const ofB = FIGURES[figure](b)
    const change = ofA === null || ofB === null ? null : ofA - ofB
    return {
      figure,
      a: ofA,
      b: ofB,
      change,
      share: change === null || ofB === null || ofB === 0 ? null : change / Math.abs(ofB)
    }
  })
