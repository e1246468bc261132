-- Bounds for dead letters: a repeated payload is stored once a day, and each day has a limit in
-- bytes.

-- The first 16 bytes of the SHA-256 of the stored part of the payload. A row without payload shares
-- the one of another row with this digest. NULL in older rows.
ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS payload_digest BYTEA;
ALTER TABLE dead_letters ALTER COLUMN payload DROP NOT NULL;
CREATE INDEX IF NOT EXISTS idx_dead_letters_payload ON dead_letters (payload_digest) WHERE payload IS NOT NULL;

-- By day (UTC) and task: the bytes of stored dead letters, and the number of letters dropped
-- because the day's limit was reached.
CREATE TABLE IF NOT EXISTS dead_letter_days (
  day DATE NOT NULL,
  source_partition INTEGER NOT NULL,
  bytes BIGINT NOT NULL,
  dropped BIGINT NOT NULL,
  PRIMARY KEY (day, source_partition)
);

-- Offsets of dropped dead letters with reason future-timestamp, as runs [from_offset, to_offset). A
-- run is kept as long as a restart would read its records again.
CREATE TABLE IF NOT EXISTS dropped_future_offsets (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  from_offset BIGINT NOT NULL,
  to_offset BIGINT NOT NULL,
  PRIMARY KEY (topic, partition, from_offset)
);
