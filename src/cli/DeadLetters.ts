/** `telemetra dead-letters`: looks at the records that are no events. */
import { Console, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { SqlClient } from "effect/sql/SqlClient"
import { Config } from "../config/AppConfig.ts"
import { DeadLetterReason } from "../domain/DeadLetter.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { PAYLOAD } from "../query/DeadLetterRows.ts"
import * as Database from "../postgres/Database.ts"
import { catchSqlErrors } from "../postgres/PostgresError.ts"
import { NotFoundError } from "../domain/NotFoundError.ts"
import { type Column, printJson, table, terminalWidth } from "../terminal/Output.ts"
import { answering, configured, WITHOUT_SOURCE } from "./Root.ts"
import * as Layers from "../worker/Layers.ts"
import { number } from "../domain/Wording.ts"

/** A row of table `dead_letters`. */
interface Stored {
  readonly topic: string
  readonly partition: number
  readonly kafka_offset: bigint
  readonly reason: string
  readonly path: string | null
  readonly record_timestamp: Date | null
  readonly payload: Uint8Array
  readonly payload_bytes: number
  readonly dead_at: Date
}

const instant = (time: Date | null): string | null => (time === null ? null : time.toISOString())

/** The payload as text; `undefined` where it is not UTF-8. The end of a payload that was cut for the table may be half a character: it is left out. */
const textOf = ({ payload, payload_bytes }: Stored): string | undefined => {
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    return decoder.decode(payload, { stream: payload.length < payload_bytes })
  } catch {
    return undefined
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

const toJson = (letter: Stored) => {
  const text = textOf(letter)
  return {
    topic: letter.topic,
    partition: letter.partition,
    kafka_offset: String(letter.kafka_offset),
    reason: letter.reason,
    path: letter.path,
    record_timestamp: instant(letter.record_timestamp),
    dead_at: instant(letter.dead_at),
    payload_bytes: letter.payload_bytes,
    payload: text ?? null,
    payload_hex: text === undefined ? hexOf(letter.payload) : null
  }
}

const columns: ReadonlyArray<Column> = [
  { title: "DEAD AT", align: "left" },
  { title: "TOPIC", align: "left" },
  { title: "PARTITION", align: "right" },
  { title: "OFFSET", align: "right" },
  { title: "REASON", align: "left" },
  { title: "PATH", align: "left" },
  { title: "BYTES", align: "right" },
  { title: "PAYLOAD", align: "left" }
]

/** What of a payload a line can show, at most. */
const PREVIEW_BYTES = 400

const toRow = (letter: Stored): ReadonlyArray<string> => {
  const preview = { ...letter, payload: letter.payload.subarray(0, PREVIEW_BYTES) }
  return [
    letter.dead_at.toISOString(),
    letter.topic,
    String(letter.partition),
    String(letter.kafka_offset),
    letter.reason,
    letter.path ?? "",
    number(letter.payload_bytes),
    textOf(preview) ?? `hex ${hexOf(preview.payload)}`
  ]
}

/** Sixteen bytes a line: where they stand, their digits, and what of them is ASCII. */
const hexLines = (bytes: Uint8Array): ReadonlyArray<string> =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) => {
    const part = bytes.subarray(line * 16, line * 16 + 16)
    const digits = (hexOf(part).match(/../g) ?? []).join(" ")
    const ascii = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("")
    return `${(line * 16).toString(16).padStart(4, "0")}  ${digits.padEnd(47)}  ${ascii}`
  })

/** The letter for people; the payload indented, so that no line of it can pretend to be one of ours. */
const toLines = (letter: Stored): ReadonlyArray<string> => {
  const text = textOf(letter)
  const { length } = letter.payload
  const kept = length < letter.payload_bytes ? `, of which the first ${number(length)} are kept` : ""
  const fields: ReadonlyArray<readonly [string, string]> = [
    ["topic", letter.topic],
    ["partition", String(letter.partition)],
    ["offset", String(letter.kafka_offset)],
    ["reason", letter.reason],
    ["path", letter.path ?? "none: the record as a whole"],
    ["written", instant(letter.record_timestamp) ?? "the record has no timestamp"],
    ["dead at", letter.dead_at.toISOString()],
    ["size", `${number(letter.payload_bytes)} bytes${kept}`],
    ["payload", text === undefined ? "not UTF-8, in hexadecimal:" : length === 0 ? "empty" : "text:"]
  ]
  return [
    ...fields.map(([name, value]) => `${name.padEnd(10)} ${escapeControls(value)}`),
    ...(text === undefined ? hexLines(letter.payload) : text === "" ? [] : text.split("\n").map(escapeControls)).map(
      (line) => `  ${line}`
    )
  ]
}

