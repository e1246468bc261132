/**
 * Appends to the log in PostgreSQL. An append is one transaction: all its records or none. The
 * transaction also stores the writer's number of the append, so a repetition after a lost reply
 * finds the number and appends nothing. Offsets have no holes: a writer locks the heads of its
 * topics, in one order, until its commit.
 */
import { randomUUID } from "node:crypto"
import { Data, type Duration, Effect, Layer, Schema, Semaphore } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import { present } from "../../domain/Invariant.ts"
import type { InputKind } from "../../domain/Task.ts"
import { column, int8, OID, timestamp } from "../../postgres/Column.ts"
import { rowsOf } from "../../postgres/Rows.ts"
import { isMissingPartition } from "../../postgres/SqlErrors.ts"
import type { EventLogError } from "../EventLog.ts"
import { EventWriter, type NewRecord } from "../EventWriter.ts"
import * as Days from "./Days.ts"
import { PARTITION } from "./Heads.ts"
import { type Calling, calling, type LocalDatabaseOptions, placeOf, pool } from "./LocalDatabase.ts"
import { dropForever } from "./Retention.ts"

export interface LocalWriterOptions extends LocalDatabaseOptions {
  readonly topics: Readonly<Record<InputKind, string>>
  /** Days that ended longer ago are dropped. By default this writer drops none. */
  readonly retention?: Duration.Duration
}

/** Records between two marks. An offset of a time is found by reading about so many rows. */
const MARK_RECORDS = 10_000n

/** Bytes of the values of one statement; a larger append takes several. */
const STATEMENT_BYTES = 8 * 1024 * 1024

/** Stores the number of the append; no row = the append is a repetition of one that is durable. */
const CLAIM = `
INSERT INTO local_log_writers AS w (writer, sequence, at) VALUES ($1, $2, LOCALTIMESTAMP)
ON CONFLICT (writer) DO UPDATE SET sequence = EXCLUDED.sequence, at = EXCLUDED.at
WHERE w.sequence < EXCLUDED.sequence
RETURNING sequence`

const CREATE_HEADS = `
INSERT INTO local_log_heads (topic, partition, start_offset, next_offset, day, last_mark, max_time)
SELECT topic, ${PARTITION}, 0, 0, $2::date, -1, '-infinity' FROM unnest($1::text[]) AS t (topic) ORDER BY topic
ON CONFLICT DO NOTHING`

const LOCK_HEADS = `
SELECT topic, start_offset AS start, next_offset AS next, day::text AS day, last_mark AS mark,
  (extract(epoch FROM max_time) * 1000)::float8 AS "maxMs"
FROM local_log_heads WHERE partition = ${PARTITION} AND topic = ANY ($1) ORDER BY topic FOR UPDATE`

const INSERT_MARK = `
INSERT INTO local_log_marks (topic, partition, "offset", day, time_before)
VALUES ($1, ${PARTITION}, $2, $3::date, $4)`

const INSERT_RECORDS = `
INSERT INTO local_log (topic, partition, "offset", day, time, value)
SELECT $1, ${PARTITION}, $2 + r.n - 1, $3::date, r.time, r.value
FROM unnest($4::timestamp[], $5::bytea[]) WITH ORDINALITY AS r (time, value, n)`

const MOVE_HEAD = `
UPDATE local_log_heads SET next_offset = $2, day = $3::date, last_mark = $4, max_time = $5
WHERE topic = $1 AND partition = ${PARTITION}`

const Head = Schema.Struct({
  topic: Schema.String,
  start: Schema.BigInt,
  next: Schema.BigInt,
  day: Schema.String,
  mark: Schema.BigInt,
  maxMs: Schema.Number
})
type Head = typeof Head.Type

const headsOf = rowsOf(Head)

/** The day has no partition yet: the transaction is rolled back, and repeated with it. */
class MissingDay extends Data.TaggedError("MissingDay")<{ readonly day: string }> {}

/** Records of one topic, in their order. */
interface Part {
  readonly topic: string
  readonly records: ReadonlyArray<NewRecord>
}

/** An append and its number. */
interface Append {
  readonly records: ReadonlyArray<NewRecord>
  readonly sequence: number
}

const greatestMs = (records: ReadonlyArray<NewRecord>): number =>
  records.reduce((greatest, { timestampMs }) => Math.max(greatest, timestampMs), Number.NEGATIVE_INFINITY)

/** Cuts encoded records so that each piece has a record and at most {@link STATEMENT_BYTES}. */
const pieces = (values: ReadonlyArray<Uint8Array>): ReadonlyArray<readonly [from: number, to: number]> => {
  const found: Array<readonly [number, number]> = []
  let from = 0
  let bytes = 0
  for (const [index, { length }] of values.entries()) {
    if (index > from && bytes + length > STATEMENT_BYTES) {
      found.push([from, index])
      from = index
      bytes = 0
    }
    bytes += length
  }
  return [...found, [from, values.length]]
}

class LocalWriter {
  readonly #sql: SqlClient
  readonly #call: Calling
  readonly #topics: LocalWriterOptions["topics"]
  /** Names this writer in its table. */
  readonly #id = randomUUID()
  readonly #turn = Semaphore.makeUnsafe(1)
  /** Days whose partition this writer has seen. */
  readonly #days = new Set<string>()
  readonly #encoder = new TextEncoder()
  #sequence = 0
  /** The append whose outcome is unknown. */
  #pending: Append | undefined

