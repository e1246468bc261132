/** What a task reads back from the tables besides its checkpoint. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Row } from "effect/sql/SqlConnection"
import type { Statement } from "effect/sql/Statement"
import type { Checkpoint } from "../../domain/Checkpoint.ts"
import { AFTER_ALL, BEFORE_ALL, EventTimeMs } from "../../domain/EventTime.ts"
import type { Gap } from "../../domain/Gap.ts"
import { type Moment, MomentMetadata, MomentType } from "../../domain/Moment.ts"
import { OffsetRuns } from "../../domain/OffsetRuns.ts"
import type { PastWindow } from "../../domain/SummaryRow.ts"
import { ResultStoreError } from "../ResultStore.ts"
import type { Place } from "./Failure.ts"

/**
 * In the order of the index, so that nothing is sorted; the condition on window_start is what the index and the partitions know. Runs unprepared: planned with the
 * bounds' values, it locks the partitions between them, and a plan for any values would lock all.
 */
const SELECT_ROWS = `
SELECT stream_id, window_start, chat_count, avg_sentiment, avg_viewers, to_json(coalesce(top_emotes, '{}'))::text
FROM chat_summary_minute
WHERE source_partition = $1 AND window_start >= $2 AND window_start <= $3 AND window_end = window_start + $4 * interval '1 millisecond'
ORDER BY window_start`

type RowValues = readonly [
  stream: string,
  start: Date,
  chatCount: number,
  avgSentiment: number | null,
  avgViewers: number | null,
  topEmotes: string
]

/** Of a stream's windows few are ever asked for their emotes: until then they stay the text that was read. */
class StoredWindow implements PastWindow {
  readonly stream: string
  readonly startMs: EventTimeMs
  readonly endMs: EventTimeMs
  readonly chatCount: number
  readonly avgSentiment: number | null
  readonly avgViewers: number | null
  readonly #topEmotes: string

  constructor(stream: string, startMs: number, endMs: number, values: RowValues) {
    this.stream = stream
    this.startMs = EventTimeMs(startMs)
    this.endMs = EventTimeMs(endMs)
    this.chatCount = values[2]
    this.avgSentiment = values[3]
    this.avgViewers = values[4]
    this.#topEmotes = values[5]
  }

