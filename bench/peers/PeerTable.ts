/** The table that the peers write, and the variables that most of them share. */
import type { Place } from "../System.ts"

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

/** The servers, the topics and the table, for programs that use libpq's form of a connection. */
export const peerVariables = ({ bootstrap, postgres, schema, topics }: Place): Readonly<Record<string, string>> => ({
  BROKER: bootstrap,
  CHAT_TOPIC: topics.chat,
  VIEWER_TOPIC: topics.viewer,
  PG_DSN: `host=${postgres.host} port=${postgres.port} dbname=${postgres.database} user=${postgres.user} password=${postgres.password}`,
  PG_TABLE: `${schema}.${NAME}`
})
