/** Two broadcasts of a stream side by side. */
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { BroadcastComparison, BroadcastDifference, BroadcastItem, Page } from "../api/Wire.ts"
import { count, decimal, NONE, signed } from "../format/Numbers.ts"
import { duration } from "../format/Times.ts"
import { now } from "../live/Live.ts"
import { go } from "../routing/Router.ts"
import { Failure, Skeleton } from "../shell/Notice.tsx"
import { times } from "../shell/Time.tsx"
import type { BroadcastRoute } from "./BroadcastRoutes.ts"
import { ms } from "./Marks.tsx"

/** Broadcasts to choose from. */
const MOST_OTHERS = 30

const FIGURES: Readonly<
  Record<BroadcastDifference["figure"], readonly [label: string, format: (value: number) => string]>
> = {
  length_seconds: ["Length", (value) => duration(value * 1000)],
  messages: ["Messages", count],
  messages_per_minute: ["Messages per minute", (value) => decimal(value, 1)],
  avg_viewers: ["Viewers, mean", count],
  peak_viewers: ["Most viewers", count],
  peak_messages: ["Most messages at once", count],
  peak_people: ["Most people at once", count],
  avg_sentiment: ["Mood, −1 to +1", (value) => signed(value, 2)],
  moments: ["Moments", count],
  best_intensity: ["Best moment, strength", (value) => decimal(value, 1)]
}

/** `+12 %`. A mood has no share: its zero is no absence. */
const changeOf = ({ change, figure, share }: BroadcastDifference): string => {
  if (change === null) return NONE
  if (figure === "avg_sentiment") return signed(change, 2)
  return share === null ? (change === 0 ? "0" : NONE) : `${signed(share * 100, 0)} %`
}

const DAY_MS = 86_400_000

const dayOf = (ms: number, nowMs: number): string => {
  if (times.isSameDay(ms, nowMs)) return "Today"
  return times.isSameDay(ms, nowMs - DAY_MS) ? "Yesterday" : times.day(ms)
}

const start = ({ started_at }: BroadcastItem): string => {
  const at = ms(started_at)
  return `${dayOf(at, now.value)} ${times.minute(at)}`
}

const Table = ({ a, b, differences }: BroadcastComparison) => (
  <table class="numbers comparison">
    <thead>
      <tr>
        <td />
        <th scope="col">{start(a)}</th>
        <th scope="col">{start(b)}</th>
        <th scope="col">Change</th>
      </tr>
    </thead>
    <tbody>
      {differences.map((difference) => {
        const [label, format] = FIGURES[difference.figure]
        const text = (value: number | null): string => (value === null ? NONE : format(value))
        return (
          <tr key={difference.figure}>
            <th scope="row">{label}</th>
            <td>{text(difference.a)}</td>
            <td>{text(difference.b)}</td>
            <td>{changeOf(difference)}</td>
          </tr>
        )
      })}
    </tbody>
  </table>
)

export const Comparison = ({
  broadcast,
  otherId,
  route
}: {
  readonly broadcast: BroadcastItem
  readonly otherId: string
  readonly route: BroadcastRoute
}) => {
  const { data, error, reload } = useResource(JSON.stringify([broadcast.id, otherId, broadcast.ended_at]), (signal) =>
    get<BroadcastComparison>("/broadcasts/compare", { a: broadcast.id, b: otherId }, signal)
  )
  const others = useResource(broadcast.stream_id, (signal) =>
    get<Page<BroadcastItem>>("/broadcasts", { stream: broadcast.stream_id, limit: MOST_OTHERS }, signal)
  )
  const choices = others.data?.items.filter(({ id }) => id !== broadcast.id) ?? []
  return (
    <section class="panel" aria-labelledby="comparison-title">
      <div class="panel-head">
        <h2 id="comparison-title">Compared with</h2>
        <select
          aria-label="Broadcast to compare with"
          value={otherId}
          onChange={({ currentTarget: { value } }) => go({ ...route, other: value }, "replace")}
        >
          {choices.some(({ id }) => id === otherId) ? null : <option value={otherId}>another broadcast</option>}
          {choices.map((choice) => (
            <option key={choice.id} value={choice.id}>
              {start(choice)}
            </option>
          ))}
        </select>
      </div>
      {error === undefined ? null : <Failure what="The comparison" error={error} onRetry={reload} />}
      {data === undefined ? (
        error === undefined ? (
          <Skeleton lines={8} what="the comparison" />
        ) : null
      ) : (
        <Table {...data} />
      )}
    </section>
  )
}
