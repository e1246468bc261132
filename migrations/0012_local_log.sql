-- The log of SOURCE=local: events as a collector appended them, numbered per topic without holes.
-- With another source these tables stay empty.

CREATE TABLE IF NOT EXISTS local_log (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  "offset" BIGINT NOT NULL,
  -- The day (UTC) of the append. From one offset to the next it never goes back, even if the clock
  -- does.
  day DATE NOT NULL,
  -- When the record was appended, by its writer's clock.
  time TIMESTAMP NOT NULL,
  -- One event as JSON in UTF-8.
  value BYTEA NOT NULL,
  PRIMARY KEY (topic, partition, "offset", day)
) PARTITION BY LIST (day);

-- The offsets that the log holds, from start_offset (closed) to next_offset (open). Every append
-- updates its rows: pages with free space keep those updates in place.
CREATE TABLE IF NOT EXISTS local_log_heads (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  start_offset BIGINT NOT NULL,
  next_offset BIGINT NOT NULL,
  -- The day of the last record.
  day DATE NOT NULL,
  -- The offset of the last mark; -1 = none.
  last_mark BIGINT NOT NULL,
  -- The greatest time of all records so far.
  max_time TIMESTAMP NOT NULL,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);

-- A sparse index: the first record of every day, and about one in 10,000 records. It leads from an
-- offset to its day, and from a time to its offsets.
CREATE TABLE IF NOT EXISTS local_log_marks (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  "offset" BIGINT NOT NULL,
  day DATE NOT NULL,
  -- The greatest time of all records before this offset.
  time_before TIMESTAMP NOT NULL,
  PRIMARY KEY (topic, partition, "offset")
);

-- The last append of each writer. A repetition after a lost reply finds its number here, and
-- appends nothing.
CREATE TABLE IF NOT EXISTS local_log_writers (
  writer TEXT NOT NULL,
  sequence BIGINT NOT NULL,
  at TIMESTAMP NOT NULL,
  PRIMARY KEY (writer)
) WITH (fillfactor = 50);
