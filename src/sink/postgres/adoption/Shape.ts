/** The tables, keys and indexes that the worker's statements need in its schema. */

export interface TableShape {
  /** Column to type, as `format_type` writes it. */
  readonly columns: Readonly<Record<string, string>>
  /**
   * The columns of the unique key that upserts use; its index may have any name. None = append
   * only.
   */
  readonly key: ReadonlyArray<string>
  /** Columns in which the worker writes NULL. */
  readonly nullable: ReadonlyArray<string>
  /** Columns of the key that may hold NULL: such rows have no key. */
  readonly keyless?: ReadonlyArray<string>
  /**
   * Columns that an adopted table must have; migrations add the others. None = the worker creates
   * the table with every column.
   */
  readonly required?: ReadonlyArray<string>
  /** For a table that the worker creates: columns that later migrations add. */
  readonly added?: ReadonlyArray<string>
  /** The migration that creates it; the first one by default. */
  readonly since?: number
  /** How it is partitioned, such as "range of window_start". None = it is a plain table. */
  readonly partitioning?: string
  readonly indexes: ReadonlyArray<string>
  /** Names of its CHECK constraints. Another one may refuse rows of the worker. */
  readonly checks?: ReadonlyArray<string>
}

const summaryColumns = {
  id: "bigint",
  stream_id: "character varying(255)",
  window_start: "timestamp without time zone",
  window_end: "timestamp without time zone",
  chat_count: "integer",
  unique_chatters: "integer",
  avg_sentiment: "double precision",
  scored_count: "integer",
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
  complete: "boolean",
  slide_sums: "bytea",
  emote_counts: "integer[]"
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
  ended_at: "timestamp without time zone",
  opened_as: "character varying(50)"
}

export const TABLES: Readonly<Record<string, TableShape>> = {
  chat_summary_minute: {
    columns: summaryColumns,
    key: ["source_partition", "window_start", "window_end", "stream_id"],
    nullable: ["avg_sentiment", "avg_viewers", "z_score", "slide_sums", "emote_counts"],
    required: ["id", "stream_id", "window_start", "window_end"],
    partitioning: "range of window_start",
    indexes: ["idx_chat_summary_stream", "idx_chat_summary_anomaly"]
  },
  chat_summary_minute_duplicates: {
    columns: { ...summaryColumns, moved_at: "timestamp without time zone" },
    key: [],
    nullable: [],
    added: ["scored_count", "slide_sums", "emote_counts"],
    since: 2,
    indexes: []
  },
  moments: {
    columns: momentColumns,
    key: ["stream_id", "timestamp", "opened_as", "source_partition"],
    nullable: [],
    keyless: ["opened_as"],
    required: ["id", "stream_id", "timestamp", "moment_type"],
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
    key: [],
    nullable: [],
    added: ["opened_as"],
    since: 2,
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
    key: ["source_partition"],
    nullable: ["watermark", "status"],
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
      payload_digest: "bytea",
      dead_at: "timestamp without time zone"
    },
    key: ["topic", "partition", "kafka_offset"],
    // Column payload is nullable too, since migration 0006.
    nullable: ["path", "record_timestamp"],
    added: ["payload_digest"],
    indexes: ["idx_dead_letters_dead_at", "idx_dead_letters_payload"]
  },
  dead_letter_days: {
    columns: { day: "date", source_partition: "integer", bytes: "bigint", dropped: "bigint" },
    key: ["day", "source_partition"],
    nullable: [],
    since: 6,
    indexes: []
  },
  dropped_future_offsets: {
    columns: { topic: "text", partition: "integer", from_offset: "bigint", to_offset: "bigint" },
    key: ["topic", "partition", "from_offset"],
    nullable: [],
    since: 6,
    indexes: []
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
    key: ["topic", "partition", "from_offset"],
    nullable: ["events_from", "events_to"],
    indexes: []
  },
  moment_samples: {
    columns: {
      source_partition: "integer",
      stream_id: "character varying(255)",
      timestamp: "timestamp without time zone",
      opened_as: "character varying(50)",
      peak_end: "character varying(30)",
      content: "jsonb",
      flush: "bigint"
    },
    key: ["source_partition", "stream_id", "timestamp", "opened_as"],
    nullable: [],
    since: 8,
    indexes: ["idx_moment_samples_timestamp"]
  },
  sensitivity: {
    columns: {
      version: "bigint",
      stream_id: "character varying(255)",
      moment_type: "character varying(50)",
      threshold: "double precision",
      set_at: "timestamp without time zone",
      set_by: "text"
    },
    key: ["version"],
    nullable: ["stream_id", "moment_type", "threshold", "set_by"],
    since: 9,
    indexes: [],
    checks: ["sensitivity_threshold_check"]
  },
  sensitivity_applied: {
    columns: {
      source_partition: "integer",
      version: "bigint",
      from_end: "timestamp without time zone",
      flush: "bigint"
    },
    key: ["source_partition", "version"],
    nullable: [],
    since: 9,
    indexes: []
  },
  moment_feedback: {
    columns: {
      source_partition: "integer",
      stream_id: "character varying(255)",
      timestamp: "timestamp without time zone",
      opened_as: "character varying(50)",
      verdict: "character varying(10)",
      set_at: "timestamp without time zone",
      set_by: "text"
    },
    key: ["stream_id", "timestamp", "opened_as", "source_partition"],
    nullable: ["set_by"],
    since: 9,
    indexes: []
  },
  baselines: {
    columns: {
      source_partition: "integer",
      stream_id: "character varying(255)",
      size_ms: "integer",
      slide_ms: "integer",
      window_end: "timestamp without time zone",
      numbers: "double precision[]",
      flush: "bigint"
    },
    key: ["source_partition", "stream_id"],
    nullable: [],
    since: 5,
    indexes: []
  },
  notifications: {
    columns: {
      target: "character varying(64)",
      id: "character varying(64)",
      source_partition: "integer",
      stream_id: "character varying(255)",
      timestamp: "timestamp without time zone",
      opened_as: "character varying(50)",
      moment_id: "bigint",
      moment_type: "character varying(50)",
      ended_at: "timestamp without time zone",
      intensity: "double precision",
      description: "text",
      flush: "bigint",
      created_at: "timestamp without time zone",
      due_at: "timestamp without time zone",
      attempts: "integer"
    },
    key: ["target", "id"],
    nullable: [],
    since: 10,
    indexes: ["idx_notifications_queue"]
  },
  local_log: {
    columns: {
      topic: "text",
      partition: "integer",
      offset: "bigint",
      day: "date",
      time: "timestamp without time zone",
      value: "bytea"
    },
    key: ["topic", "partition", "offset", "day"],
    nullable: [],
    since: 12,
    partitioning: "list of day",
    indexes: []
  },
  local_log_heads: {
    columns: {
      topic: "text",
      partition: "integer",
      start_offset: "bigint",
      next_offset: "bigint",
      day: "date",
      last_mark: "bigint",
      max_time: "timestamp without time zone"
    },
    key: ["topic", "partition"],
    nullable: [],
    since: 12,
    indexes: []
  },
  local_log_marks: {
    columns: {
      topic: "text",
      partition: "integer",
      offset: "bigint",
      day: "date",
      time_before: "timestamp without time zone"
    },
    key: ["topic", "partition", "offset"],
    nullable: [],
    since: 12,
    indexes: []
  },
  local_log_writers: {
    columns: { writer: "text", sequence: "bigint", at: "timestamp without time zone" },
    key: ["writer"],
    nullable: [],
    since: 12,
    indexes: []
  },
  broadcasts: {
    columns: {
      source_partition: "integer",
      stream_id: "character varying(255)",
      started_at: "timestamp without time zone",
      ended_at: "timestamp without time zone",
      messages: "bigint",
      scored: "bigint",
      avg_sentiment: "double precision",
      avg_viewers: "double precision",
      peak_viewers: "double precision",
      peak_viewers_at: "timestamp without time zone",
      peak_messages: "integer",
      peak_messages_at: "timestamp without time zone",
      peak_people: "integer",
      peak_people_at: "timestamp without time zone",
      flush: "bigint"
    },
    key: ["source_partition", "stream_id", "started_at"],
    nullable: ["avg_sentiment", "avg_viewers", "peak_viewers", "peak_viewers_at", "peak_messages_at", "peak_people_at"],
    since: 7,
    indexes: ["idx_broadcasts_started", "idx_broadcasts_stream"]
  }
}

