-- 64-bit ids, one row per key, and the indexes. In an adopted database, rows that share a key are moved aside (the greatest id stays), never deleted.

DO $$
DECLARE
  target TEXT;
  counter REGCLASS;
BEGIN
  FOREACH target IN ARRAY ARRAY['chat_summary_minute', 'moments'] LOOP
    IF (SELECT atttypid FROM pg_attribute WHERE attrelid = target::regclass AND attname = 'id' AND NOT attisdropped) <> 'bigint'::regtype THEN
      EXECUTE format('ALTER TABLE %I ALTER COLUMN id TYPE BIGINT', target);
    END IF;
    -- A SERIAL's sequence stays 32-bit when its column grows.
    FOR counter IN
      SELECT d.refobjid::regclass
      FROM pg_attribute a
      JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_sequence s ON s.seqrelid = d.refobjid
      WHERE a.attrelid = target::regclass AND a.attname = 'id' AND s.seqtypid <> 'bigint'::regtype
    LOOP
      EXECUTE format('ALTER SEQUENCE %s AS BIGINT', counter);
    END LOOP;
  END LOOP;
END
$$;

CREATE TABLE IF NOT EXISTS chat_summary_minute_duplicates (
  LIKE chat_summary_minute,
  moved_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

WITH ranked AS (
  SELECT tableoid AS part, ctid AS place,
    row_number() OVER (PARTITION BY stream_id, window_start, window_end, source_partition ORDER BY id DESC) AS rank
  FROM chat_summary_minute
), moved AS (
  DELETE FROM chat_summary_minute s USING ranked r
  WHERE r.rank > 1 AND s.tableoid = r.part AND s.ctid = r.place
  RETURNING s.*
)
INSERT INTO chat_summary_minute_duplicates SELECT * FROM moved;

CREATE TABLE IF NOT EXISTS moments_duplicates (
  LIKE moments,
  moved_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

WITH ranked AS (
  SELECT ctid AS place,
    row_number() OVER (PARTITION BY stream_id, moment_type, timestamp, source_partition ORDER BY id DESC) AS rank
  FROM moments
), moved AS (
  DELETE FROM moments m USING ranked r
  WHERE r.rank > 1 AND m.ctid = r.place
  RETURNING m.*
)
INSERT INTO moments_duplicates SELECT * FROM moved;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'chat_summary_minute'::regclass AND conname = 'chat_summary_minute_window_key') THEN
    ALTER TABLE chat_summary_minute ADD CONSTRAINT chat_summary_minute_window_key
      UNIQUE (stream_id, window_start, window_end, source_partition);
  END IF;
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'moments'::regclass AND conname = 'moments_episode_key') THEN
    ALTER TABLE moments ADD CONSTRAINT moments_episode_key UNIQUE (stream_id, moment_type, timestamp, source_partition);
  END IF;
END
$$;

CREATE INDEX IF NOT EXISTS idx_chat_summary_stream ON chat_summary_minute (stream_id, window_start DESC);
CREATE INDEX IF NOT EXISTS idx_chat_summary_anomaly ON chat_summary_minute (stream_id, window_start) WHERE is_anomaly = TRUE;
CREATE INDEX IF NOT EXISTS idx_chat_summary_flush ON chat_summary_minute (source_partition, flush);
-- What a task reads when it recovers: its own last windows, whatever the table's size.
CREATE INDEX IF NOT EXISTS idx_chat_summary_recovery ON chat_summary_minute (source_partition, window_start);

CREATE INDEX IF NOT EXISTS idx_moments_stream ON moments (stream_id, timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_moments_type ON moments (moment_type, timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_moments_detected ON moments (detected_at DESC);
CREATE INDEX IF NOT EXISTS idx_moments_latest ON moments (timestamp DESC, id DESC);
CREATE INDEX IF NOT EXISTS idx_moments_flush ON moments (source_partition, flush);
CREATE INDEX IF NOT EXISTS idx_moments_recovery ON moments (source_partition, ended_at);

CREATE INDEX IF NOT EXISTS idx_dead_letters_dead_at ON dead_letters (dead_at DESC);
