/** The table that the peers write. */
const NAME = "windows"

export const peerTable = {
  name: NAME,
  ddl: (schema: string): ReadonlyArray<string> => [
    `CREATE TABLE ${schema}.${NAME} (stream_id text, window_start timestamp, window_end timestamp,
      chat_count bigint, unique_chatters bigint, avg_sentiment double precision, positive_count bigint,
      negative_count bigint, avg_viewers double precision, top_emotes text[],
      PRIMARY KEY (stream_id, window_start))`
  ]
}
