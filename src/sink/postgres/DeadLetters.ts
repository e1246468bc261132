/**
 * Table `dead_letters` within its bounds: a payload that repeats is stored once a day, and what a day
 * stores has a limit in bytes. Letters beyond it are dropped and counted in `dead_letter_days`.
 *
 * The limit is one for all tasks. No task waits for another one: each adds to a counter of its own and
 * reads the committed counters of the others. So a day may exceed its limit by the flushes under way.
 */
import { createHash } from "node:crypto"
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import type { InputCheckpoint } from "../../domain/Checkpoint.ts"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import { type DeadLetter, PAYLOAD_LIMIT_BYTES } from "../../domain/DeadLetter.ts"
import { column, OID } from "../../postgres/Column.ts"
import { writeItems } from "./Items.ts"
import { counted } from "../../domain/Wording.ts"

/** What a row costs besides its payload, with its index entries. */
const ROW_BYTES = 256
/** What a stored payload costs besides its bytes. */
const PAYLOAD_ROW_BYTES = 64

const DIGEST_BYTES = 16

/** The last instant that a `Date` holds, and within what a TIMESTAMP holds. A record's own timestamp may be anything; what lies beyond is left out. */
const LAST_TIMESTAMP_MS = 8_640_000_000_000_000

const TODAY = "(now() AT TIME ZONE 'UTC')::date"

const INSERT = `
INSERT INTO dead_letters (topic, partition, kafka_offset, reason, path, record_timestamp, payload, payload_bytes, payload_digest, dead_at)
SELECT r.topic, r.partition, r.kafka_offset, r.reason, r.path, r.record_timestamp, r.payload, r.payload_bytes, r.payload_digest, now() AT TIME ZONE 'UTC'
FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
  AS r (topic, partition, kafka_offset, reason, path, record_timestamp, payload, payload_bytes, payload_digest)
ON CONFLICT DO NOTHING
RETURNING octet_length(payload) AS payload_bytes`

const SELECT_DAY = `
SELECT COALESCE(sum(bytes), 0)::float8 AS bytes, COALESCE(sum(dropped), 0)::float8 AS dropped FROM dead_letter_days WHERE day = ${TODAY}`

/** By the index on digests. Payloads of earlier days are no use: retention deletes whole days. */
const SELECT_STORED = `
SELECT DISTINCT payload_digest AS digest FROM dead_letters
WHERE payload_digest = ANY ($1) AND payload IS NOT NULL AND dead_at >= ${TODAY}`

const ADD_TO_DAY = `
INSERT INTO dead_letter_days AS d (day, source_partition, bytes, dropped) VALUES (${TODAY}, $1, $2, $3)
ON CONFLICT (day, source_partition) DO UPDATE SET bytes = d.bytes + EXCLUDED.bytes, dropped = d.dropped + EXCLUDED.dropped`

/** Runs that no restart needs: it reads from the re-read offset on. */
const DELETE_PASSED = `
DELETE FROM dropped_future_offsets d USING unnest($1, $2, $3) AS i (topic, partition, replay_offset)
WHERE d.topic = i.topic AND d.partition = i.partition AND d.to_offset <= i.replay_offset`

const INSERT_RUNS = `
INSERT INTO dropped_future_offsets AS d (topic, partition, from_offset, to_offset)
SELECT r.topic, r.partition, r.from_offset, r.to_offset FROM unnest($1, $2, $3, $4) AS r (topic, partition, from_offset, to_offset)
ON CONFLICT (topic, partition, from_offset) DO UPDATE SET to_offset = GREATEST(d.to_offset, EXCLUDED.to_offset)`

const byKey = (a: DeadLetter, b: DeadLetter): number =>
  byCodeUnit(a.topic, b.topic) || a.partition - b.partition || (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0)

/** A letter with what the table keeps of its payload. */
interface Digested {
  readonly letter: DeadLetter
  readonly payload: Uint8Array
  readonly digest: Buffer
}

/** `payload` is `null` if another row has it. */
interface Row extends Omit<Digested, "payload"> {
  readonly payload: Uint8Array | null
}

const digested = (letter: DeadLetter): Digested => {
  const payload = letter.payload.subarray(0, PAYLOAD_LIMIT_BYTES)
  return { letter, payload, digest: createHash("sha256").update(payload).digest().subarray(0, DIGEST_BYTES) }
}

/** What a row takes; `null` = another row has its payload. */
const costOf = (payloadBytes: number | null): number =>
  ROW_BYTES + (payloadBytes === null ? 0 : PAYLOAD_ROW_BYTES + payloadBytes)

const isText = (text: string): boolean => !text.includes("\u0000")

/** What of the letters fits into `room` bytes, in their order. A smaller letter may fit after one that does not. `stored` are digests in hexadecimal. */
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
    // PostgreSQL refuses a letter with U+0000 in a text: its payload is stored by the next one
    if (isText(letter.topic) && isText(letter.path ?? "")) known.add(name)
    rows.push({ letter, digest, payload: isStored ? null : payload })
  }
  return { rows, dropped }
}

/** Returns what the rows take that were not there before, in bytes. */
type Insert = (rows: ReadonlyArray<Row>) => Effect.Effect<number, SqlError, SqlClient>

