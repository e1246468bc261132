import { execFileSync } from "node:child_process"
import { appendFileSync, createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { type CommandOptions, telemetra } from "./Command.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { eventLine, eventLines, NDJSON, READ, REFUSED } from "../replay/FileCases.ts"

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-replay-files-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

interface Letter {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly payload: string
}

const letters = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* sql<Letter>`SELECT topic, partition, kafka_offset::int AS offset,
      convert_from(payload, 'UTF8') AS payload
    FROM dead_letters ORDER BY topic, partition, kafka_offset`
})

const chatCount = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [found] = yield* sql<{ messages: number }>`SELECT COALESCE(sum(chat_count), 0)::int AS messages
    FROM chat_summary_minute WHERE window_end - window_start = INTERVAL '1 minute'
      AND extract(epoch FROM window_start)::bigint % 60 = 0`
  return found?.messages
})

/** A folder for files, and `telemetra replay` on tables of its own. */
const inSchema = <A, E>(
  use: (
    replay: (args: ReadonlyArray<string>, options?: CommandOptions) => ReturnType<typeof telemetra>,
    folder: string
  ) => Effect.Effect<A, E, SqlClient>
) =>
  Effect.gen(function* () {
    const { freshSchema, postgres } = yield* PostgresHarness.Postgres
    const schema = freshSchema()
    const env = postgresVariables(postgres, schema)
    const migrated = yield* telemetra(["migrate"], { env })
    assert.strictEqual(migrated.code, 0, migrated.stderr)
    const folder = yield* folderOf
    return yield* use((args, options) => telemetra(["replay", ...args], { ...options, env }), folder).pipe(
      Effect.provide(PostgresTables.database(schema))
    )
  }).pipe(Effect.scoped)

