/**
 * Table `dead_letters` within its bounds: a repeated payload is stored once a day, and each day has
 * a limit in bytes. Letters beyond it are dropped and counted in `dead_letter_days`.
 *
 * All tasks share the limit, and no task waits for another one. Each adds to its own counter and
 * reads the committed counters of the others. So a day may exceed its limit by the flushes in
 * progress.
 */
import { createHash } from "node:crypto"
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { InputCheckpoint } from "../../domain/Checkpoint.ts"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import { type DeadLetter, PAYLOAD_LIMIT_BYTES } from "../../domain/DeadLetter.ts"
import { column, int8, OID } from "../../postgres/Column.ts"
import { onlyOf, rowsOf } from "../../postgres/Rows.ts"
import { writeItems } from "./Items.ts"
import { counted } from "../../domain/Wording.ts"

/** The bytes of a row without its payload, index entries included. */
const ROW_BYTES = 256
/** The overhead of a stored payload in bytes. */
const PAYLOAD_ROW_BYTES = 64

const DIGEST_BYTES = 16

/**
 * The last instant of a `Date`, within the range of TIMESTAMP. A record's own timestamp is
 * arbitrary: a later one is stored as NULL.
 */
const LAST_TIMESTAMP_MS = 8_640_000_000_000_000

const TODAY = "(now() AT TIME ZONE 'UTC')::date"

const INSERT = `
INSERT INTO dead_letters (
  topic, partition, kafka_offset, reason, path, record_timestamp, payload, payload_bytes, payload_digest, dead_at)
SELECT r.*, now() AT TIME ZONE 'UTC' FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
  AS r (topic, partition, kafka_offset, reason, path, record_timestamp, payload, payload_bytes, payload_digest)
ON CONFLICT DO NOTHING
RETURNING octet_length(payload) AS payload_bytes`

const SELECT_DAY = `
SELECT COALESCE(sum(bytes), 0)::float8 AS bytes, COALESCE(sum(dropped), 0)::float8 AS dropped
FROM dead_letter_days WHERE day = ${TODAY}`

/**
 * Uses the index on digests. Payloads of earlier days do not count: retention deletes whole days.
 */
const SELECT_STORED = `
SELECT DISTINCT payload_digest AS digest FROM dead_letters
WHERE payload_digest = ANY ($1) AND payload IS NOT NULL AND dead_at >= ${TODAY}`

const ADD_TO_DAY = `
INSERT INTO dead_letter_days AS d (day, source_partition, bytes, dropped) VALUES (${TODAY}, $1, $2, $3)
ON CONFLICT (day, source_partition) DO UPDATE
SET bytes = d.bytes + EXCLUDED.bytes, dropped = d.dropped + EXCLUDED.dropped`

/** Deletes runs before the re-read offset: no restart reads them. */
const DELETE_PASSED = `
DELETE FROM dropped_future_offsets d USING unnest($1, $2, $3) AS i (topic, partition, replay_offset)
WHERE d.topic = i.topic AND d.partition = i.partition AND d.to_offset <= i.replay_offset`

const INSERT_RUNS = `
INSERT INTO dropped_future_offsets AS d (topic, partition, from_offset, to_offset)
SELECT * FROM unnest($1, $2, $3, $4)
ON CONFLICT (topic, partition, from_offset) DO UPDATE SET to_offset = GREATEST(d.to_offset, EXCLUDED.to_offset)`

const byKey = (a: DeadLetter, b: DeadLetter): number =>
  byCodeUnit(a.topic, b.topic) || a.partition - b.partition || (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0)

/** A letter with the stored part of its payload. */
interface Digested {
  readonly letter: DeadLetter
  readonly payload: Uint8Array
  readonly digest: Buffer
}

/** `payload` is `null` if another row stores it. */
interface Row extends Omit<Digested, "payload"> {
  readonly payload: Uint8Array | null
}

const digested = (letter: DeadLetter): Digested => {
  const payload = letter.payload.subarray(0, PAYLOAD_LIMIT_BYTES)
  return { letter, payload, digest: createHash("sha256").update(payload).digest().subarray(0, DIGEST_BYTES) }
}

/** The bytes that a row takes; `null` = another row stores its payload. */
const costOf = (payloadBytes: number | null): number =>
  ROW_BYTES + (payloadBytes === null ? 0 : PAYLOAD_ROW_BYTES + payloadBytes)

const isText = (text: string): boolean => !text.includes("\u0000")

/**
 * Selects the letters that fit into `room` bytes, in their order. A smaller letter may fit after
 * one that does not. `stored` contains digests in hexadecimal.
 */
const fitting = (letters: ReadonlyArray<Digested>, room: number, stored: ReadonlySet<string>) => {
  const known = new Set(stored)
  const rows: Array<Row> = []
  const dropped: Array<DeadLetter> = []
  let left = room
  for (const { digest, letter, payload } of letters) {
    const name = digest.toString("hex")
    const isStored = known.has(name)
    const cost = costOf(isStored ? null : payload.length)
    if (cost > left) {
      dropped.push(letter)
      continue
    }
    left -= cost
    // PostgreSQL refuses a letter with U+0000 in a text: the next letter stores the payload.
    if (isText(letter.topic) && isText(letter.path ?? "")) known.add(name)
    rows.push({ letter, digest, payload: isStored ? null : payload })
  }
  return { rows, dropped }
}

