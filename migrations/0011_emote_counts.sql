-- How often each of a row's top_emotes occurs, in their order. NULL if the row has no emotes, which
-- costs nothing, and in rows of earlier versions, which needs no rewrite.

ALTER TABLE chat_summary_minute ADD COLUMN IF NOT EXISTS emote_counts INTEGER[];
ALTER TABLE chat_summary_minute_duplicates ADD COLUMN IF NOT EXISTS emote_counts INTEGER[];

-- One row per stream and window, also if several tasks read its events. Counts and rates are
-- summed, the sentiment is weighted by messages. unique_chatters is summed (an upper bound). The
-- other columns are those of the part with most messages.

CREATE OR REPLACE VIEW chat_summary AS
SELECT
  id,
  stream_id,
  window_start,
  window_end,
  sum_chat_count AS chat_count,
  sum_unique_chatters AS unique_chatters,
  -- A single part stays unchanged, without rounding.
  CASE WHEN parts = 1 THEN avg_sentiment ELSE sum_sentiment / NULLIF(sum_scored, 0) END AS avg_sentiment,
  sum_positive_count AS positive_count,
  sum_negative_count AS negative_count,
  sum_chat_rate AS chat_rate,
  avg_viewers,
  top_emotes,
  z_score,
  any_anomaly AS is_anomaly,
  processed_at,
  all_complete AS complete,
  parts,
  sum_scored_count AS scored_count,
  emote_counts
FROM (
  SELECT
    *,
    row_number() OVER (part ORDER BY chat_count DESC, source_partition DESC) AS rank,
    count(*) OVER part AS parts,
    sum(chat_count) OVER part AS sum_chat_count,
    sum(unique_chatters) OVER part AS sum_unique_chatters,
    sum(positive_count) OVER part AS sum_positive_count,
    sum(negative_count) OVER part AS sum_negative_count,
    -- Older rows have only the counts of messages with a mood.
    sum(COALESCE(scored_count, positive_count + negative_count)) OVER part AS sum_scored_count,
    sum(chat_rate) OVER part AS sum_chat_rate,
    sum(avg_sentiment * chat_count) OVER part AS sum_sentiment,
    sum(chat_count) FILTER (WHERE avg_sentiment IS NOT NULL) OVER part AS sum_scored,
    COALESCE(bool_or(is_anomaly) OVER part, FALSE) AS any_anomaly,
    COALESCE(bool_and(complete) OVER part, TRUE) AS all_complete
  FROM chat_summary_minute
  -- Every window partitions by these three columns, so conditions on them reach the table's
  -- indexes.
  WINDOW part AS (PARTITION BY stream_id, window_start, window_end)
) AS ranked
WHERE rank = 1;
