/** Changes that people make to the earlier job's tables. `$schema` stands for the schema. */
import { oldTables } from "./OldTables.ts"

export interface Drift {
  readonly title: string
  /** After the old tables and their rows. */
  readonly setup: ReadonlyArray<string>
  /** For objects outside the schema. */
  readonly cleanUp?: ReadonlyArray<string>
}

export interface RefusedDrift extends Drift {
  /** Instead of the old tables and their rows. */
  readonly instead?: ReadonlyArray<string>
  /** Parts of the message. */
  readonly problems: ReadonlyArray<string>
}

const retyped = (column: string, type: string, using = ""): ReadonlyArray<string> => [
  `ALTER TABLE moments ALTER COLUMN ${column} TYPE ${type} ${using}`
]

const partitionedMoments = (by: string, partitions: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...oldTables.slice(0, 5),
  `CREATE TABLE moments (id SERIAL, stream_id VARCHAR(255) NOT NULL, timestamp TIMESTAMP NOT NULL,
    moment_type VARCHAR(50) NOT NULL,
    description TEXT, intensity DOUBLE PRECISION, metadata JSONB, detected_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)
      PARTITION BY ${by}`,
  ...partitions,
  `INSERT INTO moments (stream_id, timestamp, moment_type, intensity) VALUES
    ('alpha', '2024-05-01', 'chat_spike', 1), ('alpha', '2024-05-01', 'chat_spike', 2), ('beta', '2024-06-01',
      'chat_spike', 3)`
]

const summary = (by: string): string => `CREATE TABLE chat_summary_minute (
  id SERIAL, stream_id VARCHAR(255) NOT NULL, window_start TIMESTAMP NOT NULL, window_end TIMESTAMP NOT NULL,
    chat_count INTEGER DEFAULT 0) ${by}`

const summaryRow = `INSERT INTO chat_summary_minute (stream_id, window_start, window_end, chat_count)
  VALUES ('alpha', '2024-05-01', '2024-05-01 00:01', 3)`

const raising = `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`

