-- Quotes of the chat at the peak of each moment, if MOMENT_SAMPLES is above 0. They are texts of
-- people and have a retention of their own, so they have a table. The key is that of `moments`.

CREATE TABLE IF NOT EXISTS moment_samples (
  source_partition INTEGER NOT NULL,
  stream_id VARCHAR(255) NOT NULL,
  timestamp TIMESTAMP NOT NULL,
  opened_as VARCHAR(50) NOT NULL,
  -- The end of the peak that the content belongs to: `metadata ->> 'peak_end'` of the moment.
  -- Readers ignore the content if the moment has another peak, which no longer quoted the chat.
  peak_end VARCHAR(30) NOT NULL,
  -- In the form of src/domain/ChatContent.ts.
  content JSONB NOT NULL,
  flush BIGINT NOT NULL,
  PRIMARY KEY (source_partition, stream_id, timestamp, opened_as)
);
-- For the deletion by age.
CREATE INDEX IF NOT EXISTS idx_moment_samples_timestamp ON moment_samples (timestamp);
