import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { NDJSON } from "../replay/FileCases.ts"
import { telemetra } from "./Command.ts"

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-replay-saved-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const START_MS = Date.UTC(2026, 2, 14, 20)
const MESSAGES = 300

const comment = (n: number) => ({
  _id: `id-${n}`,
  created_at: new Date(START_MS + n * 1000).toISOString(),
  commenter: { name: `user${n % 7}`, _id: `${n % 7}` },
  message: { body: "hi Kappa", fragments: [{ text: "hi " }, { text: "Kappa", emoticon: { emoticon_id: "25" } }] }
})

/** A document with one message by a deleted account. */
const DOCUMENT = JSON.stringify({
  streamer: { name: "River", login: "river" },
  video: { title: "evening" },
  comments: [...Array.from({ length: MESSAGES }, (_, n) => comment(n)), { ...comment(MESSAGES), commenter: null }]
})

const TEXT = Array.from({ length: MESSAGES }, (_, n) => {
  const clock = new Date(START_MS + n * 1000).toISOString().slice(11, 19)
  return `[${clock}] user${n % 7}: hi\n`
}).join("")

/** The streams of the tables and their messages, each counted once. */
const counts = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* sql<{ stream_id: string; messages: number }>`SELECT stream_id, sum(chat_count)::int AS messages
    FROM chat_summary_minute WHERE window_end - window_start = INTERVAL '1 minute'
      AND extract(epoch FROM window_start)::bigint % 60 = 0 GROUP BY stream_id ORDER BY stream_id`
})

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })("replay of saved chat", (it) => {
  it.effect("gives rows; a missing flag gives one sentence with the command, which then works", () =>
    Effect.gen(function* () {
      const { freshSchema, postgres } = yield* PostgresHarness.Postgres
      const schema = freshSchema()
      const env = postgresVariables(postgres, schema)
      const folder = yield* folderOf
      const write = (name: string, bytes: string | Buffer): string => {
        writeFileSync(join(folder, name), bytes)
        return join(folder, name)
      }
      const chat = write("chat.json", zstdCompressSync(Buffer.from(DOCUMENT)))
      const log = write("my log.txt", gzipSync(TEXT))
      yield* Effect.gen(function* () {
        yield* telemetra(["migrate"], { env })

        const delay = ["--watermark-delay", "5 minutes"]
        const lacking = yield* telemetra(["replay", ...delay, chat, log], { env })
        assert.deepStrictEqual([lacking.code, lacking.stdout], [65, ""], lacking.stderr)
        const [, typed = ""] = /Type, with your values: telemetra (.*)$/m.exec(lacking.stderr) ?? []
        const flags = "--stream NAME --start 2026-01-31T18:00:00Z --watermark-delay '300000 ms'"
        assert.strictEqual(typed, `replay ${flags} ${chat} '${log}'`)

        const args = ["replay", "--json", "--stream", "river log", "--start", "2026-03-14", chat, log]
        const { code, stderr, stdout } = yield* telemetra(args, { env })
        assert.strictEqual(code, 0, stderr)
        const summary = JSON.parse(stdout)
        assert.strictEqual(summary.events, 2 * MESSAGES)
        assert.deepStrictEqual(summary.converted[0].unusable, { "no author": 1 })
        assert.match(stderr, /chat\.json names its stream itself \(river\)/)
        assert.match(stderr, /my log\.txt: Its times name no zone/)
        assert.deepStrictEqual(yield* counts, [
          { stream_id: "river", messages: MESSAGES },
          { stream_id: "river log", messages: MESSAGES }
        ])

        // Mapped fields are those of NDJSON, so saved chat is not affected by them.
        const mapped = { ...env, CHAT_FIELDS: "stream=/a,time=/b,user=/c,text=/d,emotes=/e,id=/f" }
        const again = yield* telemetra(["replay", "--json", chat], { env: mapped })
        assert.strictEqual(again.code, 0, again.stderr)
        assert.notInclude(again.stderr, "CHAT_FIELDS")
        assert.strictEqual(JSON.parse(again.stdout).rows_written, 0)
        const native = write("mapped.ndjson", '{"a":"s","b":1773518400000,"c":"u","d":"hi"}\n')
        const mixed = yield* telemetra(["replay", chat, native], { env: mapped })
        assert.strictEqual(mixed.code, 65, mixed.stderr)
        assert.match(mixed.stderr, /CHAT_FIELDS.*separately/)
      }).pipe(Effect.provide(PostgresTables.database(schema)))
    }).pipe(Effect.scoped)
  )

  it.effect("--dry-run needs no database, and no source", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const chat = join(folder, "chat.json")
      writeFileSync(chat, DOCUMENT)
      const events = join(folder, "events.ndjson")
      writeFileSync(events, NDJSON)
      const env = { POSTGRES_URL: "postgresql://nobody@127.0.0.1:1/none", KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" }
      const { code, stderr, stdout } = yield* telemetra(["replay", "--dry-run", "--json", chat, events], { env })
      assert.strictEqual(code, 0, stderr)
      const { files } = JSON.parse(stdout)
      assert.deepStrictEqual(
        files.map((file: { format: string; events: ReadonlyArray<unknown> }) => [file.format, file.events.length]),
        [
          ["twitchdownloader", 10],
          ["ndjson", 10]
        ]
      )
      assert.deepStrictEqual(files[0].events[1], {
        stream_id: "river",
        timestamp: "2026-03-14T20:00:01.000Z",
        username: "user1",
        message: "hi Kappa",
        emotes: ["Kappa"],
        event_id: "id-1",
        author_id: "1"
      })
      assert.strictEqual(files[0].messages, MESSAGES)
      const table = yield* telemetra(["replay", "--dry-run", chat], { env })
      assert.strictEqual(table.stdout.split("\n").filter((line) => line.includes("hi Kappa")).length, 10)
      const misused = yield* telemetra(["replay", "--dry-run", "--from", "2026-01-31"], { env })
      assert.strictEqual(misused.code, 2, misused.stderr)
    }).pipe(Effect.scoped)
  )
})
