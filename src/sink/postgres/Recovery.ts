/**
 * Reads the state of a task outside of its checkpoint: slides, open moments, future offsets, gaps.
 */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Row } from "effect/sql/SqlConnection"
import type { Checkpoint } from "../../domain/Checkpoint.ts"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../../domain/EventTime.ts"
import type { Gap } from "../../domain/Gap.ts"
import { type Moment, MomentMetadata, MomentType } from "../../domain/Moment.ts"
import { OffsetRuns } from "../../domain/OffsetRuns.ts"
import { slideOf, type StreamSlide } from "../../domain/Slide.ts"
import { ResultStoreError } from "../ResultStore.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { rowsOf } from "../../postgres/Rows.ts"
import { onOneLine } from "./StoreErrors.ts"
import * as PackedSums from "./PackedSums.ts"
import { inPages } from "./Pages.ts"

/**
 * Reads in the order of the index, without a sort. The index and the partitions know window_start,
 * so the condition uses it. Runs unprepared: a plan for the given bounds locks the partitions
 * between them, a general plan would lock all. Bytes of another length are from another version.
 */
const SELECT_SLIDES = `
SELECT stream_id, window_start, slide_sums
FROM chat_summary_minute
WHERE source_partition = $1 AND window_start >= $2 AND window_start <= $3
  AND window_end = window_start + $4 * interval '1 millisecond'
  AND octet_length(slide_sums) BETWEEN ${PackedSums.PACKED_BYTES.least} AND ${PackedSums.PACKED_BYTES.most}
ORDER BY window_start`

type SlideValues = readonly [stream: string, start: Date, packed: Uint8Array]

/**
 * Passes slides of the task's written rows to `take`: those that end at or after `fromMs` and have
 * the checkpoint's size and slide. Rows whose bytes do not decode have no slide. Memory holds one
 * page.
 */
export const readSlides = Effect.fnUntraced(function* (
  checkpoint: Checkpoint,
  fromMs: EventTimeMs,
  take: (slides: ReadonlyArray<StreamSlide>) => void
) {
  const { sizeMs, slideMs } = checkpoint.window
  const toMs = (checkpoint.emitted?.endMs ?? checkpoint.watermarkMs) - sizeMs
  if (fromMs - sizeMs > toMs || toMs === BEFORE_ALL) return

  const slidesOf = (page: ReadonlyArray<ReadonlyArray<unknown>>): ReadonlyArray<StreamSlide> => {
    const slides: Array<StreamSlide> = []
    for (const row of page) {
      // Hot: up to millions of rows. The schema check has seen the types of these columns.
      const [stream, start, packed] = row as unknown as SlideValues
      const startMs = start.getTime()
      const sums = PackedSums.decode(packed)
      if (startMs % slideMs === 0 && sums !== undefined)
        slides.push(slideOf(stream, EventTimeMs(startMs + sizeMs), sums))
    }
    return slides
  }

  yield* inPages(
    "slides",
    SELECT_SLIDES,
    [
      PgTypes.int4(checkpoint.sourcePartition),
      PgTypes.timestamp(fromMs - sizeMs),
      PgTypes.timestamp(toMs),
      PgTypes.float8(sizeMs)
    ],
    (fetch) =>
      Effect.map(fetch.values, (page) => {
        if (page.length > 0) take(slidesOf(page))
        return page.length
      })
  )
})

const decodeMoment = Schema.decodeUnknownEffect(
  Schema.Struct({
    stream_id: Schema.String,
    moment_type: MomentType,
    timestamp: Schema.Date,
    opened_as: MomentType,
    ended_at: Schema.Date,
    intensity: Schema.Finite,
    description: Schema.String,
    metadata: MomentMetadata
  })
)

/**
 * Moments of the task with `ended_at >= openSinceMs`, in order of (timestamp, stream, type at
 * first). Moments from the detection of an earlier version are omitted.
 */
export const readMoments = Effect.fnUntraced(function* (
  place: Place,
  sourcePartition: number,
  openSinceMs: EventTimeMs
) {
  const moments: Array<Moment> = []
  const momentOf = (row: Row) =>
    Effect.mapBoth(decodeMoment(row), {
      onFailure: (error) =>
        new ResultStoreError({
          reason: "Checkpoint",
          detail: `${serverAt(place)}: a moment of task ${sourcePartition} in schema ${place.schema} is unreadable: ${onOneLine(error.message)}. Correct or delete the row`,
          cause: error
        }),
      onSuccess: (m): Moment => ({
        stream: m.stream_id,
        type: m.moment_type,
        timestampMs: EventTimeMs(m.timestamp.getTime()),
        openedAs: m.opened_as,
        endedAtMs: EventTimeMs(m.ended_at.getTime()),
        intensity: m.intensity,
        description: m.description,
        metadata: m.metadata
      })
    })
  yield* inPages(
    "open_moments",
    `SELECT stream_id, moment_type, timestamp, opened_as, ended_at, intensity, description, metadata
    FROM moments WHERE source_partition = $1 AND ended_at >= $2 AND opened_as IS NOT NULL
      AND metadata ? 'broadcast_start'
    ORDER BY timestamp, stream_id COLLATE "C", opened_as COLLATE "C"`,
    [PgTypes.int4(sourcePartition), PgTypes.timestamp(openSinceMs)],
    Effect.fnUntraced(function* (fetch) {
      const page = yield* fetch
      for (const row of page) moments.push(yield* momentOf(row))
      return page.length
    })
  )
  return moments
})