/** The refused forms that run on servers; `FileJudge.test` covers all. */
const ON_SERVERS = new Set([
  "UTF-16LE with a mark",
  "UTF-16BE",
  "a JSON array, pretty-printed",
  "a JSON array, an element per line",
  "zstd in gzip",
  "zip",
  "HTML",
  "CR alone",
  "NUL bytes",
  "objects of another kind"
])

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })("replay of files", (it) => {
  it.effect("without events: exit 65, what they are, counts, and nothing is stored", () =>
    inSchema((replay, folder) =>
      Effect.gen(function* () {
        for (const { bytes, name, reported } of REFUSED.filter(({ name }) => ON_SERVERS.has(name))) {
          const path = join(folder, `${name}.json`)
          writeFileSync(path, bytes)
          const { code, stderr, stdout } = yield* replay([path])
          assert.deepStrictEqual([code, stdout], [65, ""], `${name}: ${stderr}`)
          assert.match(stderr, reported)
          assert.match(stderr, /The first one: line \d+ of /)
          assert.notInclude(stderr, "were late")
        }
        const cut = join(folder, "cut")
        writeFileSync(cut, gzipSync(NDJSON).subarray(0, -12))
        const trailing = join(folder, "trailing")
        writeFileSync(trailing, Buffer.concat([gzipSync(NDJSON), Buffer.alloc(512), gzipSync(NDJSON)]))
        const empty = join(folder, "empty.ndjson")
        writeFileSync(empty, "")
        mkdirSync(join(folder, "folder.gz"))
        for (const [path, reported] of [
          [cut, /cut off/],
          [trailing, /other data follows/],
          [join(folder, "folder.gz"), /is a folder/],
          [empty, /is empty/]
        ] as const) {
          const { code, stderr, stdout } = yield* replay(["--json", path])
          assert.deepStrictEqual([code, stdout], [65, ""], stderr)
          assert.match(stderr, reported)
        }
        assert.deepStrictEqual(yield* letters, [])
        // One without events among others: none of them is replayed.
        const good = join(folder, "good.ndjson")
        writeFileSync(good, NDJSON)
        const both = yield* replay([good, join(folder, "zip.json")])
        assert.strictEqual(both.code, 65, both.stderr)
        assert.strictEqual(yield* chatCount, 0)
        const withEmpty = yield* replay([good, empty])
        assert.strictEqual(withEmpty.code, 0, withEmpty.stderr)
        assert.match(withEmpty.stderr, /is empty/)
        assert.strictEqual(yield* chatCount, 50)
      })
    )
  )

  it.effect("stops early if all lines are refused, also from a pipe", () =>
    inSchema((replay, folder) =>
      Effect.gen(function* () {
        const text = "not an event\n".repeat(1_000_000)
        const path = join(folder, "refusals")
        writeFileSync(path, text)
        const ofFile = yield* replay([path])
        assert.strictEqual(ofFile.code, 65, ofFile.stderr)
        assert.match(ofFile.stderr, /10,000 lines are not events, and reading stopped there/)
        // A pipe that never ends.
        const fifo = join(folder, "fifo")
        execFileSync("mkfifo", [fifo])
        const writer = createWriteStream(fifo)
        const gone = new Promise<void>((resolve) => writer.once("error", () => {}).once("close", () => resolve()))
        const more = (): void => {
          while (!writer.destroyed && writer.write(text)) continue
        }
        writer.on("drain", more).once("open", more)
        const ofPipe = yield* replay([fifo])
        assert.strictEqual(ofPipe.code, 65, ofPipe.stderr)
        yield* Effect.promise(() => gone)
        assert.deepStrictEqual(yield* letters, [])
      })
    )
  )

  it.effect("reads gzip under any name, pipes, and lines behind byte order marks", () =>
    inSchema((replay, folder) =>
      Effect.gen(function* () {
        const rows: Array<unknown> = []
        const check = ({ code, stderr, stdout }: { code: number | string; stderr: string; stdout: string }) => {
          assert.strictEqual(code, 0, stderr)
          assert.strictEqual(stderr, "")
          const { dead_letters, events, refusals, rows_written } = JSON.parse(stdout)
          assert.deepStrictEqual([events, dead_letters, refusals], [50, 0, []])
          rows.push(rows_written)
        }
        for (const { bytes, name } of READ) {
          const path = join(folder, name)
          writeFileSync(path, bytes)
          check(yield* replay(["--json", path]))
        }
        check(yield* replay(["--json", "-"], { stdin: gzipSync(NDJSON) }))
        const fifo = join(folder, "fifo")
        execFileSync("mkfifo", [fifo])
        const replaying = yield* Effect.forkChild(replay(["--json", fifo]))
        const writer = createWriteStream(fifo)
        writer.end(NDJSON)
        check(yield* Fiber.join(replaying))
        assert.isAbove(Number(rows[0]), 0)
        assert.deepStrictEqual(
          rows.slice(1),
          rows.slice(1).map(() => 0)
        )
        assert.deepStrictEqual(yield* letters, [])
      })
    )
  )

  it.effect("with many refusals reports them; a second file of the same name loses none of them", () =>
    inSchema((replay, folder) =>
      Effect.gen(function* () {
        const path = join(folder, "evening.ndjson")
        const write = (...bad: ReadonlyArray<string>) =>
          writeFileSync(path, [...eventLines(20), ...bad, eventLine(30)].join("\n"))
        write("first \u001b[2J", '{"stream_id":"s","timestamp":"never"}')
        const first = yield* replay([path])
        assert.strictEqual(first.code, 0, first.stderr)
        assert.match(
          first.stderr,
          /2 of 23 records are not events:\n +1 {2}invalid-json\n +1 {2}invalid-timestamp, field timestamp\n/
        )
        assert.include(first.stderr, String.raw`The first one: line 21 of ${path}: invalid-json: first \u001b[2J`)
        write("second", "third")
        const second = yield* replay(["--json", path])
        assert.deepStrictEqual(JSON.parse(second.stdout).refusals, [{ reason: "invalid-json", path: null, records: 2 }])
        // Grown, and the same again: what is stored already is not stored twice.
        appendFileSync(path, "\nfourth")
        yield* replay([path])
        yield* replay([path])
        assert.deepStrictEqual(
          (yield* letters).map(({ offset, partition, payload, topic }) => [topic, partition, offset, payload]),
          [
            [path, 0, 20, "first \u001b[2J"],
            [path, 0, 21, '{"stream_id":"s","timestamp":"never"}'],
            [path, 0, 23, "fourth"],
            [path, 1, 20, "second"],
            [path, 1, 21, "third"]
          ]
        )
        // A topic could have a name without a folder, and dead letters of its own.
        const bare = yield* replay(["evening.ndjson"], { cwd: folder })
        assert.strictEqual(bare.code, 0, bare.stderr)
        assert.deepStrictEqual(
          (yield* letters).flatMap(({ offset, topic }) => (topic === "./evening.ndjson" ? [offset] : [])),
          [20, 21, 23]
        )
        // Standard input has one name.
        yield* replay(["-"], { stdin: `${eventLine(1)}\none` })
        yield* replay(["-"], { stdin: `${eventLine(1)}\ntwo` })
        const piped = (yield* letters).filter(({ topic }) => topic === "stdin")
        assert.deepStrictEqual(
          piped.map(({ offset, payload }) => [offset, payload]),
          [
            [1, "one"],
            [1, "two"]
          ]
        )
      })
    )
  )
})
