/** The written rows: their number, their transactions, and the fullest window. */
import { Data, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { END_PREFIX } from "../Load.ts"

export interface Written {
  readonly rows: number
  readonly flushes: number
  readonly liveStreams: number
  readonly liveChatters: number
  /** The last commit that wrote a row, in ms since the epoch. */
  readonly lastCommitMs: number
}

class WrittenError extends Data.TaggedError("WrittenError")<{ readonly chats: number; readonly expected: number }> {
  override get message(): string {
    return `The rows hold ${this.chats} messages, each in all its windows, not ${this.expected}`
  }
}

/**
 * `chats` is the number of messages that all rows must hold together: each counts once per window
 * that contains it.
 */
export const written = Effect.fnUntraced(function* (schema: string, chats: number) {
  const sql = yield* SqlClient
  const [sums] = yield* sql.unsafe<Omit<Written, "liveStreams" | "liveChatters"> & { chats: number }>(
    `SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS flushes,
      coalesce(sum(chat_count), 0)::float8 AS chats,
      (extract(epoch FROM max(pg_xact_commit_timestamp(xmin))) * 1000)::float8 AS "lastCommitMs"
    FROM ${schema}.chat_summary_minute WHERE stream_id NOT LIKE '${END_PREFIX}%'`
  )
  const [fullest] = yield* sql.unsafe<Pick<Written, "liveStreams" | "liveChatters">>(
    `SELECT coalesce(max(streams), 0)::int AS "liveStreams", coalesce(max(chatters), 0)::int AS "liveChatters" FROM
      (SELECT count(*) AS streams, sum(unique_chatters) AS chatters FROM ${schema}.chat_summary_minute
        WHERE stream_id NOT LIKE '${END_PREFIX}%' GROUP BY window_start) AS windows`
  )
  if (sums?.chats !== chats) return yield* new WrittenError({ chats: sums?.chats ?? 0, expected: chats })
  const found: Written = {
    rows: sums.rows,
    flushes: sums.flushes,
    liveStreams: fullest?.liveStreams ?? 0,
    liveChatters: fullest?.liveChatters ?? 0,
    lastCommitMs: sums.lastCommitMs
  }
  return found
})
