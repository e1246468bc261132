/** `telemetra dead-letters`: lists and shows rejected records. */
import { Console, Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { SqlClient } from "effect/sql/SqlClient"
import { DeadLetterReason } from "../domain/DeadLetter.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { PAYLOAD } from "../query/DeadLetterRows.ts"
import { NotFoundError } from "../domain/NotFoundError.ts"
import { type Column, printJson, printJsonLines, table, terminalWidth } from "../terminal/Output.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { limitFlag } from "./ListFlags.ts"
import { readTables } from "./ReadTables.ts"
import { configuredBounded, WITHOUT_SOURCE } from "./Root.ts"
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

/**
 * The payload as text; `undefined` if it is not UTF-8. Half a character at the end of a truncated
 * payload is left out.
 */
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

/** The most bytes of a payload that one line shows. */
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

/** Sixteen bytes a line: their position, their digits, and their ASCII characters. */
const hexLines = (bytes: Uint8Array): ReadonlyArray<string> =>
  Array.from({ length: Math.ceil(bytes.length / 16) }, (_, line) => {
    const part = bytes.subarray(line * 16, line * 16 + 16)
    const digits = (hexOf(part).match(/../g) ?? []).join(" ")
    const ascii = Array.from(part, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("")
    return `${(line * 16).toString(16).padStart(4, "0")}  ${digits.padEnd(47)}  ${ascii}`
  })

/** The letter as lines. The payload is indented, so that it cannot imitate the lines above it. */
const toLines = (letter: Stored): ReadonlyArray<string> => {
  const text = textOf(letter)
  const { length } = letter.payload
  const kept = length < letter.payload_bytes ? `, of which the first ${number(length)} are kept` : ""
  const fields: ReadonlyArray<readonly [string, string]> = [
    ["topic", letter.topic],
    ["partition", String(letter.partition)],
    ["offset", String(letter.kafka_offset)],
    ["reason", letter.reason],
    ["path", letter.path ?? "none: the whole record"],
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

const json = Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))

const list = Command.make(
  "list",
  {
    reason: Flag.Literals("reason", DeadLetterReason.literals).pipe(
      Flag.withDescription("Only dead letters with this reason"),
      Flag.optional
    ),
    topic: Flag.String("topic").pipe(
      Flag.withDescription("Only dead letters of this topic (or replayed file)"),
      Flag.optional
    ),
    limit: limitFlag("dead letters to list", 10_000, 50),
    json: json.pipe(Flag.withDescription("Print one JSON object per line, with whole payloads"))
  },
  ({ json, limit, reason, topic }) =>
    boundedCommand(
      Effect.gen(function* () {
        const letters = yield* readTables(
          "the dead letters",
          Effect.flatMap(SqlClient, (sql) => {
            const conditions = [
              ...Option.toArray(Option.map(reason, (wanted) => sql`reason = ${wanted}`)),
              ...Option.toArray(Option.map(topic, (wanted) => sql`topic = ${wanted}`))
            ]
            return sql<Stored>`SELECT ${sql.literal(COLUMNS)} FROM dead_letters d WHERE ${sql.and(conditions)}
              ORDER BY dead_at DESC, topic, partition, kafka_offset DESC LIMIT ${limit}`
          })
        )
        if (json) return yield* printJsonLines(letters.map(toJson))
        if (letters.length === 0) return yield* Console.log("No dead letters")
        yield* Console.log(table(columns, letters.map(toRow), terminalWidth()).join("\n"))
      })
    ).pipe(Effect.provide(configuredBounded(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription("List dead letters, the latest first"),
  Command.withExamples([
    {
      command: "telemetra dead-letters list --reason invalid-json --limit 10",
      description: "The latest 10 with one reason"
    },
    {
      command: "telemetra dead-letters list --json | jq -r .reason | sort | uniq -c",
      description: "Count them by reason"
    }
  ])
)

const show = Command.make(
  "show",
  {
    topic: Argument.String("topic").pipe(Argument.withDescription("The topic of the record (or the replayed file)")),
    partition: Argument.Int("partition").pipe(Argument.withDescription("The partition of the record")),
    offset: Argument.String("offset").pipe(
      Argument.withDescription("The offset of the record (or its line, from 0)"),
      Argument.withSchema(Schema.String.check(Schema.isPattern(/^\d{1,18}$/, { message: "must be an offset" })))
    ),
    json: json.pipe(Flag.withDescription("Print one JSON object"))
  },
  ({ json, offset, partition, topic }) =>
    boundedCommand(
      Effect.gen(function* () {
        const [letter] = yield* readTables(
          "the dead letters",
          Effect.flatMap(
            SqlClient,
            (sql) =>
              sql<Stored>`SELECT ${sql.literal(COLUMNS)} FROM dead_letters d
                WHERE topic = ${topic} AND partition = ${partition} AND kafka_offset = ${BigInt(offset)}`
          )
        )
        if (letter === undefined) {
          return yield* new NotFoundError({
            detail: `No dead letter of ${escapeControls(topic)} partition ${partition} offset ${offset}: \`telemetra dead-letters list\` lists those in the tables`
          })
        }
        yield* json ? printJson(toJson(letter)) : Console.log(toLines(letter).join("\n"))
      })
    ).pipe(Effect.provide(configuredBounded(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription("Show one dead letter with its payload: as text, or in hexadecimal if it is not UTF-8"),
  Command.withExamples([
    {
      command: "telemetra dead-letters show telemetra.events.chat 0 1234",
      description: "The reason and the payload of one"
    }
  ])
)

export const deadLetters = Command.make("dead-letters").pipe(
  Command.withSubcommands([list, show]),
  Command.withDescription("List and show rejected records"),
  Command.withExamples([
    { command: "telemetra dead-letters list", description: "List the latest" },
    { command: "telemetra dead-letters show telemetra.events.chat 0 1234", description: "Show one of them" }
  ])
)
