/** Points in time, in the viewer's zone, with UTC at hand. */
import { ago, makeTimes, utc } from "../format/Times.ts"
import { now } from "../live/Live.ts"

export const times = makeTimes()

/** The time of day, after the day if it is not the day of `nearMs` (default: today). */
export const Time = ({ nearMs = now.peek(), ms }: { readonly ms: number; readonly nearMs?: number }) => (
  <time dateTime={new Date(ms).toISOString()} title={utc(ms)}>
    {times.near(ms, nearMs)}
  </time>
)

/** The time that has passed, updated live. */
export const Ago = ({ ms }: { readonly ms: number }) => (
  <time dateTime={new Date(ms).toISOString()} title={`${times.near(ms, now.peek())} · ${utc(ms)}`}>
    {ago(ms, now.value)}
  </time>
)
