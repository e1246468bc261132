-- The baseline of each stream, from which detection continues after a restart: its numbers as of
-- some slide, and the sums of each slide since. `numbers` and `slide_sums` are in the order of
-- src/domain/Baseline.ts and Slide.ts. float8 keeps each number exactly. `slide_sums` are zigzag
-- varints, about a tenth of a BIGINT[]: every row has them, so their size matters.

CREATE TABLE IF NOT EXISTS baselines (
  source_partition INTEGER NOT NULL,
  stream_id VARCHAR(255) NOT NULL,
  size_ms INTEGER NOT NULL,
  slide_ms INTEGER NOT NULL,
  -- The end of the last learned slide.
  window_end TIMESTAMP NOT NULL,
  numbers DOUBLE PRECISION[] NOT NULL,
  flush BIGINT,
  PRIMARY KEY (source_partition, stream_id)
) WITH (fillfactor = 50);
-- Without a further index and with half of each page free, an update stays in its page and touches
-- no index (HOT). The streams of a page are usually written by the same flushes, so all of its rows
-- are updated at once.

-- NULL in existing rows, which needs no rewrite.
ALTER TABLE chat_summary_minute ADD COLUMN IF NOT EXISTS slide_sums BYTEA;

-- A moment's type can change while it lasts, so its key contains the type at its opening. NULL in
-- rows of the earlier Spark job, which never conflicts in a key.
ALTER TABLE moments ADD COLUMN IF NOT EXISTS opened_as VARCHAR(50);

ALTER TABLE chat_summary_minute_duplicates
  ADD COLUMN IF NOT EXISTS scored_count INTEGER,
  ADD COLUMN IF NOT EXISTS slide_sums BYTEA;
ALTER TABLE moments_duplicates ADD COLUMN IF NOT EXISTS opened_as VARCHAR(50);

DO $$
DECLARE
  names TEXT;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'moments'::regclass AND conname = 'moments_key') THEN
    UPDATE moments SET opened_as = moment_type WHERE opened_as IS NULL AND length(moment_type) <= 50;
    -- In an adopted database rows may share the key: the greatest id stays, the others are moved to
    -- a table of duplicates.
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO names
    FROM pg_attribute WHERE attrelid = 'moments'::regclass AND attnum > 0 AND NOT attisdropped;
    EXECUTE format('
      WITH ranked AS (
        SELECT ctid AS place, row_number() OVER (PARTITION BY stream_id, timestamp, opened_as, source_partition ORDER BY id DESC) AS rank
        FROM moments WHERE opened_as IS NOT NULL
      ), moved AS (
        DELETE FROM moments t USING ranked r WHERE r.rank > 1 AND t.ctid = r.place RETURNING t.*
      )
      INSERT INTO moments_duplicates (%1$s) SELECT %1$s FROM moved', names);
    ALTER TABLE moments ADD CONSTRAINT moments_key UNIQUE (stream_id, timestamp, opened_as, source_partition);
  END IF;
  ALTER TABLE moments DROP CONSTRAINT IF EXISTS moments_episode_key;
END
$$;
