/** Small marks of broadcasts. */
import type { BroadcastItem } from "../api/Wire.ts"
import { momentLabel } from "../format/Labels.ts"
import { NONE } from "../format/Numbers.ts"
import { offset } from "../format/Times.ts"
import { formatRoute } from "../routing/Routes.ts"

export const ms = (time: string): number => Date.parse(time)

/** Whether the broadcast is over. */
export const End = ({ over }: Pick<BroadcastItem, "over">) => (
  <span class={over ? "tag" : "tag tag-live"}>{over ? "ended" : "live"}</span>
)

/** A time as a place in the broadcast. */
export const placeIn = ({ started_at }: Pick<BroadcastItem, "started_at">, time: string): string =>
  offset(Math.max(0, Math.round((ms(time) - ms(started_at)) / 1000)))

/** Links to the most intense moment. */
export const Best = ({ broadcast }: { readonly broadcast: BroadcastItem }) => {
  const best = broadcast.best_moment
  if (best === null) return <span class="faint">{NONE}</span>
  return (
    <a href={formatRoute({ page: "moment", id: best.id, view: undefined })}>
      {momentLabel(best.moment_type)} at {placeIn(broadcast, best.timestamp)}
    </a>
  )
}
