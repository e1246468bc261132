/** What the worker's statements need to find in its schema, and what of that is missing. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"

interface ExpectedTable {
  readonly columns: Readonly<Record<string, string>>
  /** Primary keys and unique constraints by their columns: an adopted table names them as it likes. */
  readonly keys: ReadonlyArray<ReadonlyArray<string>>
  readonly indexes: ReadonlyArray<string>
}

const summaryColumns = {
  id: "bigint",
  stream_id: "character varying(255)",
  window_start: "timestamp without time zone",
  window_end: "timestamp without time zone",
  chat_count: "integer",
  unique_chatters: "integer",
  avg_sentiment: "double precision",
  positive_count: "integer",
  negative_count: "integer",
  chat_rate: "double precision",
  avg_viewers: "double precision",
  top_emotes: "text[]",
  z_score: "double precision",
  is_anomaly: "boolean",
  processed_at: "timestamp without time zone",
  source_partition: "integer",
  flush: "bigint",
  complete: "boolean"
}

const momentColumns = {
  id: "bigint",
  stream_id: "character varying(255)",
  timestamp: "timestamp without time zone",
  moment_type: "character varying(50)",
  description: "text",
  intensity: "double precision",
  metadata: "jsonb",
  detected_at: "timestamp without time zone",
  source_partition: "integer",
  flush: "bigint",
  ended_at: "timestamp without time zone"
}

const expected: Readonly<Record<string, ExpectedTable>> = {
  chat_summary_minute: {
    columns: summaryColumns,
    keys: [["stream_id", "window_start", "window_end", "source_partition"]],
    indexes: [
      "idx_chat_summary_stream",
      "idx_chat_summary_anomaly",
      "idx_chat_summary_flush",
      "idx_chat_summary_recovery"
    ]
  },
  chat_summary_minute_duplicates: {
    columns: { ...summaryColumns, moved_at: "timestamp without time zone" },
    keys: [],
    indexes: []
  },
  moments: {
    columns: momentColumns,
    keys: [["stream_id", "moment_type", "timestamp", "source_partition"]],
    indexes: [
      "idx_moments_stream",
      "idx_moments_type",
      "idx_moments_detected",
      "idx_moments_latest",
      "idx_moments_flush",
      "idx_moments_recovery"
    ]
  },
  moments_duplicates: {
    columns: { ...momentColumns, moved_at: "timestamp without time zone" },
    keys: [],
    indexes: []
  },
  checkpoints: {
    columns: {
      source_partition: "integer",
      version: "integer",
      epoch: "bigint",
      flush: "bigint",
      watermark: "timestamp without time zone",
      settings: "jsonb",
      inputs: "jsonb",
      status: "jsonb",
      updated_at: "timestamp without time zone"
    },
    keys: [["source_partition"]],
    indexes: []
  },
  dead_letters: {
    columns: {
      topic: "text",
      partition: "integer",
      kafka_offset: "bigint",
      reason: "text",
      path: "text",
      record_timestamp: "timestamp without time zone",
      payload: "bytea",
      payload_bytes: "integer",
      dead_at: "timestamp without time zone"
    },
    keys: [["topic", "partition", "kafka_offset"]],
    indexes: ["idx_dead_letters_dead_at"]
  },
  gaps: {
    columns: {
      topic: "text",
      partition: "integer",
      from_offset: "bigint",
      to_offset: "bigint",
      events_from: "timestamp without time zone",
      events_to: "timestamp without time zone",
      detected_at: "timestamp without time zone"
    },
    keys: [["topic", "partition", "from_offset"]],
    indexes: []
  }
}

const views: Readonly<Record<string, ReadonlyArray<string>>> = {
  chat_summary: [...Object.keys(summaryColumns).filter((c) => c !== "source_partition" && c !== "flush"), "parts"]
}

/** What is missing in the session's schema, one phrase each, in a fixed order; empty when everything is there. Reads the catalog only. */
export const missingObjects = Effect.gen(function* () {
  const sql = yield* SqlClient
  const columns = yield* sql<{ relation: string; kind: string; column: string; type: string }>`
    SELECT c.relname::text AS relation, c.relkind::text AS kind, a.attname::text AS column, format_type(a.atttypid, a.atttypmod) AS type
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = to_regnamespace(quote_ident(current_schema())) AND c.relkind IN ('r', 'p', 'v')`
  const keys = yield* sql<{ relation: string; columns: ReadonlyArray<string> }>`
    SELECT c.relname::text AS relation,
      ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) AS columns
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE k.contype IN ('p', 'u') AND k.connamespace = to_regnamespace(quote_ident(current_schema()))`
  const indexes = yield* sql<{ relation: string; index: string }>`
    SELECT t.relname::text AS relation, i.relname::text AS index
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    WHERE x.indisvalid AND t.relnamespace = to_regnamespace(quote_ident(current_schema()))`

  const types = new Map(columns.map((c) => [`${c.relation}.${c.column}`, c.type]))
  const kinds = new Map(columns.map((c) => [c.relation, c.kind]))
  const keyNames = new Set(keys.map((k) => `${k.relation}(${k.columns.toSorted().join(",")})`))
  const indexNames = new Set(indexes.map((i) => `${i.relation}.${i.index}`))

  const missing: Array<string> = []
  for (const [table, shape] of Object.entries(expected)) {
    const kind = kinds.get(table)
    if (kind === undefined) {
      missing.push(`table ${table} is missing`)
      continue
    }
    if (table === "chat_summary_minute" && kind !== "p") {
      missing.push(`table ${table} is not partitioned by range of window_start`)
    }
    for (const [column, type] of Object.entries(shape.columns)) {
      const found = types.get(`${table}.${column}`)
      if (found === undefined) missing.push(`column ${table}.${column} is missing`)
      else if (found !== type && !(found === "text" && type.startsWith("character varying")))
        missing.push(`column ${table}.${column} is ${found}, not ${type}`)
    }
    for (const key of shape.keys) {
      if (!keyNames.has(`${table}(${key.toSorted().join(",")})`)) {
        missing.push(`unique constraint of ${table} on (${key.join(", ")}) is missing`)
      }
    }
    for (const index of shape.indexes) {
      if (!indexNames.has(`${table}.${index}`)) missing.push(`index ${index} on ${table} is missing`)
    }
  }
  for (const [view, shape] of Object.entries(views)) {
    if (kinds.get(view) !== "v") {
      missing.push(`view ${view} is missing`)
      continue
    }
    for (const column of shape) {
      if (!types.has(`${view}.${column}`)) missing.push(`column ${view}.${column} is missing`)
    }
  }
  return missing
})
