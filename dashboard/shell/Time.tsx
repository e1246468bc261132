/** Points in time, in the viewer's zone, with UTC at hand. */
import { ago, makeTimes, utc } from "../format/Times.ts"
import { now } from "../live/Live.ts"

export const times = makeTimes()

/** The time of day, with the day where it is another one than that of `besideMs`: today, unless something else is told. */
export const Time = ({ besideMs = now.peek(), ms }: { readonly ms: number; readonly besideMs?: number }) => (
  <time dateTime={new Date(ms).toISOString()} title={utc(ms)}>
    {times.near(ms, besideMs)}
  </time>
)

/** How long ago, as time goes by. */
export const Ago = ({ ms }: { readonly ms: number }) => (
  <time dateTime={new Date(ms).toISOString()} title={`${times.near(ms, now.peek())} · ${utc(ms)}`}>
    {ago(ms, now.value)}
  </time>
)
