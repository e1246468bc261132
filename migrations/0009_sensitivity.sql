-- The thresholds of detection by stream and type of moment, which can be set while workers run, and
-- the verdicts of people on moments.

-- Append only: the newest version of a (stream, type) is in force. NULL = all streams or all types.
-- A threshold of NULL takes the override back. Writers take the next version under a lock, so that
-- versions become visible in their order.
CREATE TABLE IF NOT EXISTS sensitivity (
  version BIGINT PRIMARY KEY,
  stream_id VARCHAR(255),
  moment_type VARCHAR(50),
  threshold DOUBLE PRECISION,
  set_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
  set_by TEXT
);

-- A task applies a version to its windows that end after from_end. -infinity = from its first
-- window on. Written in the transaction of a flush: a replay and a restart read it.
CREATE TABLE IF NOT EXISTS sensitivity_applied (
  source_partition INTEGER NOT NULL,
  version BIGINT NOT NULL,
  from_end TIMESTAMP NOT NULL,
  flush BIGINT,
  PRIMARY KEY (source_partition, version)
);

-- A verdict on a moment, under the key of the moment: it stays if the moment's type changes or a
-- replay writes the moment again. The verdict is good or not.
CREATE TABLE IF NOT EXISTS moment_feedback (
  source_partition INTEGER NOT NULL,
  stream_id VARCHAR(255) NOT NULL,
  timestamp TIMESTAMP NOT NULL,
  opened_as VARCHAR(50) NOT NULL,
  verdict VARCHAR(10) NOT NULL,
  set_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
  set_by TEXT,
  PRIMARY KEY (stream_id, timestamp, opened_as, source_partition)
);
