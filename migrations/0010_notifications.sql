-- The outbox of notifications: one row for each target and moment, inserted in the flush's
-- transaction, deleted once the target has accepted it. Without targets the table stays empty.

CREATE TABLE IF NOT EXISTS notifications (
  -- A hash of the target's URL, which holds secrets.
  target VARCHAR(64) NOT NULL,
  -- A hash of the moment's key: receivers recognize a repetition by it.
  id VARCHAR(64) NOT NULL,
  source_partition INTEGER NOT NULL,
  stream_id VARCHAR(255) NOT NULL,
  timestamp TIMESTAMP NOT NULL,
  opened_as VARCHAR(50) NOT NULL,
  -- The moment as of the flush that inserted this row.
  moment_id BIGINT NOT NULL,
  moment_type VARCHAR(50) NOT NULL,
  ended_at TIMESTAMP NOT NULL,
  intensity DOUBLE PRECISION NOT NULL,
  description TEXT NOT NULL,
  flush BIGINT NOT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  -- The next attempt is not before this time. A claim moves it forward, so a process that ends
  -- loses its claims.
  due_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  attempts INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (target, id)
);
CREATE INDEX IF NOT EXISTS idx_notifications_queue ON notifications (target, created_at, id);