/** Returns the bytes of the rows that are new. */
type Insert = (rows: ReadonlyArray<Row>) => Effect.Effect<number, SqlError, SqlClient>

const insertedRows = rowsOf(Schema.Struct({ payload_bytes: Schema.NullOr(Schema.Int) }))

/** The first five columns of a letter. */
const identityOf = (rows: ReadonlyArray<Row>): ReadonlyArray<PgTypes.Parameter> => [
  column(rows, OID.text, ({ letter }) => letter.topic),
  column(rows, OID.int4, ({ letter }) => letter.partition),
  column(rows, OID.int8, ({ letter }) => letter.offset),
  column(rows, OID.text, ({ letter }) => letter.reason),
  column(rows, OID.text, ({ letter }) => letter.path)
]

const insert: Insert = Effect.fnUntraced(function* (rows) {
  const sql = yield* SqlClient
  const statement = sql.unsafe(INSERT, [
    ...identityOf(rows),
    column(rows, OID.timestamp, ({ letter: { recordTimestampMs } }) =>
      recordTimestampMs !== null && recordTimestampMs <= LAST_TIMESTAMP_MS ? recordTimestampMs : null
    ),
    column(rows, OID.bytea, ({ payload }) => payload),
    column(rows, OID.int4, ({ letter }) => letter.payloadBytes),
    column(rows, OID.bytea, ({ digest }) => digest)
  ])
  const inserted = yield* insertedRows(statement)
  return inserted.reduce((sum, { payload_bytes }) => sum + costOf(payload_bytes), 0)
})

/** Finds the letters whose key another dead letter has, by their place from 1. */
const OTHER_LETTERS = `
SELECT r.place FROM unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY
  AS r (topic, partition, kafka_offset, reason, path, payload_digest, payload_bytes, place)
JOIN dead_letters d ON (d.topic, d.partition, d.kafka_offset) = (r.topic, r.partition, r.kafka_offset)
WHERE (d.reason, d.path, d.payload_bytes,
  COALESCE(d.payload_digest, substring(sha256(d.payload) FROM 1 FOR ${DIGEST_BYTES})))
  IS DISTINCT FROM (r.reason, r.path, r.payload_bytes, r.payload_digest)`

const places = rowsOf(Schema.Struct({ place: Schema.BigInt }))

/**
 * Writes dead letters of files, whose names do not identify them. If another letter has the key,
 * the letter moves to the next partition. The caller holds the lock of such replays.
 *
 *     evening.ndjson, line 7 of the first file     partition 0
 *     evening.ndjson, line 7 of the next file      partition 1, unless the lines are equal
 */
export const insertOfFiles: Insert = Effect.fnUntraced(function* (rows) {
  if (rows.length === 0) return 0
  const sql = yield* SqlClient
  const bytes = yield* insert(rows)
  const others = yield* places(
    sql.unsafe(OTHER_LETTERS, [
      ...identityOf(rows),
      column(rows, OID.bytea, ({ digest }) => digest),
      column(rows, OID.int4, ({ letter }) => letter.payloadBytes)
    ])
  )
  const isOther = new Set(others.map(({ place }) => Number(place) - 1))
  const moved = rows.filter((_, index) => isOther.has(index))
  const next = moved.map((row) => ({ ...row, letter: { ...row.letter, partition: row.letter.partition + 1 } }))
  return bytes + (yield* insertOfFiles(next))
})

interface Run {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  to: bigint
}

/**
 * The offsets of letters with reason `future-timestamp`, in runs. `letters` are in order of keys.
 */
const futureRuns = (letters: ReadonlyArray<DeadLetter>): ReadonlyArray<Run> => {
  const runs: Array<Run> = []
  for (const { offset, partition, reason, topic } of letters) {
    if (reason !== "future-timestamp") continue
    const last = runs.at(-1)
    if (last?.topic === topic && last.partition === partition && last.to === offset) last.to++
    else runs.push({ topic, partition, from: offset, to: offset + 1n })
  }
  return runs
}

/** Stores dropped offsets: after a restart their records must be dead letters again. */
const keepFutureOffsets = Effect.fnUntraced(function* (
  inputs: ReadonlyArray<InputCheckpoint>,
  dropped: ReadonlyArray<DeadLetter>
) {
  const sql = yield* SqlClient
  yield* sql.unsafe(DELETE_PASSED, [
    column(inputs, OID.text, ({ topic }) => topic),
    column(inputs, OID.int4, ({ partition }) => partition),
    column(inputs, OID.int8, ({ rereadOffset }) => rereadOffset)
  ])
  const runs = futureRuns(dropped)
  if (runs.length === 0) return
  yield* sql.unsafe(INSERT_RUNS, [
    column(runs, OID.text, ({ topic }) => topic),
    column(runs, OID.int4, ({ partition }) => partition),
    column(runs, OID.int8, ({ from }) => from),
    column(runs, OID.int8, ({ to }) => to)
  ])
})

