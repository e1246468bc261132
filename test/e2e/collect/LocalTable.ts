/** The content of the local log, read from its table, and what it should be. */
import { assert } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { NO_DECISIONS, type OracleInput } from "../../oracle/Recount.ts"
import type { ChatServer } from "../../harness/twitch/ChatServer.ts"
import type { Post } from "../../harness/twitch/Lines.ts"

/** A record of table `local_log`. */
export interface Logged {
  readonly topic: string
  readonly offset: bigint
  /** When it was appended. */
  readonly timestampMs: number
  readonly value: Uint8Array
}

export const CHAT_TOPIC = "chat-events"
export const VIEWER_TOPIC = "viewer-events"

/** All records, by topic and offset. */
export const readLog: Effect.Effect<ReadonlyArray<Logged>, never, SqlClient> = Effect.gen(function* () {
  const sql = yield* SqlClient
  const rows = yield* sql.unsafe<{ topic: string; offset: string; timestampMs: number; value: Uint8Array }>(
    `SELECT topic, "offset"::text AS "offset", (extract(epoch FROM time) * 1000)::float8 AS "timestampMs", value
     FROM local_log ORDER BY topic, local_log."offset"`
  )
  return rows.map((row) => ({ ...row, offset: BigInt(row.offset) }))
}).pipe(Effect.orDie)

/** The log as the recount reads it. */
export const inputsOf = (logged: ReadonlyArray<Logged>): ReadonlyArray<OracleInput> =>
  (
    [
      ["chat", CHAT_TOPIC],
      ["viewer", VIEWER_TOPIC]
    ] as const
  ).map(([kind, topic]) => ({
    kind,
    topic,
    partition: 0,
    records: logged.filter((record) => record.topic === topic),
    ...NO_DECISIONS
  }))

const ChatEvent = Schema.Struct({
  stream_id: Schema.String,
  timestamp: Schema.Finite,
  event_id: Schema.String,
  username: Schema.String,
  author_id: Schema.String,
  message: Schema.String,
  emotes: Schema.Array(Schema.String),
  badges: Schema.Array(Schema.String),
  bits: Schema.optional(Schema.Finite)
})
type ChatEvent = typeof ChatEvent.Type

const decodeEvent = Schema.decodeUnknownSync(Schema.fromJsonString(ChatEvent))

/** The chat events of a log's values. */
export const chatEventsOf = (values: ReadonlyArray<Uint8Array>): ReadonlyArray<ChatEvent> =>
  values.map((value) => decodeEvent(Buffer.from(value).toString("utf8")))

/** The event that a collector should make of a message. `words`: third-party emotes. */
const expectedEvent = (post: Post, words: ReadonlySet<string>): ChatEvent => ({
  stream_id: post.stream,
  timestamp: post.timeMs,
  event_id: post.id,
  username: post.user,
  author_id: post.userId,
  message: post.text,
  emotes: [
    ...post.emotes.map(({ name }) => name),
    ...post.text.split(" ").filter((word) => words.has(word))
  ].toSorted(),
  badges: post.badges,
  ...(post.bits > 0 ? { bits: post.bits } : {})
})

export interface Comparison {
  /** Names of third-party emotes that the collector knew from the start. */
  readonly words?: ReadonlySet<string>
  /** Messages that a killed collector may have lost. */
  readonly mayMiss?: (post: Post) => boolean
}

/**
 * Asserts that the chat events are the messages that the server sent on open sockets: each once,
 * each with its content. Returns their number.
 */
export const assertSent = (
  { sent }: ChatServer,
  events: ReadonlyArray<ChatEvent>,
  { mayMiss = () => false, words = new Set() }: Comparison = {}
): number => {
  const expected = new Map(sent.map((one) => [one.post.id, one]))
  const certain = new Set(
    sent
      .filter(({ isCertain, post }) => isCertain && post.sourceRoomId === undefined && !mayMiss(post))
      .map(({ post }) => post.id)
  )
  const seen = new Set<string>()
  const doubled: Array<string> = []
  for (const event of events) {
    if (seen.has(event.event_id)) doubled.push(event.event_id)
    seen.add(event.event_id)
    const post = expected.get(event.event_id)?.post
    if (post === undefined) return assert.fail(`${JSON.stringify(event)} was never sent`)
    assert.deepStrictEqual({ ...event, emotes: event.emotes.toSorted() }, expectedEvent(post, words))
  }
  const lost = [...certain].filter((id) => !seen.has(id))
  assert.deepStrictEqual({ lost: lost.slice(0, 5), doubled: doubled.slice(0, 5) }, { lost: [], doubled: [] })
  return seen.size
}