/** The columns of view chat_summary, in order. */
export const VIEW = "chat_summary"
export const VIEW_COLUMNS: ReadonlyArray<string> = [
  ...Object.keys(summaryColumns).filter(
    (c) => !["source_partition", "flush", "scored_count", "slide_sums", "emote_counts"].includes(c)
  ),
  "parts",
  "scored_count",
  "emote_counts"
]

/** Lists the migrations that a schema has seen. effect/sql's Migrator creates it. */
export const MIGRATIONS_TABLE = "telemetra_migrations"

export const MIGRATIONS_SHAPE: TableShape = {
  columns: { migration_id: "integer", created_at: "timestamp with time zone", name: "text" },
  key: ["migration_id"],
  nullable: [],
  indexes: []
}

/** The partitioned table of windows, by range of this column. */
export const PARTITIONED = { table: "chat_summary_minute", column: "window_start" } as const

/** Every table whose rows are in partitions. */
export const PARTITIONED_TABLES: ReadonlyArray<string> = Object.entries(TABLES).flatMap(([name, { partitioning }]) =>
  partitioning === undefined ? [] : [name]
)

/**
 * The unique constraints that migrations create on adopted tables; their indexes have the same
 * names.
 */
export const KEY_NAMES: Readonly<Record<string, string>> = {
  chat_summary_minute: "chat_summary_minute_window_key",
  moments: "moments_key"
}

/** The constraint that {@link KEY_NAMES}' of moments replaces: migrations drop it. */
export const EARLIER_MOMENTS_KEY = "moments_episode_key"

const fits = (found: string, pattern: RegExp, least: number): boolean => Number(pattern.exec(found)?.[1]) >= least

/**
 * Whether a column of type `found` stores every value of type `wanted` unchanged. Event times have
 * milliseconds.
 */
export const accepts = (wanted: string, found: string): boolean => {
  if (found === wanted) return true
  const length = /^character varying\((\d+)\)$/.exec(wanted)?.[1]
  if (length !== undefined) {
    return (
      found === "text" || found === "character varying" || fits(found, /^character varying\((\d+)\)$/, Number(length))
    )
  }
  if (wanted === "text") return found === "character varying"
  return wanted === "timestamp without time zone" && fits(found, /^timestamp\((\d)\) without time zone$/, 3)
}
