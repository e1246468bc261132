/** Inserts the notifications of a flush into their outbox, in the flush's transaction. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { EventTimeMs } from "../../domain/EventTime.ts"
import { type Moment, type MomentKey, momentKeyText, MomentType } from "../../domain/Moment.ts"
import { type Notification, notificationsOf, type NotifyRule, wants } from "../../domain/Notification.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import { rowsOf } from "../../postgres/Rows.ts"
import type { Writer } from "./Insert.ts"

const keyColumns = (moments: ReadonlyArray<MomentKey>) => [
  column(moments, OID.text, (m) => m.stream),
  column(moments, OID.timestamp, (m) => m.timestampMs),
  column(moments, OID.text, (m) => m.openedAs)
]

const SELECT_STORED = `
SELECT m.stream_id, (extract(epoch FROM m.timestamp) * 1000)::float8 AS timestamp, m.opened_as, m.moment_type,
  m.intensity
FROM unnest($1, $2, $3) AS r (stream_id, timestamp, opened_as)
JOIN moments m ON m.stream_id = r.stream_id AND m.timestamp = r.timestamp AND m.opened_as = r.opened_as
WHERE m.source_partition = $4`

const storedOf = rowsOf(
  Schema.Struct({
    stream_id: Schema.String,
    timestamp: Schema.Finite,
    opened_as: MomentType,
    moment_type: MomentType,
    intensity: Schema.Number
  })
)

/**
 * The notifications that these moments cause. Reads the stored moments, so it runs before the flush
 * writes them. Costs one statement if a target wants one of the moments, otherwise nothing.
 */
export const readNotifications = Effect.fnUntraced(function* (
  rules: ReadonlyArray<NotifyRule>,
  sourcePartition: number,
  moments: ReadonlyArray<Moment>
) {
  // PostgreSQL stores no text with U+0000.
  const candidates = moments.filter(
    (moment) => !moment.stream.includes("\u0000") && rules.some((rule) => wants(rule, moment))
  )
  if (candidates.length === 0) return []
  const sql = yield* SqlClient
  const rows = yield* storedOf(
    sql.unsafe(SELECT_STORED, [...keyColumns(candidates), PgTypes.int4(sourcePartition)]).unprepared
  )
  const stored = new Map(
    rows.map(({ intensity, moment_type: type, opened_as: openedAs, stream_id: stream, timestamp }) => [
      momentKeyText({ stream, timestampMs: EventTimeMs(timestamp), openedAs }),
      { stream, type, intensity }
    ])
  )
  return notificationsOf(rules, sourcePartition, candidates, (moment) => stored.get(momentKeyText(moment)))
})

/** Takes the moments that the flush wrote: one that PostgreSQL refused has no notification. */
const INSERT_NOTIFICATIONS = `
INSERT INTO notifications (target, id, source_partition, stream_id, timestamp, opened_as, moment_id, moment_type,
  ended_at, intensity, description, flush)
SELECT r.target, r.id, m.source_partition, m.stream_id, m.timestamp, m.opened_as, m.id, m.moment_type,
  m.ended_at, m.intensity, m.description, m.flush
FROM unnest($1, $2, $3, $4, $5) AS r (stream_id, timestamp, opened_as, target, id)
JOIN moments m ON m.stream_id = r.stream_id AND m.timestamp = r.timestamp AND m.opened_as = r.opened_as
WHERE m.source_partition = $6 AND m.flush = $7
ON CONFLICT (target, id) DO NOTHING`

/** Runs after the flush has written its moments. */
export const insertNotifications = Effect.fnUntraced(function* (
  { flush, sourcePartition }: Writer,
  notifications: ReadonlyArray<Notification>
) {
  if (notifications.length === 0) return
  const sql = yield* SqlClient
  yield* sql.unsafe(INSERT_NOTIFICATIONS, [
    ...keyColumns(notifications.map(({ moment }) => moment)),
    column(notifications, OID.text, ({ target }) => target),
    column(notifications, OID.text, ({ id }) => id),
    PgTypes.int4(sourcePartition),
    int8(flush)
  ]).unprepared
})

/**
 * Deletes the notifications of targets that no process delivers to. Deliverers drop, count and log
 * those of their own targets a day earlier.
 */
export const deleteAbandoned = Effect.gen(function* () {
  const sql = yield* SqlClient
  yield* sql`DELETE FROM notifications WHERE created_at < LOCALTIMESTAMP - interval '4 days'`
})
