/** The true events of a simulated platform, to compare with the worker's results. */
import type { MomentClass, SceneKind } from "./Scene.ts"

/** One event of a stream, from `startMs` (closed) to `endMs` (open) in event time. */
export interface Truth {
  readonly stream: string
  /**
   * A scene, or a stream's start (`online`) or end (`offline`), when chat and viewers grow or
   * leave.
   */
  readonly kind: SceneKind | "online" | "offline"
  readonly startMs: number
  readonly endMs: number
  /** The moment that a detector must report; `undefined` = none. */
  readonly moment: MomentClass | undefined
  /** Whether another burst of the stream ended minutes before. */
  readonly again: boolean
  /** The stream whose viewers arrive, for raids and hosts. */
  readonly from?: string
}

/** One line of NDJSON, with the column names of the tables. */
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