const COLUMNS = `topic, partition, kafka_offset, reason, path, record_timestamp, ${PAYLOAD} AS payload, payload_bytes, dead_at`

/** Reads from the configured database. */
const reading = <A, E>(query: Effect.Effect<A, E, SqlClient>) =>
  Effect.gen(function* () {
    const config = yield* Config
    const postgres = yield* Layers.standingDatabase(config)
    const options: Database.DatabaseOptions = {
      postgres,
      store: config.tables,
      sessionTimeout: config.sessionTimeout,
      access: "read"
    }
    return yield* query.pipe(
      catchSqlErrors(Database.placeOf(options), "read the dead letters"),
      Effect.provide(Database.layer(options))
    )
  })

const json = Flag.Boolean("json").pipe(Flag.withDescription("For machines"), Flag.withDefault(false))

const list = Command.make(
  "list",
  {
    reason: Flag.Literals("reason", DeadLetterReason.literals).pipe(
      Flag.withDescription("Only those of this reason"),
      Flag.optional
    ),
    topic: Flag.String("topic").pipe(
      Flag.withDescription("Only those of this topic (or file, of a replay)"),
      Flag.optional
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))),
      Flag.withDescription("How many at most, 1 to 10000"),
      Flag.withDefault(50)
    ),
    json: json.pipe(Flag.withDescription("An object a line, payloads whole"))
  },
  ({ json, limit, reason, topic }) =>
    answering(
      Effect.gen(function* () {
        const letters = yield* reading(
          Effect.flatMap(SqlClient, (sql) => {
            const conditions = [
              ...Option.toArray(Option.map(reason, (wanted) => sql`reason = ${wanted}`)),
              ...Option.toArray(Option.map(topic, (wanted) => sql`topic = ${wanted}`))
            ]
            return sql<Stored>`SELECT ${sql.literal(COLUMNS)} FROM dead_letters d WHERE ${sql.and(conditions)}
              ORDER BY dead_at DESC, topic, partition, kafka_offset DESC LIMIT ${limit}`
          })
        )
        if (json) return yield* Effect.forEach(letters, (letter) => printJson(toJson(letter)), { discard: true })
        if (letters.length === 0) return yield* Console.log("No dead letters")
        yield* Console.log(table(columns, letters.map(toRow), terminalWidth()).join("\n"))
      })
    ).pipe(Effect.provide(configured(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription("The latest first"),
  Command.withExamples([
    { command: "telemetra dead-letters list --reason invalid-json --limit 10", description: "The latest of a reason" },
    {
      command: "telemetra dead-letters list --json | jq -r .reason | sort | uniq -c",
      description: "How many of each"
    }
  ])
)

const show = Command.make(
  "show",
  {
    topic: Argument.String("topic").pipe(Argument.withDescription("Of the record (or file, of a replay)")),
    partition: Argument.Int("partition").pipe(Argument.withDescription("Its partition")),
    offset: Argument.String("offset").pipe(
      Argument.withDescription("Its offset (or line, from 0)"),
      Argument.withSchema(
        Schema.String.check(Schema.isPattern(/^\d{1,18}$/, { message: "must be the number of an offset" }))
      )
    ),
    json: json.pipe(Flag.withDescription("One object"))
  },
  ({ json, offset, partition, topic }) =>
    answering(
      Effect.gen(function* () {
        const [letter] = yield* reading(
          Effect.flatMap(
            SqlClient,
            (sql) =>
              sql<Stored>`SELECT ${sql.literal(COLUMNS)} FROM dead_letters d
                WHERE topic = ${topic} AND partition = ${partition} AND kafka_offset = ${BigInt(offset)}`
          )
        )
        if (letter === undefined) {
          return yield* new NotFoundError({
            detail: `No dead letter of ${escapeControls(topic)} partition ${partition} offset ${offset}: \`telemetra dead-letters list\` names those that stand in the tables`
          })
        }
        yield* json ? printJson(toJson(letter)) : Console.log(toLines(letter).join("\n"))
      })
    ).pipe(Effect.provide(configured(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription("One dead letter with its payload: as text, in hexadecimal where it is not UTF-8"),
  Command.withExamples([
    {
      command: "telemetra dead-letters show telemetra.events.chat 0 1234",
      description: "Why it is none, and its bytes"
    }
  ])
)

export const deadLetters = Command.make("dead-letters").pipe(
  Command.withSubcommands([list, show]),
  Command.withDescription("Look at the records that are no events"),
  Command.withExamples([
    { command: "telemetra dead-letters list", description: "The latest" },
    { command: "telemetra dead-letters show telemetra.events.chat 0 1234", description: "One of them" }
  ])
)
