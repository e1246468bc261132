/** The outbox in table `notifications`. The server's clock decides what is due. */
import { Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { byCodeUnit } from "../domain/CodeUnits.ts"
import { MomentType } from "../domain/Moment.ts"
import { column, OID } from "../postgres/Column.ts"
import type { Place } from "../postgres/Place.ts"
import { catchSqlErrors } from "../postgres/PostgresError.ts"
import { onlyOf, rowsOf } from "../postgres/Rows.ts"
import { type Claimed, Outbox, type Settlement } from "./Outbox.ts"

const Milliseconds = Schema.Finite
const epochMs = (name: string): string => `(extract(epoch FROM n.${name}) * 1000)::float8`

const MESSAGE = Schema.Struct({
  id: Schema.String,
  sourcePartition: Schema.Int,
  stream: Schema.String,
  type: MomentType,
  openedAs: MomentType,
  timestampMs: Milliseconds,
  endedAtMs: Milliseconds,
  intensity: Schema.Number,
  description: Schema.String,
  momentId: Schema.BigInt,
  createdAtMs: Milliseconds,
  attempts: Schema.Int
})

/** Rows that another process claims at the same time are skipped, not awaited. */
const CLAIM = `
WITH due AS MATERIALIZED (
  SELECT target, id FROM notifications
  WHERE target = $1 AND due_at <= LOCALTIMESTAMP AND ended_at >= created_at - $4::float8 * interval '1 ms'
  ORDER BY created_at, id LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE notifications n
SET due_at = LOCALTIMESTAMP + $3::float8 * interval '1 ms', attempts = n.attempts + 1
FROM due WHERE n.target = due.target AND n.id = due.id
RETURNING n.id, n.source_partition AS "sourcePartition", n.stream_id AS "stream", n.moment_type AS "type",
  n.opened_as AS "openedAs", ${epochMs("timestamp")} AS "timestampMs", ${epochMs("ended_at")} AS "endedAtMs",
  n.intensity, n.description, n.moment_id AS "momentId", ${epochMs("created_at")} AS "createdAtMs", n.attempts`

const REMOVE = "DELETE FROM notifications WHERE target = $1 AND id = ANY ($2)"

const RETRY = `
UPDATE notifications n SET due_at = LOCALTIMESTAMP + r.after * interval '1 ms'
FROM unnest($2, $3, $4) AS r (id, attempts, after)
WHERE n.target = $1 AND n.id = r.id AND n.attempts = r.attempts`

const IS_OLD = "n.ended_at < n.created_at - $3::float8 * interval '1 ms'"
const IS_EXPIRED = "n.created_at < LOCALTIMESTAMP - $4::float8 * interval '1 ms'"

/**
 * Counts the dropped rows by reason. Locks them in the order of claims, and skips those that
 * another process settles or drops.
 */
const SWEEP = `
WITH excess AS MATERIALIZED (
  SELECT id FROM notifications WHERE target = $1 ORDER BY created_at DESC, id DESC OFFSET $2
), gone AS MATERIALIZED (
  SELECT n.target, n.id,
    CASE WHEN n.id IN (SELECT id FROM excess) THEN 'backlog' WHEN ${IS_OLD} THEN 'old' ELSE 'expired' END AS reason
  FROM notifications n
  WHERE n.target = $1 AND (n.id IN (SELECT id FROM excess) OR ${IS_OLD} OR ${IS_EXPIRED})
  ORDER BY n.created_at, n.id FOR UPDATE OF n SKIP LOCKED
), dropped AS (
  DELETE FROM notifications n USING gone g WHERE n.target = g.target AND n.id = g.id RETURNING g.reason
)
SELECT count(*) FILTER (WHERE reason = 'backlog')::int4 AS backlog,
  count(*) FILTER (WHERE reason = 'old')::int4 AS old,
  count(*) FILTER (WHERE reason = 'expired')::int4 AS expired
FROM dropped`

const claimedOf = rowsOf(MESSAGE)
const droppedOf = onlyOf(Schema.Struct({ backlog: Schema.Int, old: Schema.Int, expired: Schema.Int }))
const waitingOf = onlyOf(Schema.Struct({ count: Schema.Int, oldestMs: Milliseconds }))

const byAge = (a: Claimed, b: Claimed): number => a.createdAtMs - b.createdAtMs || byCodeUnit(a.id, b.id)

const isRetry = (one: Settlement): one is Extract<Settlement, { readonly _tag: "Retry" }> => one._tag === "Retry"

/** The outbox over a pool whose sessions use the worker's schema. */
export const layer = (place: Place): Layer.Layer<Outbox, never, SqlClient> =>
  Layer.effect(
    Outbox,
    Effect.map(SqlClient, (sql) => ({
      claim: (target, { leaseMs, maxAgeMs, most }) =>
        claimedOf(sql.unsafe(CLAIM, [target, most, leaseMs, maxAgeMs])).pipe(
          Effect.map((rows) => rows.toSorted(byAge)),
          catchSqlErrors(place, "claim notifications")
        ),
      settle: Effect.fnUntraced(
        function* (target, settlements) {
          const retries = settlements.filter(isRetry)
          const others = settlements.filter((one) => !isRetry(one))
          if (others.length > 0) {
            yield* sql.unsafe(REMOVE, [target, column(others, OID.text, ({ message }) => message.id)])
          }
          if (retries.length === 0) return
          yield* sql.unsafe(RETRY, [
            target,
            column(retries, OID.text, ({ message }) => message.id),
            column(retries, OID.int4, ({ message }) => message.attempts),
            column(retries, OID.float8, ({ afterMs }) => afterMs)
          ])
        },
        catchSqlErrors(place, "record the delivery of notifications")
      ),
      sweep: (target, { backlog, maxAgeMs, maxWaitMs }) =>
        droppedOf(sql.unsafe(SWEEP, [target, backlog, maxAgeMs, maxWaitMs])).pipe(
          catchSqlErrors(place, "drop old notifications")
        ),
      waiting: (target) =>
        waitingOf(sql`SELECT count(*)::int4 AS count,
          coalesce(extract(epoch FROM LOCALTIMESTAMP - min(created_at)) * 1000, 0)::float8 AS "oldestMs"
          FROM notifications WHERE target = ${target}`).pipe(catchSqlErrors(place, "count the waiting notifications"))
    }))
  )
