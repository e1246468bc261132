-- Adds 64-bit ids, one row per key, and the indexes. In an adopted database, rows that share a key
-- are moved to a table of duplicates (the greatest id stays), never deleted.

DO $$
DECLARE
  target TEXT;
  counter REGCLASS;
  behind BOOLEAN;
BEGIN
  FOREACH target IN ARRAY ARRAY['chat_summary_minute', 'moments'] LOOP
    IF (SELECT atttypid FROM pg_attribute WHERE attrelid = target::regclass AND attname = 'id' AND NOT attisdropped) <> 'bigint'::regtype THEN
      EXECUTE format('ALTER TABLE %I ALTER COLUMN id TYPE BIGINT', target);
    END IF;
    -- The sequence of a SERIAL stays 32-bit when its column grows. A sequence that is behind the
    -- ids (rows copied with their ids) would return one of them again.
    FOR counter IN
      SELECT d.refobjid::regclass
      FROM pg_attribute a
      JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
      JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
      JOIN pg_sequence s ON s.seqrelid = d.refobjid
      WHERE a.attrelid = target::regclass AND a.attname = 'id'
      UNION
      SELECT d.objid::regclass
      FROM pg_attribute a
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i'
      JOIN pg_sequence s ON s.seqrelid = d.objid
      WHERE d.classid = 'pg_class'::regclass AND a.attrelid = target::regclass AND a.attname = 'id'
    LOOP
      IF (SELECT seqtypid <> 'bigint'::regtype OR seqcycle OR seqincrement > 0 AND seqmax < 9223372036854775807 FROM pg_sequence WHERE seqrelid = counter) THEN
        EXECUTE format('ALTER SEQUENCE %s AS BIGINT NO MAXVALUE NO CYCLE', counter);
      END IF;
      EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE id > (SELECT last_value FROM %s))', target, counter) INTO behind;
      IF behind THEN
        EXECUTE format('SELECT setval(%L, (SELECT max(id) FROM %I))', counter, target);
      END IF;
    END LOOP;
  END LOOP;
END
$$;

CREATE TABLE IF NOT EXISTS chat_summary_minute_duplicates (LIKE chat_summary_minute);
CREATE TABLE IF NOT EXISTS moments_duplicates (LIKE moments);
ALTER TABLE chat_summary_minute_duplicates ADD COLUMN IF NOT EXISTS moved_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE moments_duplicates ADD COLUMN IF NOT EXISTS moved_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP;

DO $$
DECLARE
  target TEXT;
  names TEXT;
  missing TEXT;
BEGIN
  FOREACH target IN ARRAY ARRAY['chat_summary_minute', 'moments'] LOOP
    FOR missing IN
      SELECT format('ALTER TABLE %I ADD COLUMN %I %s', target || '_duplicates', a.attname, format_type(a.atttypid, a.atttypmod))
      FROM pg_attribute a WHERE a.attrelid = target::regclass AND a.attnum > 0 AND NOT a.attisdropped AND NOT EXISTS (
        SELECT FROM pg_attribute d WHERE d.attrelid = (target || '_duplicates')::regclass AND d.attname = a.attname AND NOT d.attisdropped)
    LOOP
      EXECUTE missing;
    END LOOP;
  END LOOP;
  -- The key of moments comes with 0005.
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'chat_summary_minute'::regclass AND conname = 'chat_summary_minute_window_key') THEN
    -- By name: the columns of an existing table may be in another order.
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names
    FROM pg_attribute WHERE attrelid = 'chat_summary_minute'::regclass AND attnum > 0 AND NOT attisdropped;
    -- The ctid of a row is unique within one table: tableoid names the partition.
    EXECUTE format('
      WITH ranked AS (
        SELECT tableoid AS part, ctid AS place,
          row_number() OVER (PARTITION BY stream_id, window_start, window_end, source_partition ORDER BY id DESC) AS rank
        FROM chat_summary_minute
      ), moved AS (
        DELETE FROM chat_summary_minute t USING ranked r WHERE r.rank > 1 AND t.tableoid = r.part AND t.ctid = r.place RETURNING t.*
      )
      INSERT INTO chat_summary_minute_duplicates (%1$s) SELECT %1$s FROM moved', names);
    ALTER TABLE chat_summary_minute ADD CONSTRAINT chat_summary_minute_window_key
      UNIQUE (source_partition, window_start, window_end, stream_id);
  END IF;
END
$$;

CREATE INDEX IF NOT EXISTS idx_chat_summary_stream ON chat_summary_minute (stream_id, window_start DESC);
CREATE INDEX IF NOT EXISTS idx_chat_summary_anomaly ON chat_summary_minute (stream_id, window_start) WHERE is_anomaly = TRUE;

CREATE INDEX IF NOT EXISTS idx_moments_stream ON moments (stream_id, timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_moments_type ON moments (moment_type, timestamp DESC);
CREATE INDEX IF NOT EXISTS idx_moments_detected ON moments (detected_at DESC);
CREATE INDEX IF NOT EXISTS idx_moments_latest ON moments (timestamp DESC, id DESC);
CREATE INDEX IF NOT EXISTS idx_moments_flush ON moments (source_partition, flush);
CREATE INDEX IF NOT EXISTS idx_moments_recovery ON moments (source_partition, ended_at);

CREATE INDEX IF NOT EXISTS idx_dead_letters_dead_at ON dead_letters (dead_at DESC);
