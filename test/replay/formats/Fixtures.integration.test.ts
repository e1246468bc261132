/**
 * The fixtures of saved logs through `telemetra replay`, as a user tries them. They come by guess,
 * with the flags that the reply names, compressed, and into tables that must equal a recount.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { telemetra } from "../../cli/Command.ts"
import * as PostgresHarness from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"
import { postgresVariables } from "../../harness/WorkerProcess.ts"
import { compareRows } from "../../oracle/Compare.ts"
import { DEFAULTS, RECOUNTED } from "../../oracle/Defaults.ts"
import { NO_DECISIONS, type OracleInput, recount } from "../../oracle/Recount.ts"
import { bytesOf, type ExpectedEvent, type Fixture, fixtures, pathOf, unknownFiles } from "./Fixture.ts"

/** No database answers here: a dry run needs none. */
const NO_DATABASE = { POSTGRES_URL: "postgresql://telemetra@127.0.0.1:9/none" }

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-fixtures-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const flagsOf = ({ flags }: Fixture): ReadonlyArray<string> =>
  Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])

interface UnderstoodEvent {
  readonly stream_id: string
  readonly timestamp: string
  readonly event_id?: string
  readonly username: string
  readonly author_id?: string
  readonly message: string
  readonly emotes: ReadonlyArray<string>
  readonly badges?: ReadonlyArray<string>
  readonly bits?: number
  readonly viewer_count?: number
}

interface UnderstoodFile {
  readonly file: string
  readonly messages?: number
  readonly skipped?: Readonly<Record<string, number>>
  readonly unusable?: Readonly<Record<string, number>>
  readonly events: ReadonlyArray<UnderstoodEvent>
}

const sum = (counts: Readonly<Record<string, number>> = {}): number =>
  Object.values(counts).reduce((total, count) => total + count, 0)

/** The dry run of some files. */
const understood = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { code, stderr, stdout } = yield* telemetra(["replay", "--dry-run", "--json", ...args], { env: NO_DATABASE })
    assert.strictEqual(code, 0, stderr)
    return (JSON.parse(stdout) as { readonly files: ReadonlyArray<UnderstoodFile> }).files
  })

/** A badge may be listed with its version, such as `subscriber/12`. */
const badgeNames = (badges: ReadonlyArray<string> = []): ReadonlyArray<string> =>
  badges.map((badge) => badge.split("/")[0] ?? badge)

/** The file is understood as the fixture states. */
const check = (fixture: Fixture, file: UnderstoodFile, name: string): void => {
  const chat = file.events.filter(({ viewer_count }) => viewer_count === undefined)
  assert.deepStrictEqual(
    chat.map(({ badges, bits, emotes, message, stream_id, timestamp, username, ...ids }, index) => ({
      time: new Date(timestamp).toISOString(),
      stream: stream_id,
      user: username,
      userId: fixture.events[index]?.userId === undefined ? undefined : ids.author_id,
      id: ids.event_id,
      text: message,
      emotes,
      badges: fixture.events[index]?.badges === undefined ? undefined : badgeNames(badges),
      bits
    })),
    fixture.events.map(({ badges, bits, emotes, id, stream, text, textAlso, time, user, userId }, index) => ({
      time,
      stream,
      user,
      userId,
      id,
      text: textAlso !== undefined && chat[index]?.message === textAlso ? textAlso : text,
      emotes,
      badges: badges === undefined ? undefined : badgeNames(badges),
      bits
    })),
    name
  )
  // Events in the built-in shape are judged when they are read, so a dry run lists all lines.
  if (file.messages === undefined) return
  assert.deepStrictEqual(
    [file.messages, sum(file.skipped), sum(file.unusable)],
    [fixture.events.length, fixture.notMessages, fixture.unusable],
    name
  )
}

const withFinalNewline = (bytes: Buffer): Buffer => Buffer.concat([withoutFinalNewline(bytes), Buffer.from("\n")])
const withoutFinalNewline = (bytes: Buffer): Buffer => Buffer.from(bytes.toString("utf8").replace(/\r?\n$/, ""))
const withCrlf = (bytes: Buffer): Buffer => Buffer.from(bytes.toString("utf8").replace(/\r?\n/g, "\r\n"))
const withLf = (bytes: Buffer): Buffer => Buffer.from(bytes.toString("utf8").replaceAll("\r\n", "\n"))
const withMark = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from("\uFEFF"), bytes])
const same = (bytes: Buffer): Buffer => bytes

const VARIANTS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  stored: same,
  gzip: gzipSync,
  "gzip of two members": (bytes) => {
    const half = Math.floor(bytes.length / 2)
    return Buffer.concat([gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half))])
  },
  zstd: zstdCompressSync,
  "byte order mark": withMark,
  "byte order mark, CRLF, gzip": (bytes) => gzipSync(withMark(withCrlf(bytes))),
  CRLF: withCrlf,
  LF: withLf,
  "final newline": withFinalNewline,
  "no final newline": withoutFinalNewline,
  "empty lines at the end": (bytes) => Buffer.concat([withFinalNewline(bytes), Buffer.from("\n\n")])
}

