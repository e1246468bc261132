/** A flood of chat at a steady rate, and the account of what arrived in the local log. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Crowd } from "../../test/harness/twitch/Crowd.ts"
import type { ChatServer } from "../../test/harness/twitch/ChatServer.ts"

/** Messages are sent in portions of this span. */
const TICK_MS = 10
/** The first part of the ids. */
const NAME = "flood"
/** Rows that one query of the log returns at most. */
const ROWS = 20_000

export interface Account {
  readonly sent: number
  /** Sent, and not in the log. */
  readonly lost: number
  /** Further records of a message that the log has. */
  readonly doubled: number
  /** Milliseconds from the send to the moment at which a reader of the log sees the record. */
  readonly latenciesMs: Float64Array
  /** Messages per second over the flood. */
  readonly rate: number
}

/** Sends messages and finds them in the log. Cost: 9 bytes per message. */
export class Flood {
  readonly #chat: ChatServer
  readonly #crowd: Crowd
  readonly #streams: ReadonlyArray<string>
  readonly #sentAtMs: Float64Array
  readonly #latenciesMs: Float64Array
  readonly #times: Uint8Array
  #sent = 0
  #found = 0
  #doubled = 0
  #offset = 0n
  #seconds = 0

  constructor(chat: ChatServer, streams: ReadonlyArray<string>, messages: number) {
    chat.records = false
    this.#chat = chat
    this.#streams = streams
    this.#crowd = new Crowd({ streams, name: NAME, people: 5_000 })
    this.#sentAtMs = new Float64Array(messages)
    this.#latenciesMs = new Float64Array(messages)
    this.#times = new Uint8Array(messages)
  }

  /** Sends all messages, each in the next stream, at the rate. */
  send(perSecond: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const startedMs = performance.now()
      while (this.#sent < this.#sentAtMs.length) {
        const elapsedMs = performance.now() - startedMs
        const due = Math.min(this.#sentAtMs.length, Math.floor((elapsedMs / 1_000) * perSecond))
        const nowMs = Date.now()
        const posts = Array.from({ length: due - this.#sent }, (_, index) =>
          this.#crowd.next(nowMs, this.#streams[(this.#sent + index) % this.#streams.length])
        )
        this.#sentAtMs.fill(performance.now(), this.#sent, due)
        this.#sent = due
        if (this.#chat.post(posts, "together") < posts.length) {
          return yield* Effect.die("a channel is no longer joined")
        }
        yield* Effect.sleep(TICK_MS)
      }
      this.#seconds = (performance.now() - startedMs) / 1_000
    })
  }

  /** Reads the records that have come since; returns whether there were any. */
  find(topic: string): Effect.Effect<boolean, never, SqlClient> {
    return Effect.gen({ self: this }, function* () {
      const sql = yield* SqlClient
      const rows = yield* sql.unsafe<{ offset: string; id: string }>(
        `SELECT "offset"::text AS "offset",
           substring(convert_from(value, 'UTF8') FROM '"event_id":"${NAME}-([0-9a-f]+)"') AS id
         FROM local_log WHERE topic = $1 AND local_log."offset" >= $2 ORDER BY local_log."offset" LIMIT ${ROWS}`,
        [topic, String(this.#offset)]
      )
      const nowMs = performance.now()
      for (const { id, offset } of rows) {
        this.#offset = BigInt(offset) + 1n
        const index = Number.parseInt(id, 16)
        const before = this.#times[index] ?? 0
        this.#times[index] = before + 1
        if (before > 0) this.#doubled++
        else this.#latenciesMs[this.#found++] = nowMs - (this.#sentAtMs[index] ?? nowMs)
      }
      return rows.length > 0
    }).pipe(Effect.orDie)
  }

  get isFound(): boolean {
    return this.#found === this.#sentAtMs.length
  }

  get account(): Account {
    return {
      sent: this.#sent,
      lost: this.#sent - this.#found,
      doubled: this.#doubled,
      latenciesMs: this.#latenciesMs.slice(0, this.#found).sort(),
      rate: this.#sent / this.#seconds
    }
  }
}