/** Dead letters per page of {@link readFutureOffsets}: some tens of milliseconds for the server. */
const LETTERS = 50_000

/**
 * The next dead letters of a partition from an offset on, as runs of consecutive offsets with the
 * same `is_future`. Dropped letters are stored as runs. Within a run, the offset and the number of
 * offsets before it grow at the same rate, so their difference identifies the run.
 */
const SELECT_RUNS = `
SELECT is_future, min(from_offset), max(to_offset)
FROM (
  SELECT from_offset, to_offset, is_future,
    to_offset - sum(to_offset - from_offset) OVER (
      PARTITION BY is_future ORDER BY from_offset ROWS UNBOUNDED PRECEDING) AS run
  FROM (
    (SELECT kafka_offset AS from_offset, kafka_offset + 1 AS to_offset, reason = 'future-timestamp' AS is_future
      FROM dead_letters
      WHERE topic = $1 AND partition = $2 AND kafka_offset >= $3 AND kafka_offset < $4
      ORDER BY kafka_offset LIMIT ${LETTERS})
    UNION ALL
    (SELECT GREATEST(from_offset, $3), LEAST(to_offset, $4), true FROM dropped_future_offsets
      WHERE topic = $1 AND partition = $2 AND to_offset > $3 AND from_offset < $4
      ORDER BY from_offset LIMIT ${LETTERS})
    ORDER BY 1 LIMIT ${LETTERS}
  ) page
) numbered
GROUP BY is_future, run
ORDER BY 2`

type RunValues = readonly [isFuture: boolean, from: bigint, to: bigint]

/**
 * Per input: the offsets in [rereadOffset, nextOffset) of dead letters with reason
 * `future-timestamp`. Reads pages of all reasons, so the work of each statement is bounded for any
 * number of other dead letters.
 */
export const readFutureOffsets = (checkpoint: Checkpoint) =>
  Effect.forEach(
    checkpoint.inputs,
    Effect.fnUntraced(function* ({ nextOffset, partition, rereadOffset, topic }) {
      const sql = yield* SqlClient
      const found = new OffsetRuns()
      for (let at = rereadOffset; at < nextOffset;) {
        const page = yield* sql.unsafe(SELECT_RUNS, [
          PgTypes.text(topic),
          PgTypes.int4(partition),
          PgTypes.int8(at),
          PgTypes.int8(nextOffset)
        ]).values
        if (page.length === 0) break
        for (const row of page) {
          // Hot: up to millions of letters. The schema check has seen the types of these columns.
          const [isFuture, from, to] = row as unknown as RunValues
          // A stored run may begin before the requested offset.
          const start = from < at ? at : from
          if (isFuture && start < to) found.append(start, to)
          if (to > at) at = to
        }
      }
      return found
    })
  )

const storedGaps = rowsOf(
  Schema.Struct({
    from_offset: Schema.BigInt,
    to_offset: Schema.BigInt,
    events_from: Schema.NullOr(Schema.Date),
    events_to: Schema.NullOr(Schema.Date)
  })
)

/** Gaps of the checkpoint's inputs that may touch a window that ends after the watermark. */
export const readGaps = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
  const sql = yield* SqlClient
  const sinceMs = checkpoint.watermarkMs - checkpoint.window.sizeMs
  const found = yield* Effect.forEach(checkpoint.inputs, ({ partition, topic }) =>
    Effect.map(
      storedGaps(sql`SELECT from_offset, to_offset, events_from, events_to FROM gaps
          WHERE topic = ${topic} AND partition = ${partition}
            AND (events_to IS NULL OR events_to >= ${PgTypes.timestamp(sinceMs)})
          ORDER BY from_offset`),
      (rows) =>
        rows.map((row): Gap => ({
          topic,
          partition,
          fromOffset: row.from_offset,
          toOffset: row.to_offset,
          eventsFromMs: row.events_from === null ? BEFORE_ALL : EventTimeMs(row.events_from.getTime()),
          eventsToMs: row.events_to === null ? AFTER_ALL : EventTimeMs(row.events_to.getTime())
        }))
    )
  )
  return found.flat()
})
