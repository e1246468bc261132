/** The dashboards' queries of PostgreSQL, on tables as the worker makes them. */
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as Postgres from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { questions } from "./grafanaDashboards.ts"
import { read } from "./prometheusExpressions.ts"

/** Fills the placeholders in, as Grafana does before a query. */
const filledIn = (question: string): string =>
  question
    .replaceAll(/\$__timeFilter\((\w+)\)/g, "$1 BETWEEN '2026-01-01T00:00:00Z' AND '2026-01-01T06:00:00Z'")
    .replaceAll(/\$__timeGroupAlias\((\w+), \$__interval\)/g, 'floor(extract(epoch from $1)/60)*60 AS "time"')
    .replaceAll("${stream:sqlstring}", "'it''s a stream'")
    .replaceAll("${type:sqlstring}", "'raid','chat_drop'")

const WINDOW = `TIMESTAMP '2026-01-01 00:00:00', TIMESTAMP '2026-01-01 00:01:00'`

/** One stream with one unusual window and its moment. */
const FILLED = [
  `INSERT INTO checkpoints (source_partition, version, epoch, flush, watermark, settings, inputs)
    VALUES (0, 1, 1, 1, '2026-01-01 00:01:05', '{"window": {"sizeMs": 60000, "slideMs": 10000}}', '[]')`,
  `CREATE TABLE chat_summary_minute_of_test PARTITION OF chat_summary_minute FOR VALUES FROM ('2026-01-01') TO ('2026-01-02')`,
  `INSERT INTO chat_summary_minute (stream_id, window_start, window_end, chat_count, unique_chatters,
      avg_sentiment, scored_count, positive_count, negative_count, chat_rate,
      avg_viewers, top_emotes, z_score, is_anomaly, source_partition)
    VALUES ('it''s a stream', ${WINDOW}, 120, 7, 0.5, 5, 3, 1, 2, 1000, '{}', 4, TRUE, 0)`,
  `INSERT INTO moments (stream_id, timestamp, ended_at, moment_type, opened_as, description,
      intensity, metadata, source_partition)
    VALUES ('it''s a stream', ${WINDOW}, 'raid', 'chat_spike', 'a raid', 4,
      '{"people": 100, "usual_people": 20.5, "messages": 120, "unison": 40, "repeated_messages": 30, "repeated_people": 25}', 0)`
]

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("Grafana's questions", (it) => {
  it.effect("are answered, and with the content of the tables", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient
      yield* Effect.forEach(FILLED, (statement) => sql.unsafe(statement), { discard: true })
      const queries = questions.filter(({ rawSql }) => rawSql !== undefined)
      assert.isNotEmpty(queries)
      for (const { rawSql = "", where } of queries) {
        const question = filledIn(rawSql)
        assert.notMatch(question, /\$/, where)
        const rows = yield* sql.unsafe<Record<string, unknown>>(question)
        assert.strictEqual(rows.length, 1, where)
        for (const [column, value] of Object.entries(rows[0] ?? {})) assert.isNotNull(value, `${where}: ${column}`)
      }
      // The earlier job's verification steps, as docs/deployment.md has them.
      const steps = [
        ...read("docs/deployment.md").matchAll(/docker exec telemetra-postgres psql .*\n +'(SELECT [^']+)'/g)
      ]
      assert.lengthOf(steps, 2)
      for (const [, step = ""] of steps) assert.lengthOf(yield* sql.unsafe(step), 1, step)
    }).pipe(Effect.provide(PostgresTables.fresh()))
  )
})
