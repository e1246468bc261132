/** Whether the targets of NOTIFY_URLS accept notifications, by what waits for them. */
import { Duration, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { NotifyConfig } from "../config/AppConfig.ts"
import { counted } from "../domain/Wording.ts"
import { rowsOf } from "../postgres/Rows.ts"
import { doubtful, fine } from "./Check.ts"

/** As in the alert TelemetraNotificationsWait. */
const LONG = Duration.minutes(10)

const waitingOf = rowsOf(Schema.Struct({ target: Schema.String, count: Schema.Int, oldestMs: Schema.Finite }))

/** Sends nothing: a request would be a message for people. */
export const notifications = Effect.fn("doctor.notifications")(function* ({ targets }: NotifyConfig) {
  const sql = yield* SqlClient
  const rows = yield* waitingOf(sql`SELECT target, count(*)::int4 AS count,
    (extract(epoch FROM LOCALTIMESTAMP - min(created_at)) * 1000)::float8 AS "oldestMs"
    FROM notifications GROUP BY target`)
  const waiting = targets.flatMap(({ name, rule }) => {
    const row = rows.find(({ target }) => target === rule.target)
    return row === undefined ? [] : [{ ...row, name }]
  })
  const listed = waiting.map(({ count, name }) => `${counted(count, "notification")} for ${name}`)
  const found = `${targets.map(({ name }) => name).join(", ")}; ${listed.length === 0 ? "none waits" : `waiting: ${listed.join(", ")}`}`
  return waiting.some(({ oldestMs }) => oldestMs > Duration.toMillis(LONG))
    ? doubtful(
        `${found}, one for more than ${Duration.format(LONG)}`,
        "search the worker's log for `Notification to target`, which names the reason; see TelemetraNotificationsWait in docs/runbook.md",
        undefined
      )
    : fine(found, undefined)
})