const insert: Insert = Effect.fnUntraced(function* (rows) {
  const sql = yield* SqlClient
  const inserted = yield* sql.unsafe<{ payload_bytes: number | null }>(INSERT, [
    column(rows, OID.text, ({ letter }) => letter.topic),
    column(rows, OID.int4, ({ letter }) => letter.partition),
    column(rows, OID.int8, ({ letter }) => letter.offset),
    column(rows, OID.text, ({ letter }) => letter.reason),
    column(rows, OID.text, ({ letter }) => letter.path),
    column(rows, OID.timestamp, ({ letter: { recordTimestampMs } }) =>
      recordTimestampMs !== null && recordTimestampMs <= LAST_TIMESTAMP_MS ? recordTimestampMs : null
    ),
    column(rows, OID.bytea, ({ payload }) => payload),
    column(rows, OID.int4, ({ letter }) => letter.payloadBytes),
    column(rows, OID.bytea, ({ digest }) => digest)
  ])
  return inserted.reduce((sum, { payload_bytes }) => sum + costOf(payload_bytes), 0)
})

/** Which of them have the key of another dead letter, by their place from 1. */
const OTHER_LETTERS = `
SELECT r.place FROM unnest($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY
  AS r (topic, partition, kafka_offset, reason, path, payload_digest, payload_bytes, place)
JOIN dead_letters d ON (d.topic, d.partition, d.kafka_offset) = (r.topic, r.partition, r.kafka_offset)
WHERE (d.reason, d.path, COALESCE(d.payload_digest, substring(sha256(d.payload) FROM 1 FOR ${DIGEST_BYTES})), d.payload_bytes)
  IS DISTINCT FROM (r.reason, r.path, r.payload_digest, r.payload_bytes)`

/**
 * For dead letters of files, whose names do not identify them: a letter whose key another one has goes to the next partition. The caller holds the lock of such replays.
 *
 *     evening.ndjson, line 7 of the first file       partition 0
 *     evening.ndjson, line 7 of the next one         partition 1, unless it is the same line
 */
export const insertOfFiles: Insert = Effect.fnUntraced(function* (rows) {
  if (rows.length === 0) return 0
  const sql = yield* SqlClient
  const bytes = yield* insert(rows)
  const others = yield* sql.unsafe<{ place: bigint }>(OTHER_LETTERS, [
    column(rows, OID.text, ({ letter }) => letter.topic),
    column(rows, OID.int4, ({ letter }) => letter.partition),
    column(rows, OID.int8, ({ letter }) => letter.offset),
    column(rows, OID.text, ({ letter }) => letter.reason),
    column(rows, OID.text, ({ letter }) => letter.path),
    column(rows, OID.bytea, ({ digest }) => digest),
    column(rows, OID.int4, ({ letter }) => letter.payloadBytes)
  ])
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

/** The offsets of letters that were ahead of their time, in runs. The letters are in order of their keys. */
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

/** A restart must find these records dead again, by the checkpoint of the same flush. */
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
  /** Those of the flush's checkpoint; none for a repair, after which no task reads its log again. */
  readonly inputs: ReadonlyArray<InputCheckpoint>
  readonly bytesPerDay: number
  /** How the rows are written. */
  readonly insert?: Insert
}

export interface DeadLettersWritten {
  /** A line for each letter that PostgreSQL can't hold. */
  readonly refused: ReadonlyArray<string>
  readonly dropped: number
  /** Whether no letter of this day had been dropped before. */
  readonly isFirstDrop: boolean
}

const NOTHING: DeadLettersWritten = { refused: [], dropped: 0, isFirstDrop: false }

/** Writes dead letters within a transaction; rows that are there stay as they are. */
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
  const [day] = yield* sql.unsafe<{ bytes: number; dropped: number }>(SELECT_DAY)
  if (day === undefined) return yield* Effect.die("an aggregate without GROUP BY has one row")
  const digests = column(all, OID.bytea, ({ digest }) => digest)
  const stored = yield* sql.unsafe<{ digest: Uint8Array }>(SELECT_STORED, [digests])
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
  yield* sql.unsafe(ADD_TO_DAY, [
    PgTypes.int4(sourcePartition),
    PgTypes.int8(BigInt(bytes)),
    PgTypes.int8(BigInt(dropped.length))
  ])
  if (inputs.length > 0) yield* keepFutureOffsets(inputs, dropped)
  return { refused, dropped: dropped.length, isFirstDrop: dropped.length > 0 && day.dropped === 0 }
})

/** Rows of one statement: some tens of milliseconds for the server. */
const BATCH = 10_000

/**
 * Whole days, the oldest first, without what another session deletes. A record that a restart may read again stays dead: its row is kept until the task has passed it.
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

/** Deletes dead letters of days (UTC) that ended more than `retentionMs` ago. Each batch is a transaction of its own. */
export const deleteExpired = Effect.fnUntraced(function* (
  retentionMs: number
): Effect.fn.Return<void, SqlError, SqlClient> {
  const sql = yield* SqlClient
  const [cut] = yield* sql<{ day: string }>`
    SELECT (now() AT TIME ZONE 'UTC' - ${PgTypes.float8(retentionMs)} * interval '1 millisecond')::date::text AS day`
  if (cut === undefined) return yield* Effect.die("a SELECT without FROM has one row")
  let total = 0
  for (let deleted = BATCH; deleted === BATCH;) {
    const [batch] = yield* sql.unsafe<{ deleted: number }>(DELETE_EXPIRED, [PgTypes.text(cut.day)])
    deleted = batch?.deleted ?? 0
    total += deleted
  }
  yield* sql`DELETE FROM dead_letter_days WHERE day < ${cut.day}::text::date`
  if (total > 0) yield* Effect.logInfo(`${counted(total, "dead letter")} deleted: older than DEAD_LETTER_RETENTION`)
})
