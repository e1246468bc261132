/** What is known of a simulated platform: to be compared with what the worker finds. */
import type { MomentClass, SceneKind } from "./Scene.ts"

/** One thing that happens in a stream. Times are event times, from `startMs` (closed) to `endMs` (open). */
export interface Truth {
  readonly stream: string
  /** The scenes, and streams that begin (`online`) and end (`offline`): then chat and viewers grow or leave. */
  readonly kind: SceneKind | "online" | "offline"
  readonly startMs: number
  readonly endMs: number
  /** How a detector is to see it; `undefined`: it is to raise no alarm. */
  readonly moment: MomentClass | undefined
  /** Whether it follows another burst of the stream within minutes. */
  readonly again: boolean
  /** The stream whose viewers come, for raids and hosts. */
  readonly from?: string
}

/** One line of NDJSON, with the names that the tables use. */
export const truthLine = ({ again, endMs, from, kind, moment, startMs, stream }: Truth): string =>
  JSON.stringify({
    stream_id: stream,
    kind,
    timestamp: new Date(startMs).toISOString(),
    ended_at: new Date(endMs).toISOString(),
    expected: moment ?? null,
    again,
    from_stream_id: from ?? null
  })
