/** The invented platform's broadcasts as the API returns them. */
import type { BroadcastItem } from "../../../src/api/Broadcasts.ts"
import { broadcastsOf, type FixtureBroadcast } from "./FixtureBroadcasts.ts"
import { moments, STREAMS } from "./FixtureData.ts"

/** Streams whose last broadcast is over: they have no windows now. */
export const ENDED = ["NightlyNomad", "arcade_archive"]

const NAMES = [...STREAMS, ...ENDED]

const idOf = ({ startedMs, stream }: FixtureBroadcast): string => `${stream}-${startedMs}`

const itemOf = (broadcast: FixtureBroadcast, lastEndMs: number): BroadcastItem => {
  const { endedMs, over, startedMs, stream } = broadcast
  const seconds = (endedMs - startedMs) / 1000
  const own = moments([stream], startedMs, endedMs, lastEndMs)
  const best = own.toSorted((a, b) => (b.intensity ?? 0) - (a.intensity ?? 0))[0]
  const day = Math.round(startedMs / 86_400_000)
  const hasViewers = stream % 11 !== 10
  return {
    id: idOf(broadcast),
    stream_id: NAMES[stream] ?? "",
    started_at: startedMs,
    ended_at: endedMs,
    over,
    length_seconds: seconds,
    messages: Math.round((seconds * (900 + 40 * (day % 5))) / (stream + 2) / 10),
    scored: Math.round((seconds * 400) / (stream + 2) / 10),
    avg_sentiment: 0.24 - 0.07 * (day % 4),
    avg_viewers: hasViewers ? 9000 / (stream + 1) + 100 * (day % 3) : null,
    peak_viewers: hasViewers ? 14_000 / (stream + 1) + 150 * (day % 3) : null,
    peak_viewers_at: hasViewers ? startedMs + 5_025_000 : null,
    peak_messages: 240 + 11 * (day % 7),
    peak_messages_at: startedMs + 7_000_000,
    peak_people: 180 + 7 * (day % 7),
    peak_people_at: startedMs + 7_000_000,
    moments: own.length,
    best_moment:
      best === undefined
        ? null
        : { id: best.id, timestamp: best.timestamp, moment_type: best.moment_type, intensity: best.intensity }
  }
}

/** All of them, the newest first. */
export const broadcasts = (lastEndMs: number): ReadonlyArray<BroadcastItem> =>
  NAMES.flatMap((name, stream) =>
    broadcastsOf(stream, lastEndMs)
      .filter(({ over }) => over || !ENDED.includes(name))
      .map((broadcast) => itemOf(broadcast, lastEndMs))
  ).toSorted((a, b) => b.started_at - a.started_at || (a.id < b.id ? -1 : 1))