/** The dead letters of one flush or one repair. */
export interface DeadLetterWrite {
  readonly letters: ReadonlyArray<DeadLetter>
  readonly sourcePartition: number
  /**
   * The inputs of the flush's checkpoint; empty for a repair, after which no task re-reads its log.
   */
  readonly inputs: ReadonlyArray<InputCheckpoint>
  readonly bytesPerDay: number
  /** Writes the rows. */
  readonly insert?: Insert
}

export interface DeadLettersWritten {
  /** A line for each letter that PostgreSQL cannot store. */
  readonly refused: ReadonlyArray<string>
  readonly dropped: number
  /** Whether this is the first drop of the day. */
  readonly isFirstDrop: boolean
}

const NOTHING: DeadLettersWritten = { refused: [], dropped: 0, isFirstDrop: false }

const dayOf = onlyOf(Schema.Struct({ bytes: Schema.Number, dropped: Schema.Number }))
const storedDigests = rowsOf(Schema.Struct({ digest: Schema.Uint8Array }))

/** Writes dead letters within a transaction. Existing rows stay unchanged. */
export const writeDeadLetters = Effect.fnUntraced(function* ({
  bytesPerDay,
  inputs,
  insert: write = insert,
  letters,
  sourcePartition
}: DeadLetterWrite): Effect.fn.Return<DeadLettersWritten, SqlError, SqlClient> {
  if (letters.length === 0) return NOTHING
  const sql = yield* SqlClient
  const all = letters.toSorted(byKey).map(digested)
  const day = yield* dayOf(sql.unsafe(SELECT_DAY))
  const digests = column(all, OID.bytea, ({ digest }) => digest)
  const stored = yield* storedDigests(sql.unsafe(SELECT_STORED, [digests]))
  const names = new Set(stored.map(({ digest }) => Buffer.from(digest).toString("hex")))
  const { dropped, rows } = fitting(all, bytesPerDay - day.bytes, names)
  let bytes = 0
  const refused = yield* writeItems({
    items: rows,
    order: (a, b) => byKey(a.letter, b.letter),
    weigh: ({ payload }) => payload?.length ?? 0,
    write: (some) => Effect.map(write(some), (inserted) => void (bytes += inserted)),
    name: ({ letter }) => `dead letter of ${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`
  })
  yield* sql.unsafe(ADD_TO_DAY, [PgTypes.int4(sourcePartition), int8(bytes), int8(dropped.length)])
  if (inputs.length > 0) yield* keepFutureOffsets(inputs, dropped)
  return { refused, dropped: dropped.length, isFirstDrop: dropped.length > 0 && day.dropped === 0 }
})

/** Rows per statement: some tens of milliseconds for the server. */
const BATCH = 10_000

/**
 * Deletes whole days, the oldest first, and skips rows that another session deletes. A record that
 * a restart may read again stays a dead letter: its row is kept until the task has passed it.
 */
const DELETE_EXPIRED = `
WITH needed AS MATERIALIZED (
  SELECT i->>'topic' AS topic, (i->>'partition')::int AS partition, (i->>'replayOffset')::bigint AS replay_offset
  FROM checkpoints, jsonb_array_elements(inputs) i
), expired AS MATERIALIZED (
  SELECT d.ctid FROM dead_letters d
  WHERE d.dead_at < $1::date AND NOT (d.reason = 'future-timestamp' AND EXISTS (
    SELECT FROM needed n WHERE n.topic = d.topic AND n.partition = d.partition AND d.kafka_offset >= n.replay_offset))
  ORDER BY d.dead_at LIMIT ${BATCH} FOR UPDATE OF d SKIP LOCKED
), deleted AS (
  DELETE FROM dead_letters WHERE ctid IN (SELECT ctid FROM expired) RETURNING 1
)
SELECT count(*)::float8 AS deleted FROM deleted`

const oldestDay = onlyOf(Schema.Struct({ day: Schema.String }))
const deletedRows = onlyOf(Schema.Struct({ deleted: Schema.Number }))

/**
 * Deletes dead letters of days (UTC) that ended more than `retentionMs` ago, in a transaction per
 * batch.
 */
export const deleteExpired = Effect.fnUntraced(function* (
  retentionMs: number
): Effect.fn.Return<void, SqlError, SqlClient> {
  const sql = yield* SqlClient
  const { day } = yield* oldestDay(sql`
    SELECT (now() AT TIME ZONE 'UTC' - ${PgTypes.float8(retentionMs)} * interval '1 millisecond')::date::text AS day`)
  let total = 0
  for (let deleted = BATCH; deleted === BATCH;) {
    const batch = yield* deletedRows(sql.unsafe(DELETE_EXPIRED, [PgTypes.text(day)]))
    deleted = batch.deleted
    total += deleted
  }
  yield* sql`DELETE FROM dead_letter_days WHERE day < ${day}::text::date`
  if (total > 0) yield* Effect.logInfo(`${counted(total, "dead letter")} deleted: older than DEAD_LETTER_RETENTION`)
})