  constructor(sql: SqlClient, call: Calling, topics: LocalWriterOptions["topics"]) {
    this.#sql = sql
    this.#call = call
    this.#topics = topics
  }

  append(records: ReadonlyArray<NewRecord>): Effect.Effect<void, EventLogError> {
    if (records.length === 0) return Effect.void
    const work = Effect.suspend(() => {
      const append = this.#pending?.records === records ? this.#pending : { records, sequence: (this.#sequence += 1) }
      this.#pending = append
      return Effect.tap(this.#write(append), () =>
        Effect.sync(() => {
          this.#pending = undefined
        })
      )
    })
    return this.#turn.withPermits(1)(work)
  }

  #write(append: Append): Effect.Effect<void, EventLogError> {
    const attempt: Effect.Effect<void, SqlError, SqlClient> = Effect.suspend(() =>
      this.#sql
        .withTransaction(this.#transaction(append))
        .pipe(
          Effect.catchTag("MissingDay", ({ day }) =>
            Days.create(day).pipe(Effect.andThen(Effect.sync(() => this.#days.add(day))), Effect.andThen(attempt))
          )
        )
    )
    return attempt.pipe(this.#call("append to the local log"))
  }

  #transaction({ records, sequence }: Append) {
    return Effect.gen({ self: this }, function* () {
      const claimed = yield* this.#sql.unsafe(CLAIM, [this.#id, int8(sequence)])
      if (claimed.length === 0) return
      const parts = this.#partsOf(records)
      const appendedMs = greatestMs(records)
      const heads = yield* this.#lockHeads(
        parts.map(({ topic }) => topic),
        Days.dayOf(appendedMs)
      )
      const day = heads.reduce((last, head) => (head.day > last ? head.day : last), Days.dayOf(appendedMs))
      if (!this.#days.has(day)) return yield* new MissingDay({ day })
      for (const [index, part] of parts.entries()) {
        yield* this.#appendPart(part, present(heads[index], "every topic has a head"), day).pipe(
          // Another process has dropped the partition since.
          Effect.catchIf(isMissingPartition, () => {
            this.#days.delete(day)
            return Effect.fail(new MissingDay({ day }))
          })
        )
      }
    })
  }

  /** The records by topic, in the order in which heads are locked. */
  #partsOf(records: ReadonlyArray<NewRecord>): ReadonlyArray<Part> {
    return (["chat", "viewer"] as const)
      .map((kind): Part => ({ topic: this.#topics[kind], records: records.filter((record) => record.kind === kind) }))
      .filter(({ records }) => records.length > 0)
      .toSorted((a, b) => byCodeUnit(a.topic, b.topic))
  }

  /** The heads in the order of the topics, which is that of the locks. */
  #lockHeads(topics: ReadonlyArray<string>, day: string): Effect.Effect<ReadonlyArray<Head>, SqlError> {
    const names = column(topics, OID.text, (topic) => topic)
    const lock = headsOf(this.#sql.unsafe(LOCK_HEADS, [names]))
    const locked = Effect.flatMap(lock, (heads) =>
      heads.length === topics.length
        ? Effect.succeed(heads)
        : Effect.andThen(this.#sql.unsafe(CREATE_HEADS, [names, day]), lock)
    )
    return Effect.map(locked, (heads) =>
      topics.map((topic) =>
        present(
          heads.find((head) => head.topic === topic),
          "every topic has a head"
        )
      )
    )
  }

  #appendPart({ records, topic }: Part, head: Head, day: string): Effect.Effect<void, SqlError> {
    return Effect.gen({ self: this }, function* () {
      const values = records.map(({ value }) => this.#encoder.encode(value))
      // The last mark of a dropped day has gone with it.
      const isMarked = head.mark >= head.start && head.day === day && head.next - head.mark < MARK_RECORDS
      if (!isMarked) yield* this.#sql.unsafe(INSERT_MARK, [topic, head.next, day, timestamp(head.maxMs)])
      for (const [from, to] of pieces(values)) {
        yield* this.#sql.unsafe(INSERT_RECORDS, [
          topic,
          head.next + BigInt(from),
          day,
          column(records.slice(from, to), OID.timestamp, ({ timestampMs }) => timestampMs),
          column(values.slice(from, to), OID.bytea, (value) => value)
        ])
      }
      yield* this.#sql.unsafe(MOVE_HEAD, [
        topic,
        head.next + BigInt(records.length),
        day,
        isMarked ? head.mark : head.next,
        timestamp(Math.max(head.maxMs, greatestMs(records)))
      ])
    })
  }
}

/** Appends over the pool that is given. The tables must exist. */
export const layerNoDeps = (options: LocalWriterOptions): Layer.Layer<EventWriter, never, SqlClient> =>
  Layer.effect(
    EventWriter,
    Effect.gen(function* () {
      const sql = yield* SqlClient
      const call = calling(placeOf(options), sql)
      if (options.retention !== undefined) yield* Effect.forkScoped(dropForever(options.retention, call))
      const writer = new LocalWriter(sql, call, options.topics)
      return { append: (records) => writer.append(records) }
    })
  )

/** A writer with sessions of its own. Building it connects. The tables must exist. */
export const layer = (options: LocalWriterOptions): Layer.Layer<EventWriter, EventLogError> =>
  Layer.provide(layerNoDeps(options), pool(options))