describe("a saved log by guess", () => {
  it.effect.each(fixtures())("$file: gives its events, or names what to type, and that works", (fixture) =>
    Effect.gen(function* () {
      const path = pathOf(fixture.file)
      const guess = yield* telemetra(["replay", "--dry-run", "--json", path], { env: NO_DATABASE })
      if (fixture.needs.length === 0) {
        assert.strictEqual(guess.code, 0, guess.stderr)
        const [file] = (JSON.parse(guess.stdout) as { readonly files: ReadonlyArray<UnderstoodFile> }).files
        check(fixture, file ?? assert.fail("no file"), fixture.file)
        return
      }
      assert.deepStrictEqual([guess.code, guess.stdout], [65, ""], guess.stderr)
      assert.strictEqual(guess.stderr.trim().split("\n").length, 1, guess.stderr)
      for (const flag of ["stream", "start"] as const)
        assert.strictEqual(guess.stderr.includes(`--${flag} `), fixture.needs.includes(flag), guess.stderr)
      // The printed command, with the values of the fixture.
      const command = /telemetra replay (.*)$/m.exec(guess.stderr)?.[1] ?? assert.fail(guess.stderr)
      const args = command
        .split(" ")
        .map((word, index, words) => {
          const flag = words[index - 1]
          return flag === "--stream" ? fixture.flags.stream : flag === "--start" ? fixture.flags.start : word
        })
        .filter((word) => word !== undefined)
      const typed = yield* telemetra(["replay", ...args], { env: NO_DATABASE })
      assert.strictEqual(typed.code, 0, typed.stderr)
      const [file] = (JSON.parse(typed.stdout) as { readonly files: ReadonlyArray<UnderstoodFile> }).files
      check(fixture, file ?? assert.fail("no file"), fixture.file)
    })
  )

  it.effect.each(fixtures())("$file: is the same compressed, marked, and under any end of line and name", (fixture) =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const paths = Object.entries(VARIANTS).map(([name, variant]) => {
        const path = join(folder, `${name.replaceAll(/\W+/g, "-")}.bin`)
        writeFileSync(path, variant(bytesOf(fixture)))
        return path
      })
      const files = yield* understood([...flagsOf(fixture), ...paths])
      assert.deepStrictEqual(
        files.map(({ file }) => file),
        paths
      )
      for (const file of files) check(fixture, file, file.file)
    }).pipe(Effect.scoped)
  )

  it.effect.each(unknownFiles().map((file) => ({ file })))(
    "$file: is refused with a list of the known forms",
    ({ file }) =>
      Effect.gen(function* () {
        const { code, stderr, stdout } = yield* telemetra(["replay", "--dry-run", pathOf(file)], { env: NO_DATABASE })
        assert.deepStrictEqual([code, stdout], [65, ""], stderr)
        for (const known of ["NDJSON", "TwitchDownloader", "chat-downloader", "yt-dlp", "IRC", "user: text"])
          assert.include(stderr, known)
      })
  )
})

const encoder = new TextEncoder()

const chatRecord = ({ emotes, stream, text, time, user }: ExpectedEvent): Uint8Array =>
  encoder.encode(JSON.stringify({ stream_id: stream, timestamp: time, user_id: user, message: text, emotes }))

const inputOf = (kind: "chat" | "viewer", values: ReadonlyArray<Uint8Array>): OracleInput => ({
  kind,
  topic: "file",
  partition: 0,
  records: values.map((value, index) => ({ offset: BigInt(index), timestampMs: -1, value })),
  ...NO_DECISIONS
})

/** The expected events as two inputs of the oracle. */
const inputsOf = ({ events, viewers: samples = [] }: Fixture): ReadonlyArray<OracleInput> => [
  inputOf("chat", events.map(chatRecord)),
  inputOf(
    "viewer",
    samples.map(({ stream, time, viewers }) =>
      encoder.encode(JSON.stringify({ stream_id: stream, timestamp: time, viewer_count: viewers }))
    )
  )
]

layer(PostgresHarness.layer(), { timeout: "10 minutes", excludeTestServices: true })("rows of a saved log", (pg) => {
  pg.effect("equal a recount of the expected events", () =>
    Effect.gen(function* () {
      const { freshSchema, postgres } = yield* PostgresHarness.Postgres
      const schema = freshSchema()
      const env = { ...postgresVariables(postgres, schema), ...RECOUNTED }
      const migrated = yield* telemetra(["migrate"], { env })
      assert.strictEqual(migrated.code, 0, migrated.stderr)
      const folder = yield* folderOf
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient
        const tables = yield* ResultTables
        for (const fixture of fixtures()) {
          const path = join(folder, "saved")
          writeFileSync(path, gzipSync(bytesOf(fixture)))
          const { code, stderr, stdout } = yield* telemetra(["replay", "--json", ...flagsOf(fixture), path], { env })
          assert.strictEqual(code, 0, `${fixture.file}: ${stderr}`)
          const expected = recount(inputsOf(fixture), DEFAULTS)
          const rows = yield* tables.rows
          assert.deepStrictEqual(compareRows(expected.rows, rows), [], fixture.file)
          assert.isAbove(rows.length, 0)
          const summary = JSON.parse(stdout) as Readonly<Record<string, unknown>>
          assert.deepStrictEqual(
            [summary["late"], summary["rows_written"]],
            [expected.counts.late, rows.length],
            fixture.file
          )
          // Another file writes nothing twice, and removes nothing.
          const again = yield* telemetra(["replay", "--json", ...flagsOf(fixture), path], { env })
          assert.strictEqual((JSON.parse(again.stdout) as Readonly<Record<string, unknown>>)["rows_written"], 0)
          yield* sql`TRUNCATE chat_summary_minute, moments, broadcasts, dead_letters`
        }
      }).pipe(Effect.provide(Layer.provideMerge(PostgresTables.tables, PostgresTables.database(schema))))
    }).pipe(Effect.scoped)
  )
})