  get topEmotes(): ReadonlyArray<string> {
    return JSON.parse(this.#topEmotes) // a text[] without null, as the schema check has seen
  }
}

/** Rows of one FETCH: some milliseconds for the server and for the event loop. */
const PAGE = 5_000

/**
 * Reads what a query selects page by page, through a cursor: the session's statement timeout applies to each page. `read` runs a fetch and returns how many rows it gave. `cursor`: one name for each
 * query, because a session keeps what it knows of a fetch's columns by its text.
 */
const inPages = Effect.fnUntraced(function* <E>(
  cursor: string,
  query: string,
  parameters: ReadonlyArray<unknown>,
  read: (fetch: Statement<Row>) => Effect.Effect<number, E>
) {
  const sql = yield* SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql.unsafe(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${query}`, parameters)
      while ((yield* read(sql.unsafe(`FETCH FORWARD ${PAGE} FROM ${cursor}`))) === PAGE);
      yield* sql.unsafe(`CLOSE ${cursor}`)
    })
  )
})

/**
 * Gives `take` the rows of the task with `fromMs <= window_start`, of the checkpoint's size and slide, which are written. Memory holds one page of them.
 */
export const readHistory = Effect.fnUntraced(function* (
  checkpoint: Checkpoint,
  fromMs: EventTimeMs,
  take: (rows: ReadonlyArray<PastWindow>) => void
) {
  const { sizeMs, slideMs } = checkpoint.window
  const toMs = (checkpoint.emitted?.endMs ?? checkpoint.watermarkMs) - sizeMs
  if (fromMs > toMs || toMs === BEFORE_ALL) return
  // every stream's name is kept once
  const names = new Map<string, string>()

  const rowsOf = (page: ReadonlyArray<ReadonlyArray<unknown>>): ReadonlyArray<PastWindow> => {
    const rows: Array<PastWindow> = []
    for (const row of page) {
      // the columns of SELECT_ROWS, whose types the schema check has seen
      const values = row as unknown as RowValues
      const startMs = values[1].getTime()
      if (startMs % slideMs !== 0) continue
      const [stream] = values
      if (!names.has(stream)) names.set(stream, stream)
      rows.push(new StoredWindow(names.get(stream) ?? stream, startMs, startMs + sizeMs, values))
    }
    return rows
  }

  yield* inPages(
    "history",
    SELECT_ROWS,
    [
      PgTypes.int4(checkpoint.sourcePartition),
      PgTypes.timestamp(fromMs),
      PgTypes.timestamp(toMs),
      PgTypes.float8(sizeMs)
    ],
    (fetch) =>
      Effect.map(fetch.values, (page) => {
        if (page.length > 0) take(rowsOf(page))
        return page.length
      })
  )
})

const decodeMoment = Schema.decodeUnknownEffect(
  Schema.Struct({
    stream_id: Schema.String,
    moment_type: MomentType,
    timestamp: Schema.Date,
    ended_at: Schema.Date,
    intensity: Schema.Finite,
    description: Schema.String,
    metadata: MomentMetadata
  })
)

/** Moments of the task with `ended_at >= openSinceMs`, in order of (timestamp, stream, type). */
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
          detail: `PostgreSQL at ${place.host}:${place.port}/${place.database}: a moment of task ${sourcePartition} in schema ${place.schema} can't be read: ${error.message.replaceAll(/\s*\n\s*/g, " ")}. Correct or delete the row`,
          cause: error
        }),
      onSuccess: (m): Moment => ({
        stream: m.stream_id,
        type: m.moment_type,
        timestampMs: EventTimeMs(m.timestamp.getTime()),
        endedAtMs: EventTimeMs(m.ended_at.getTime()),
        intensity: m.intensity,
        description: m.description,
        metadata: m.metadata
      })
    })
  yield* inPages(
    "open_moments",
    `SELECT stream_id, moment_type, timestamp, ended_at, intensity, description, metadata
    FROM moments WHERE source_partition = $1 AND ended_at >= $2 ORDER BY timestamp, stream_id COLLATE "C", moment_type COLLATE "C"`,
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
 * The next dead letters of a partition from an offset on, as runs of consecutive offsets that are alike in one respect: whether they were ahead of their time. Within a run both the offset and
 * the row number rise by 1, so their difference stays the same.
 */
const SELECT_RUNS = `
SELECT is_future, min(kafka_offset), max(kafka_offset) + 1
FROM (
  SELECT kafka_offset, is_future, kafka_offset - row_number() OVER (PARTITION BY is_future ORDER BY kafka_offset) AS run
  FROM (
    SELECT kafka_offset, reason = 'future-timestamp' AS is_future FROM dead_letters
    WHERE topic = $1 AND partition = $2 AND kafka_offset >= $3 AND kafka_offset < $4
    ORDER BY kafka_offset LIMIT ${LETTERS}
  ) page
) numbered
GROUP BY is_future, run
ORDER BY 2`

type RunValues = readonly [isFuture: boolean, from: bigint, to: bigint]

/**
 * Per input: the offsets in [replayOffset, nextOffset) that are dead letters because they were ahead of their time. Reads page by page, all reasons: so each statement's work is bounded,
 * however many dead letters of other reasons there are.
 */
export const readFutureOffsets = (checkpoint: Checkpoint) =>
  Effect.forEach(
    checkpoint.inputs,
    Effect.fnUntraced(function* ({ nextOffset, partition, replayOffset, topic }) {
      const sql = yield* SqlClient
      const found = new OffsetRuns()
      for (let at = replayOffset; at < nextOffset;) {
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
          if (isFuture) found.append(from, to)
          at = to
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