export const refused: ReadonlyArray<RefusedDrift> = [
  // types
  {
    title: "a moment's TIMESTAMPTZ",
    setup: retyped("timestamp", "TIMESTAMPTZ"),
    problems: [
      "$schema.moments",
      "column moments.timestamp is timestamp with time zone, not timestamp without time zone",
      "AT TIME ZONE 'UTC'"
    ]
  },
  {
    title: "JSON metadata",
    setup: retyped("metadata", "JSON"),
    problems: ["column moments.metadata is json, not jsonb"]
  },
  {
    title: "TEXT metadata",
    setup: retyped("metadata", "TEXT"),
    problems: ["column moments.metadata is text, not jsonb"]
  },
  {
    title: "JSONB emotes",
    setup: ["ALTER TABLE chat_summary_minute ALTER COLUMN top_emotes TYPE JSONB USING to_jsonb(top_emotes)"],
    problems: [
      "column chat_summary_minute.top_emotes is jsonb, not text[]",
      "RENAME COLUMN top_emotes TO top_emotes_old"
    ]
  },
  {
    title: "BIGINT counts and NUMERIC rates",
    setup: [
      "ALTER TABLE chat_summary_minute ALTER COLUMN chat_count TYPE BIGINT, ALTER COLUMN chat_rate TYPE NUMERIC(12, 3)"
    ],
    problems: ["chat_count is bigint, not integer", "chat_rate is numeric(12,3), not double precision"]
  },
  {
    title: "names that are too short or padded",
    setup: [
      "ALTER TABLE chat_summary_minute ALTER COLUMN stream_id TYPE VARCHAR(100)",
      "ALTER TABLE moments ALTER COLUMN moment_type TYPE CHAR(20), ALTER COLUMN description TYPE VARCHAR(200)"
    ],
    problems: [
      "stream_id is character varying(100)",
      "moment_type is character(20)",
      "description is character varying(200), not text"
    ]
  },
  {
    title: "an INTEGER flag",
    setup: [
      "DROP INDEX idx_chat_summary_anomaly",
      "ALTER TABLE chat_summary_minute ALTER COLUMN is_anomaly DROP DEFAULT, ALTER COLUMN is_anomaly TYPE INTEGER USING is_anomaly::integer"
    ],
    problems: ["is_anomaly is integer, not boolean"]
  },
  {
    title: "a window_start with a time zone, which is the partition key",
    instead: [
      summary("PARTITION BY RANGE (window_start)").replace("window_start TIMESTAMP", "window_start TIMESTAMPTZ"),
      "CREATE TABLE chat_summary_minute_2024_05 PARTITION OF chat_summary_minute FOR VALUES FROM ('2024-05-01') TO ('2024-06-01')",
      summaryRow,
      oldTables[5] ?? ""
    ],
    setup: [],
    problems: [
      "column chat_summary_minute.window_start is timestamp with time zone",
      "ALTER TABLE $schema.chat_summary_minute RENAME TO chat_summary_minute_old"
    ]
  },
  {
    title: "types and views at once",
    setup: [
      "CREATE VIEW late AS SELECT timestamp FROM moments",
      "DROP VIEW late",
      ...retyped("timestamp", "TIMESTAMPTZ"),
      "CREATE VIEW late AS SELECT timestamp FROM moments"
    ],
    problems: ["$schema.late", "DROP VIEW $schema.late", "column moments.timestamp is"]
  },
  // columns
  {
    title: "a column that is called otherwise",
    setup: ["ALTER TABLE moments RENAME COLUMN stream_id TO channel"],
    problems: ["column moments.stream_id is missing", "ALTER TABLE $schema.moments RENAME TO moments_old"]
  },
  {
    title: "a column in another case",
    setup: ['ALTER TABLE moments RENAME COLUMN stream_id TO "Stream_Id"'],
    problems: ['there is "Stream_Id"', `ALTER TABLE $schema.moments RENAME COLUMN "Stream_Id" TO stream_id`]
  },
  {
    title: "a table without ids",
    setup: ["ALTER TABLE moments DROP COLUMN id"],
    problems: ["column moments.id is missing"]
  },
  {
    title: "ids without a default",
    setup: ["ALTER TABLE moments ALTER COLUMN id DROP DEFAULT"],
    problems: ["column moments.id has no default"]
  },
  {
    title: "another column that is NOT NULL",
    setup: [
      "ALTER TABLE moments ADD COLUMN tenant TEXT NOT NULL DEFAULT 'x'",
      "ALTER TABLE moments ALTER COLUMN tenant DROP DEFAULT"
    ],
    problems: ["column moments.tenant is NOT NULL without a default"]
  },
  {
    title: "another column in the primary key",
    setup: [
      "ALTER TABLE moments ADD COLUMN tenant INTEGER NOT NULL DEFAULT 1",
      "ALTER TABLE moments ALTER COLUMN tenant DROP DEFAULT, DROP CONSTRAINT moments_pkey, ADD PRIMARY KEY (tenant, id)"
    ],
    problems: ["column moments.tenant is NOT NULL without a default", "DROP CONSTRAINT moments_pkey"]
  },
  {
    title: "NOT NULL for what may be NULL",
    setup: [
      "UPDATE chat_summary_minute SET avg_viewers = 0",
      "ALTER TABLE chat_summary_minute_2024_06 ALTER COLUMN avg_viewers SET NOT NULL",
      "ALTER TABLE chat_summary_minute ADD COLUMN slide_sums BYTEA NOT NULL DEFAULT ''"
    ],
    problems: [
      "$schema.chat_summary_minute_2024_06",
      "avg_viewers is NOT NULL, and the worker writes NULL",
      "slide_sums is NOT NULL, and the worker writes NULL"
    ]
  },
  {
    title: "NULLs in a key, which are no duplicates",
    setup: [
      "ALTER TABLE moments ALTER COLUMN stream_id DROP NOT NULL",
      "INSERT INTO moments (stream_id, timestamp, moment_type) VALUES (NULL, '2024-05-01', 'a'), (NULL, '2024-05-01', 'a')"
    ],
    problems: ["column moments.stream_id takes NULL"]
  },
  {
    title: "a generated column",
    setup: [
      "ALTER TABLE moments DROP COLUMN description, ADD COLUMN description TEXT GENERATED ALWAYS AS (upper(moment_type)) STORED"
    ],
    problems: ["column moments.description is generated"]
  },
  {
    title: "an identity that takes no value",
    setup: ["ALTER TABLE moments ADD COLUMN flush BIGINT GENERATED ALWAYS AS IDENTITY"],
    problems: ["column moments.flush is generated always as identity"]
  },
  {
    title: "a collation that folds case",
    setup: [
      "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
      "DROP INDEX idx_moments_stream",
      "ALTER TABLE moments ALTER COLUMN stream_id TYPE VARCHAR(255) COLLATE folding"
    ],
    problems: ["column moments.stream_id has a nondeterministic collation"]
  },
  {
    title: "baselines of another program",
    setup: ["CREATE TABLE baselines (stream_id TEXT, mean REAL)"],
    problems: ["$schema.baselines", "column baselines.numbers is missing", "RENAME TO baselines_old"]
  },
  {
    title: "slide_sums and opened_as of another program",
    setup: [
      "ALTER TABLE chat_summary_minute ADD COLUMN slide_sums JSONB",
      "ALTER TABLE moments ADD COLUMN opened_as INTEGER"
    ],
    problems: [
      "column chat_summary_minute.slide_sums is jsonb, not bytea",
      "RENAME COLUMN slide_sums TO slide_sums_old",
      "column moments.opened_as is integer, not character varying(50)"
    ]
  },
  {
    title: "a source_partition of another program",
    setup: ["ALTER TABLE moments ADD COLUMN source_partition INTEGER"],
    problems: ["column moments.source_partition takes NULL", "SET source_partition = -1"]
  },
  // partitioning
  {
    title: "a table that is not partitioned",
    instead: [
      summary(""),
      "CREATE INDEX idx_chat_summary_stream ON chat_summary_minute (stream_id)",
      summaryRow,
      oldTables[5] ?? ""
    ],
    setup: [],
    problems: [
      "chat_summary_minute is not a partitioned table",
      "RENAME TO chat_summary_minute_old",
      "ALTER INDEX $schema.idx_chat_summary_stream RENAME TO"
    ]
  },
  ...[
    "LIST (stream_id)",
    "HASH (stream_id)",
    "RANGE (window_end)",
    "RANGE (window_start, stream_id)",
    "RANGE (date_trunc('day', window_start))"
  ].map((by): RefusedDrift => ({
    title: `a table partitioned by ${by}`,
    instead: [
      summary(`PARTITION BY ${by}`),
      by.startsWith("HASH")
        ? "CREATE TABLE first PARTITION OF chat_summary_minute FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
        : "CREATE TABLE first PARTITION OF chat_summary_minute DEFAULT",
      summaryRow,
      oldTables[5] ?? ""
    ],
    setup: [],
    problems: ["chat_summary_minute is partitioned by", "not by range of window_start", "$schema.chat_summary_minute"]
  })),
  {
    title: "moments partitioned by time",
    instead: partitionedMoments("RANGE (timestamp)", [
      "CREATE TABLE moments_05 PARTITION OF moments FOR VALUES FROM ('2024-05-01') TO ('2024-06-01')",
      "CREATE TABLE moments_06 PARTITION OF moments FOR VALUES FROM ('2024-06-01') TO ('2024-07-01')"
    ]),
    setup: [],
    problems: ["$schema.moments", "a partitioned table (by range of timestamp), not a plain table"]
  },
  {
    title: "moments partitioned by stream",
    instead: partitionedMoments("HASH (stream_id)", [
      "CREATE TABLE moments_0 PARTITION OF moments FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
      "CREATE TABLE moments_1 PARTITION OF moments FOR VALUES WITH (MODULUS 2, REMAINDER 1)"
    ]),
    setup: [],
    problems: ["(by hash of stream_id), not a plain table"]
  },
  {
    title: "a partition with partitions",
    setup: [
      "CREATE TABLE july PARTITION OF chat_summary_minute FOR VALUES FROM ('2024-07-01') TO ('2024-08-01') PARTITION BY RANGE (window_start)"
    ],
    problems: ["$schema.july", "partitions of its own", "DETACH PARTITION $schema.july"]
  },
  {
    title: "a foreign partition",
    setup: [
      "CREATE FOREIGN DATA WRAPPER nowhere_$schema",
      "CREATE SERVER nowhere_$schema FOREIGN DATA WRAPPER nowhere_$schema",
      "ALTER TABLE chat_summary_minute DROP CONSTRAINT chat_summary_minute_pkey",
      "CREATE FOREIGN TABLE july PARTITION OF chat_summary_minute FOR VALUES FROM ('2024-07-01') TO ('2024-08-01') SERVER nowhere_$schema"
    ],
    cleanUp: ["DROP FOREIGN DATA WRAPPER IF EXISTS nowhere_$schema CASCADE"],
    problems: ["$schema.july", "foreign table"]
  },
  {
    title: "an inheritance child of moments",
    setup: [
      "CREATE TABLE moments_more () INHERITS (moments)",
      "INSERT INTO moments_more (stream_id, timestamp, moment_type) VALUES ('only', '2024-05-01', 'here')"
    ],
    problems: ["$schema.moments_more", "inherits from $schema.moments", "NO INHERIT"]
  },
  {
    title: "moments that inherit",
    setup: ["CREATE TABLE base (stream_id VARCHAR(255) NOT NULL)", "ALTER TABLE moments INHERIT base"],
    problems: ["$schema.moments", "part of $schema.base"]
  },
  {
    title: "unlogged moments",
    setup: ["ALTER TABLE moments SET UNLOGGED"],
    problems: ["moments is unlogged", "SET LOGGED"]
  },
  {
    title: "an unlogged partition",
    setup: ["ALTER TABLE chat_summary_minute_2024_05 SET UNLOGGED"],
    problems: ["$schema.chat_summary_minute_2024_05", "unlogged"]
  },
  // Other kinds under our names.
  ...(
    [
      ["a view instead of moments", ["DROP TABLE moments", "CREATE VIEW moments AS SELECT 1 AS id"], "a view"],
      [
        "a materialized view instead of moments",
        ["DROP TABLE moments", "CREATE MATERIALIZED VIEW moments AS SELECT 1 AS id"],
        "a materialized view"
      ],
      ["a sequence instead of gaps", ["CREATE SEQUENCE gaps"], "a sequence"],
      ["a composite type instead of gaps", ["CREATE TYPE gaps AS (a int)"], "a type"]
    ] as const
  ).map(([title, setup, what]): RefusedDrift => ({
    title,
    setup,
    problems: [`is ${what}, not a plain table`, "RENAME TO"]
  })),
  {
    title: "an enum called checkpoints",
    setup: ["CREATE TYPE checkpoints AS ENUM ('a')"],
    problems: ["$schema.checkpoints", "belongs to a type"]
  },
  {
    title: "another program's checkpoints",
    setup: ["CREATE TABLE checkpoints (id INT)", "CREATE TABLE checkpoints_old (id INT)"],
    problems: ["$schema.checkpoints", "column checkpoints.source_partition is missing", "RENAME TO checkpoints_old_2"]
  },
  {
    title: "another program's list of migrations",
    setup: ["CREATE TABLE telemetra_migrations (version TEXT)"],
    problems: ["$schema.telemetra_migrations", "telemetra_migrations.migration_id is missing"]
  },
  {
    title: "another program's table of duplicates",
    setup: ["CREATE TABLE moments_duplicates (id INT)"],
    problems: ["$schema.moments_duplicates"]
  },
  {
    title: "a table called chat_summary",
    setup: ["CREATE TABLE chat_summary (id INT)"],
    problems: ["$schema.chat_summary", "is a table, not a view"]
  },
  {
    title: "another view called chat_summary",
    setup: ["CREATE VIEW chat_summary AS SELECT stream_id FROM moments"],
    problems: ["$schema.chat_summary", "another view"]
  },
  {
    title: "an index name on another table",
    setup: ["CREATE TABLE other (a INT)", "CREATE INDEX idx_moments_flush ON other (a)"],
    problems: ["$schema.idx_moments_flush", "an index of other"]
  },
  {
    title: "a table with an index's name",
    setup: ["CREATE TABLE idx_moments_flush (a INT)"],
    problems: ["$schema.idx_moments_flush", "belongs to a table"]
  },
  {
    title: "an invalid index",
    setup: ["UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_moments_type'::regclass"],
    problems: ["$schema.idx_moments_type", "is invalid", "DROP INDEX $schema.idx_moments_type"]
  },
  // dependents
  {
    title: "a view on an id, and a view on that",
    setup: [
      "CREATE VIEW daily AS SELECT id, stream_id FROM chat_summary_minute",
      "CREATE MATERIALIZED VIEW monthly AS SELECT * FROM daily"
    ],
    problems: [
      "$schema.daily",
      "$schema.monthly",
      "DROP VIEW $schema.daily",
      "DROP MATERIALIZED VIEW $schema.monthly",
      "pg_get_viewdef"
    ]
  },
  {
    title: "a view on a partition's id",
    setup: ["CREATE VIEW may AS SELECT * FROM chat_summary_minute_2024_05"],
    problems: ["$schema.may", "DROP VIEW $schema.may"]
  },
  {
    title: "a function with a parsed body",
    setup: ["CREATE FUNCTION latest() RETURNS int BEGIN ATOMIC SELECT max(id) FROM moments; END"],
    problems: ["$schema.latest()", "DROP function $schema.latest()"]
  },
  {
    title: "a policy on an id",
    setup: ["CREATE POLICY mine ON moments USING (id > 0)"],
    problems: ["mine on $schema.moments", "DROP policy"]
  },
  {
    title: "a trigger on an id",
    setup: [raising, "CREATE TRIGGER note AFTER UPDATE OF id ON moments FOR EACH ROW EXECUTE FUNCTION nothing()"],
    problems: ["note on $schema.moments", "DROP trigger"]
  },
  {
    title: "a column generated from an id",
    setup: ["ALTER TABLE moments ADD COLUMN twice BIGINT GENERATED ALWAYS AS (id * 2) STORED"],
    problems: ["DROP COLUMN twice"]
  },
  {
    title: "a column of the row type",
    setup: ["CREATE TABLE archive (m moments)"],
    problems: ["$schema.archive", "row type of $schema.moments"]
  },
  {
    title: "a publication with a filter on an id",
    setup: ["CREATE PUBLICATION pub_$schema FOR TABLE moments WHERE (id > 0)"],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"],
    problems: ["ALTER PUBLICATION pub_$schema DROP TABLE $schema.moments"]
  },
  // Constraints, triggers, rules, row security.
  {
    title: "a CHECK",
    setup: ["ALTER TABLE moments ADD CONSTRAINT few CHECK (intensity < 5)"],
    problems: ["check constraint few", "DROP CONSTRAINT few"]
  },
  {
    title: "a CHECK of a partition",
    setup: ["ALTER TABLE chat_summary_minute_2024_05 ADD CONSTRAINT few CHECK (chat_count < 50)"],
    problems: ["$schema.chat_summary_minute_2024_05", "check constraint few"]
  },
  {
    title: "a foreign key to streams",
    setup: [
      "CREATE TABLE streams (id VARCHAR(255) PRIMARY KEY)",
      "INSERT INTO streams VALUES ('alpha'), ('beta')",
      "ALTER TABLE chat_summary_minute ADD CONSTRAINT known FOREIGN KEY (stream_id) REFERENCES streams"
    ],
    problems: ["foreign key known"]
  },
  {
    title: "a foreign key from clips, which a move of duplicates would delete",
    setup: [
      "CREATE TABLE clips (moment INT REFERENCES moments (id) ON DELETE CASCADE)",
      "INSERT INTO clips SELECT id FROM moments"
    ],
    problems: ["$schema.clips", "clips_moment_fkey", "refers to $schema.moments"]
  },
  {
    title: "an exclusion constraint",
    setup: ["ALTER TABLE moments ADD CONSTRAINT apart EXCLUDE USING btree (intensity WITH =)"],
    problems: ["exclusion constraint apart"]
  },
  {
    title: "a unique key of less than ours",
    setup: [
      "DELETE FROM chat_summary_minute WHERE chat_count NOT IN (3, 5, 7)",
      "ALTER TABLE chat_summary_minute ADD CONSTRAINT once UNIQUE (stream_id, window_start)"
    ],
    problems: ["unique index once", "DROP CONSTRAINT once"]
  },
  {
    title: "a unique index of a partition",
    setup: [
      "DELETE FROM chat_summary_minute WHERE chat_count IN (1, 2)",
      "CREATE UNIQUE INDEX once ON chat_summary_minute_2024_05 (stream_id, window_end)"
    ],
    problems: ["$schema.chat_summary_minute_2024_05", "DROP INDEX $schema.once"]
  },
  {
    title: "our key, deferrable",
    setup: [
      "DELETE FROM moments WHERE intensity = 3.5",
      "ALTER TABLE moments ADD COLUMN source_partition INT NOT NULL DEFAULT -1, ADD COLUMN opened_as VARCHAR(50), ADD CONSTRAINT moments_key UNIQUE (stream_id, timestamp, opened_as, source_partition) DEFERRABLE"
    ],
    problems: ["constraint moments_key is not the unique key"]
  },
  {
    title: "a trigger that drops rows",
    setup: [raising, "CREATE TRIGGER drops BEFORE INSERT ON moments FOR EACH ROW EXECUTE FUNCTION nothing()"],
    problems: ["$schema.moments", "trigger drops"]
  },
  {
    title: "a rule",
    setup: ["CREATE RULE quiet AS ON INSERT TO moments DO INSTEAD NOTHING"],
    problems: ["rule quiet"]
  },
  {
    title: "a rule on a partitioned table",
    setup: ["CREATE RULE quiet AS ON DELETE TO chat_summary_minute DO INSTEAD NOTHING"],
    problems: ["rule quiet"]
  },
  {
    title: "a publication without replica identity",
    setup: ["ALTER TABLE moments DROP CONSTRAINT moments_pkey", "CREATE PUBLICATION pub_$schema FOR TABLE moments"],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"],
    problems: ["$schema.moments", "without a replica identity", "ADD PRIMARY KEY (id)"]
  },
  {
    title: "a publication of partitions without replica identity",
    setup: [
      "ALTER TABLE chat_summary_minute_2024_05 REPLICA IDENTITY NOTHING",
      "CREATE PUBLICATION pub_$schema FOR TABLE chat_summary_minute"
    ],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"],
    problems: ["$schema.chat_summary_minute_2024_05", "REPLICA IDENTITY DEFAULT"]
  },
  {
    title: "a publication whose row filter names a column outside of the key",
    setup: ["CREATE PUBLICATION pub_$schema FOR TABLE moments WHERE (intensity > 1)"],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"],
    problems: ["publication pub_$schema has a row filter", "ALTER PUBLICATION pub_$schema DROP TABLE $schema.moments"]
  },
  {
    title: "a publication of partitions whose row filter names a column outside of the key",
    setup: [
      "CREATE PUBLICATION pub_$schema FOR TABLE chat_summary_minute WHERE (is_anomaly) WITH (publish_via_partition_root)"
    ],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"],
    problems: ["$schema.chat_summary_minute: publication pub_$schema has a row filter"]
  },
  {
    title: "a publication whose column list leaves the key out",
    setup: ["CREATE PUBLICATION pub_$schema FOR TABLE moments (stream_id, intensity)"],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"],
    problems: ["publication pub_$schema has a column list"]
  },
  {
    title: "a publication with a column list and a full replica identity",
    setup: [
      "ALTER TABLE moments REPLICA IDENTITY FULL",
      "CREATE PUBLICATION pub_$schema FOR TABLE moments (stream_id, intensity)"
    ],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"],
    problems: ["publication pub_$schema has a column list"]
  }
]

