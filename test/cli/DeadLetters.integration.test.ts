import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { telemetra } from "./Command.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"

const TOPIC = "telemetra.events.chat"

interface Letter {
  readonly offset: number
  readonly reason: string
  readonly path?: string
  readonly payload: Uint8Array | string
  readonly bytes?: number
  readonly deadAt: string
}

const bomb = '{"stream_id":"a\u001b[2J","message":"\u202egnp.exe\n2026 INFO all is well"}'
const half = new TextEncoder().encode("x".repeat(8190) + "日本").subarray(0, 8192)

const letters: ReadonlyArray<Letter> = [
  { offset: 1, reason: "invalid-json", payload: Uint8Array.of(0x7b, 0xff, 0x0a), deadAt: "2026-01-01 10:00:00" },
  { offset: 2, reason: "invalid-event", path: "emotes[3]", payload: bomb, deadAt: "2026-01-01 10:00:01" },
  { offset: 3, reason: "too-large", payload: half, bytes: 2_000_000, deadAt: "2026-01-01 10:00:02" }
]

/** Runs `use` on a schema that holds these letters, with the variables that name it. */
const withLetters = <A, E>(use: (env: Variables) => Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const schema = freshSchema()
    const env = postgresVariables(postgres, schema)
    const fill = Effect.gen(function* () {
      const sql = yield* SqlClient
      const migrated = yield* telemetra(["migrate"], { env })
      assert.strictEqual(migrated.code, 0, migrated.stderr)
      for (const { bytes, deadAt, offset, path = null, payload, reason } of letters) {
        const content = typeof payload === "string" ? new TextEncoder().encode(payload) : payload
        yield* sql`INSERT INTO dead_letters (topic, partition, kafka_offset, reason, path, record_timestamp,
            payload, payload_bytes, dead_at)
          VALUES (${TOPIC}, 0, ${offset}, ${reason}, ${path}, '2026-01-01 09:59:59.5',
            ${content}, ${bytes ?? content.length}, ${deadAt}::timestamp)`
      }
      return yield* use(env)
    })
    return yield* fill.pipe(Effect.provide(PostgresTables.database(schema)))
  })

type Variables = Readonly<Record<string, string>>

const listing =
  (env: Variables) =>
  (...args: ReadonlyArray<string>) =>
    Effect.map(telemetra(["dead-letters", "list", "--json", ...args], { env }), ({ stdout }) =>
      stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line))
    )

const showing =
  (env: Variables) =>
  (offset: number, ...args: ReadonlyArray<string>) =>
    telemetra(["dead-letters", "show", TOPIC, "0", String(offset), ...args], { env })

const printable = /^[\u0020-\u007e\u00a0-\u200d\u2010-\u2027\u2030-\u2065\u2070-\uffff\n]*$/

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })("dead letters", (it) => {
  it.effect("are listed, the latest first, and nothing in them acts on the terminal", () =>
    withLetters((env) =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* telemetra(["dead-letters", "list"], { env })
        assert.strictEqual(code, 0, stderr)
        assert.match(stdout, printable)
        const lines = stdout.trimEnd().split("\n")
        assert.deepStrictEqual(
          lines.map((line) => line.split(/ {2,}/)[4]),
          ["REASON", "too-large", "invalid-event", "invalid-json"]
        )
        assert.include(lines[2], String.raw`{"stream_id":"a\u001b[2J"`)
        assert.include(lines[3], "hex 7bff0a")
      })
    )
  )

  it.effect("are chosen by reason, topic and number, as NDJSON", () =>
    withLetters((env) =>
      Effect.gen(function* () {
        const list = listing(env)
        assert.strictEqual((yield* list("--limit", "2")).length, 2)
        assert.strictEqual((yield* list("--topic", "another")).length, 0)
        const [event, ...others] = yield* list("--reason", "invalid-event", "--topic", TOPIC)
        assert.strictEqual(others.length, 0)
        assert.deepStrictEqual(event, {
          topic: TOPIC,
          partition: 0,
          kafka_offset: "2",
          reason: "invalid-event",
          path: "emotes[3]",
          record_timestamp: "2026-01-01T09:59:59.500Z",
          dead_at: "2026-01-01T10:00:01.000Z",
          payload_bytes: new TextEncoder().encode(bomb).length,
          payload: bomb,
          payload_hex: null
        })
        const [binary] = yield* list("--reason", "invalid-json")
        assert.deepStrictEqual([binary.payload, binary.payload_hex], [null, "7bff0a"])
      })
    )
  )

  it.effect("are shown one by one", () =>
    withLetters((env) =>
      Effect.gen(function* () {
        const show = showing(env)
        const text = yield* show(2)
        assert.strictEqual(text.code, 0, text.stderr)
        assert.match(text.stdout, printable)
        assert.include(text.stdout, "path       emotes[3]")
        // A line of the payload can't pass for one of ours.
        assert.include(text.stdout, '\n  2026 INFO all is well"}\n')
        assert.include((yield* show(1)).stdout, "  0000  7b ff 0a")
        // A payload that was cut in the middle of a character is still text.
        const long = yield* show(3, "--json")
        assert.strictEqual(JSON.parse(long.stdout).payload, "x".repeat(8190))
        const missing = yield* show(4)
        assert.deepStrictEqual([missing.code, missing.stdout], [66, ""])
        assert.include(missing.stderr, "No dead letter")
      })
    )
  )

  it.effect("reports the remedy if a database has no tables", () =>
    Effect.gen(function* () {
      const { freshSchema, postgres } = yield* PostgresHarness.Postgres
      const { code, stderr } = yield* telemetra(["dead-letters", "list"], {
        env: postgresVariables(postgres, freshSchema())
      })
      assert.strictEqual(code, 78)
      assert.include(stderr, "telemetra migrate")
    })
  )
})
