-- Creates missing tables. Existing tables of the earlier Spark job get the columns that exactness
-- needs; their rows become rows of source_partition -1 (adopted). All names are in the first schema
-- of the search path. Times are UTC. Objects that cannot be adopted were refused before
-- (src/sink/postgres/adoption). Every statement changes only what is missing, so all of them can
-- run again.

CREATE TABLE IF NOT EXISTS chat_summary_minute (
  id BIGSERIAL,
  stream_id VARCHAR(255) NOT NULL,
  window_start TIMESTAMP NOT NULL,
  window_end TIMESTAMP NOT NULL,
  chat_count INTEGER DEFAULT 0,
  unique_chatters INTEGER DEFAULT 0,
  avg_sentiment DOUBLE PRECISION,
  positive_count INTEGER DEFAULT 0,
  negative_count INTEGER DEFAULT 0,
  chat_rate DOUBLE PRECISION,
  avg_viewers DOUBLE PRECISION,
  top_emotes TEXT[],
  z_score DOUBLE PRECISION,
  is_anomaly BOOLEAN DEFAULT FALSE,
  processed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  source_partition INTEGER NOT NULL DEFAULT -1,
  -- A task writes window after window, so this order puts new rows at few places of the index. With
  -- the stream first, each row would change a page of its own. A task's recovery and the live
  -- updates read its last windows by it. No query uses the id, so it has no index.
  CONSTRAINT chat_summary_minute_window_key PRIMARY KEY (source_partition, window_start, window_end, stream_id)
) PARTITION BY RANGE (window_start);

CREATE TABLE IF NOT EXISTS moments (
  id BIGSERIAL PRIMARY KEY,
  stream_id VARCHAR(255) NOT NULL,
  timestamp TIMESTAMP NOT NULL,
  moment_type VARCHAR(50) NOT NULL,
  description TEXT,
  intensity DOUBLE PRECISION,
  metadata JSONB,
  detected_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

-- Blocks the writers of the earlier job from here on. A constant default needs no rewrite of old
-- rows.
LOCK TABLE chat_summary_minute, moments IN ACCESS EXCLUSIVE MODE;

ALTER TABLE chat_summary_minute
  ADD COLUMN IF NOT EXISTS chat_count INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS unique_chatters INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS avg_sentiment DOUBLE PRECISION,
  ADD COLUMN IF NOT EXISTS positive_count INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS negative_count INTEGER DEFAULT 0,
  ADD COLUMN IF NOT EXISTS chat_rate DOUBLE PRECISION,
  ADD COLUMN IF NOT EXISTS avg_viewers DOUBLE PRECISION,
  ADD COLUMN IF NOT EXISTS top_emotes TEXT[],
  ADD COLUMN IF NOT EXISTS z_score DOUBLE PRECISION,
  ADD COLUMN IF NOT EXISTS is_anomaly BOOLEAN DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS processed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN IF NOT EXISTS source_partition INTEGER NOT NULL DEFAULT -1,
  ADD COLUMN IF NOT EXISTS flush BIGINT,
  ADD COLUMN IF NOT EXISTS complete BOOLEAN DEFAULT TRUE;

ALTER TABLE moments
  ADD COLUMN IF NOT EXISTS description TEXT,
  ADD COLUMN IF NOT EXISTS intensity DOUBLE PRECISION,
  ADD COLUMN IF NOT EXISTS metadata JSONB,
  ADD COLUMN IF NOT EXISTS detected_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
  ADD COLUMN IF NOT EXISTS source_partition INTEGER NOT NULL DEFAULT -1,
  ADD COLUMN IF NOT EXISTS flush BIGINT,
  ADD COLUMN IF NOT EXISTS ended_at TIMESTAMP;

CREATE TABLE IF NOT EXISTS checkpoints (
  source_partition INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  epoch BIGINT NOT NULL,
  flush BIGINT NOT NULL,
  -- NULL before the first event, infinity after the end of a bounded input.
  watermark TIMESTAMP,
  settings JSONB NOT NULL,
  inputs JSONB NOT NULL,
  status JSONB,
  updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS dead_letters (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  kafka_offset BIGINT NOT NULL,
  reason TEXT NOT NULL,
  path TEXT,
  record_timestamp TIMESTAMP,
  payload BYTEA NOT NULL,
  payload_bytes INTEGER NOT NULL,
  dead_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (topic, partition, kafka_offset)
);

CREATE TABLE IF NOT EXISTS gaps (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  from_offset BIGINT NOT NULL,
  to_offset BIGINT NOT NULL,
  events_from TIMESTAMP,
  events_to TIMESTAMP,
  detected_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (topic, partition, from_offset)
);
