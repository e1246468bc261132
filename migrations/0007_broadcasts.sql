-- The broadcasts of each stream of a task, for readers: the worker continues from table baselines.
-- A row is updated once in 30 slides while its broadcast lasts. The indexes have no column that an
-- update changes, so it stays in its page and touches no index (HOT).

CREATE TABLE IF NOT EXISTS broadcasts (
  source_partition INTEGER NOT NULL,
  stream_id VARCHAR(255) NOT NULL,
  -- Start of the first and end of the last slide that holds a message or a viewer sample.
  started_at TIMESTAMP NOT NULL,
  ended_at TIMESTAMP NOT NULL,
  messages BIGINT NOT NULL,
  -- Messages that have a score, and the mean score of all messages.
  scored BIGINT NOT NULL,
  avg_sentiment DOUBLE PRECISION,
  avg_viewers DOUBLE PRECISION,
  -- The greatest values of one slide, each with the start of the first slide that has it.
  peak_viewers DOUBLE PRECISION,
  peak_viewers_at TIMESTAMP,
  peak_messages INTEGER NOT NULL,
  peak_messages_at TIMESTAMP,
  peak_people INTEGER NOT NULL,
  peak_people_at TIMESTAMP,
  flush BIGINT,
  PRIMARY KEY (source_partition, stream_id, started_at)
) WITH (fillfactor = 50);

-- Lists, newest first: of all streams, and of one.
CREATE INDEX IF NOT EXISTS idx_broadcasts_started ON broadcasts (started_at DESC, stream_id);
CREATE INDEX IF NOT EXISTS idx_broadcasts_stream ON broadcasts (stream_id, started_at DESC);