export const adoptable: ReadonlyArray<Drift> = [
  { title: "the tables as they are", setup: [] },
  {
    title: "wider names",
    setup: [
      "ALTER TABLE moments ALTER COLUMN stream_id TYPE TEXT, ALTER COLUMN moment_type TYPE VARCHAR(500), ALTER COLUMN description TYPE VARCHAR"
    ]
  },
  {
    title: "types that are longer than a key holds",
    setup: [
      "ALTER TABLE moments ALTER COLUMN moment_type TYPE TEXT",
      "INSERT INTO moments (stream_id, timestamp, moment_type) SELECT 'alpha', '2024-05-01', repeat('x', 60) || n FROM generate_series(1, 2) n"
    ]
  },
  {
    title: "columns of our names and types",
    setup: [
      "ALTER TABLE moments ADD COLUMN opened_as TEXT NOT NULL DEFAULT ''",
      "ALTER TABLE chat_summary_minute ADD COLUMN slide_sums BYTEA DEFAULT ''",
      "UPDATE moments SET opened_as = moment_type"
    ]
  },
  { title: "times in milliseconds", setup: ["ALTER TABLE moments ALTER COLUMN timestamp TYPE TIMESTAMP(3)"] },
  {
    title: "further columns, in any order",
    setup: [
      "ALTER TABLE moments ADD COLUMN note TEXT, ADD COLUMN kind TEXT NOT NULL DEFAULT 'x', ADD COLUMN low TEXT GENERATED ALWAYS AS (lower(stream_id)) STORED",
      "CREATE TABLE moments_duplicates (moved_at TIMESTAMP NOT NULL DEFAULT now(), LIKE moments)",
      "ALTER TABLE moments_duplicates ALTER COLUMN id TYPE BIGINT, ADD COLUMN source_partition INT, ADD COLUMN flush BIGINT, ADD COLUMN ended_at TIMESTAMP"
    ]
  },
  {
    title: "a generated column of a partitioned table",
    setup: ["ALTER TABLE chat_summary_minute ADD COLUMN low TEXT GENERATED ALWAYS AS (lower(stream_id)) STORED"]
  },
  {
    title: "missing columns that migrations add",
    setup: [
      "ALTER TABLE chat_summary_minute DROP COLUMN z_score, DROP COLUMN top_emotes",
      "ALTER TABLE moments DROP COLUMN metadata"
    ]
  },
  { title: "a default partition", setup: ["CREATE TABLE rest PARTITION OF chat_summary_minute DEFAULT"] },
  {
    title: "weekly partitions",
    setup: [
      "CREATE TABLE week PARTITION OF chat_summary_minute FOR VALUES FROM ('2024-07-01') TO ('2024-07-08')",
      "CREATE TABLE past PARTITION OF chat_summary_minute FOR VALUES FROM (MINVALUE) TO ('2024-05-01')"
    ]
  },
  {
    title: "a partition that was attached with a CHECK of its bounds",
    setup: [
      "ALTER TABLE chat_summary_minute_2024_05 ADD CHECK (window_start >= '2024-05-01' AND window_start < '2024-06-01')"
    ]
  },
  {
    title: "views that use no id",
    setup: ["CREATE VIEW counts AS SELECT stream_id, sum(chat_count) FROM chat_summary_minute GROUP BY 1"]
  },
  {
    title: "a function of the row type",
    setup: ["CREATE FUNCTION first() RETURNS SETOF moments LANGUAGE sql AS 'SELECT * FROM moments LIMIT 1'"]
  },
  { title: "extended statistics", setup: ["CREATE STATISTICS s ON id, stream_id FROM moments"] },
  {
    title: "a trigger that runs after rows",
    setup: [
      raising,
      "CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON chat_summary_minute FOR EACH ROW EXECUTE FUNCTION nothing()"
    ]
  },
  { title: "row security that does not apply to the owner", setup: ["ALTER TABLE moments ENABLE ROW LEVEL SECURITY"] },
  {
    title: "a publication",
    setup: ["CREATE PUBLICATION pub_$schema FOR TABLE chat_summary_minute, moments"],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema"]
  },
  {
    title: "publications with filters that fit",
    setup: [
      "CREATE PUBLICATION pub_$schema FOR TABLE moments WHERE (intensity > 1) WITH (publish = 'insert')",
      "ALTER TABLE moments REPLICA IDENTITY FULL",
      "CREATE PUBLICATION pub_full_$schema FOR TABLE moments WHERE (intensity > 1)"
    ],
    cleanUp: ["DROP PUBLICATION IF EXISTS pub_$schema, pub_full_$schema"]
  },
  {
    title: "an id sequence that lags behind the ids",
    setup: [
      "INSERT INTO moments (id, stream_id, timestamp, moment_type) VALUES (4, 'z', '2024-05-01', 'z'), (5, 'y', '2024-05-01', 'z')"
    ]
  },
  { title: "an id sequence with a limit", setup: ["ALTER SEQUENCE moments_id_seq MAXVALUE 3 CYCLE"] },
  { title: "unique keys of more than ours", setup: ["CREATE UNIQUE INDEX more ON moments (stream_id, id)"] },
  {
    title: "no primary keys",
    setup: [
      "ALTER TABLE moments DROP CONSTRAINT moments_pkey",
      "ALTER TABLE chat_summary_minute DROP CONSTRAINT chat_summary_minute_pkey"
    ]
  }
]
