/** What a task reads back from the tables besides its checkpoint. */
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
import * as PackedSums from "./PackedSums.ts"
import { inPages } from "./Pages.ts"

/**
 * In the order of the index, so that nothing is sorted; the condition on window_start is what the index and the partitions know. Runs unprepared: planned with the
 * bounds' values, it locks the partitions between them, and a plan for any values would lock all. Bytes of another length are another version's.
 */
const SELECT_SLIDES = `
SELECT stream_id, window_start, slide_sums
FROM chat_summary_minute
WHERE source_partition = $1 AND window_start >= $2 AND window_start <= $3 AND window_end = window_start + $4 * interval '1 millisecond'
  AND octet_length(slide_sums) BETWEEN ${PackedSums.PACKED_BYTES.least} AND ${PackedSums.PACKED_BYTES.most}
ORDER BY window_start`

type SlideValues = readonly [stream: string, start: Date, packed: Uint8Array]

/** Gives `take` the slides of the task's rows that end at or after `fromMs`, are of the checkpoint's size and slide, and are written. Rows whose bytes do not decode are no slides. Memory holds one page of them. */
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
      // the columns of SELECT_SLIDES, whose types the schema check has seen
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

/** Moments of the task with `ended_at >= openSinceMs`, in order of (timestamp, stream, type at first). Those of an earlier version's detection are left out. */
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
          detail: `${serverAt(place)}: a moment of task ${sourcePartition} in schema ${place.schema} can't be read: ${error.message.replaceAll(/\s*\n\s*/g, " ")}. Correct or delete the row`,
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
    FROM moments WHERE source_partition = $1 AND ended_at >= $2 AND opened_as IS NOT NULL AND metadata ? 'parts'
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

/** Dead letters of one page of {@link readFutureOffsets}: some tens of milliseconds for the server. */
const LETTERS = 50_000

/**
 * The next dead letters of a partition from an offset on, as runs of consecutive offsets that are alike in one respect: whether they were ahead of their time. Those that were dropped are runs
 * already. Within a run both the offset and the number of offsets before it rise by the same, so their difference stays.
 */
const SELECT_RUNS = `
SELECT is_future, min(from_offset), max(to_offset)
FROM (
  SELECT from_offset, to_offset, is_future,
    to_offset - sum(to_offset - from_offset) OVER (PARTITION BY is_future ORDER BY from_offset ROWS UNBOUNDED PRECEDING) AS run
  FROM (
    (SELECT kafka_offset AS from_offset, kafka_offset + 1 AS to_offset, reason = 'future-timestamp' AS is_future FROM dead_letters
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
 * Per input: the offsets in [rereadOffset, nextOffset) that are dead letters because they were ahead of their time. Reads page by page, all reasons: so each statement's work is bounded,
 * however many dead letters of other reasons there are.
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
          // the columns of SELECT_RUNS, whose types follow from the table's, which the schema check has seen
          const [isFuture, from, to] = row as unknown as RunValues
          // a run that was dropped may hold letters of an earlier life of the task
          const start = from < at ? at : from
          if (isFuture && start < to) found.append(start, to)
          if (to > at) at = to
        }
      }
      return found
    })
  )

/** Gaps of the checkpoint's inputs that may touch a window that ends after the watermark. */
export const readGaps = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
  const sql = yield* SqlClient
  const sinceMs = checkpoint.watermarkMs - checkpoint.window.sizeMs
  const found = yield* Effect.forEach(
    checkpoint.inputs,
    ({ partition, topic }) =>
      sql<{
        from_offset: bigint
        to_offset: bigint
        events_from: Date | null
        events_to: Date | null
      }>`SELECT from_offset, to_offset, events_from, events_to FROM gaps
        WHERE topic = ${topic} AND partition = ${partition} AND (events_to IS NULL OR events_to >= ${PgTypes.timestamp(sinceMs)})
        ORDER BY from_offset`
  )
  return checkpoint.inputs.flatMap(({ partition, topic }, input) =>
    (found[input] ?? []).map((row): Gap => ({
      topic,
      partition,
      fromOffset: row.from_offset,
      toOffset: row.to_offset,
      eventsFromMs: row.events_from === null ? BEFORE_ALL : EventTimeMs(row.events_from.getTime()),
      eventsToMs: row.events_to === null ? AFTER_ALL : EventTimeMs(row.events_to.getTime())
    }))
  )
})
