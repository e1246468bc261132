import { Readable } from "node:stream"
import { buffer } from "node:stream/consumers"
import { assert, describe, it } from "@effect/vitest"
import { type Compression, compressionOf, unpacked } from "../../src/replay/Decompress.ts"
import { HEAD_BYTES } from "../../src/replay/FileFormat.ts"
import { FileJudge, MOST_REFUSED_BYTES, MOST_REFUSED_LINES, type Verdict } from "../../src/replay/FileJudge.ts"
import { settingsOf } from "../pipeline/Script.ts"
import { eventLine, READ, REFUSED } from "./FileCases.ts"

const { read } = settingsOf(0, 0, false)
const CLOCK_MS = Date.UTC(2026, 5, 1)

const judgeOf = (name = "file", compression?: Compression) =>
  new FileJudge({ name, compression, read: { ...read, maxEventBytes: 1_000_000 }, clockMs: CLOCK_MS })

/** The verdict on a file, compressed ones included. */
const verdictOf = async (file: Uint8Array, chunkBytes = file.length || 1): Promise<Verdict> => {
  const compression = compressionOf(Buffer.from(file))
  const bytes =
    compression === undefined ? file : await buffer(unpacked(Readable.from([Buffer.from(file)]), compression))
  const judge = judgeOf("file", compression)
  for (let at = 0; at < bytes.length && judge.verdict === undefined; at += chunkBytes) {
    judge.push(bytes.subarray(at, at + chunkBytes))
  }
  return judge.verdict ?? judge.end()
}

const whyOf = (verdict: Verdict): string => (verdict._tag === "Refused" ? verdict.why : assert.fail(verdict._tag))

describe("a file without events is refused: what it is, what is expected, counts and the first example", () => {
  it.each(REFUSED.map((file) => [file.name, file] as const))("%s", async (_, { bytes, reported }) => {
    for (const chunk of [bytes.length > HEAD_BYTES ? 4096 : 1, 7, 100_000]) {
      const why = whyOf(await verdictOf(bytes, chunk))
      assert.match(why, reported)
      assert.match(why, /Replay reads NDJSON.*It also reads chat saved by TwitchDownloader/)
      assert.match(why, /\d lines? (is not an event|are not events)/)
      assert.match(why, /\d {2}(invalid|too-large)/)
      assert.match(why, /The first one: line \d+ of file: /)
      assert.notMatch(why, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/) // oxlint-disable-line no-control-regex -- they may not be there
    }
  })
})

describe("a file with an event is accepted, whatever else is in it", () => {
  it.each(READ.map((file) => [file.name, file] as const))("%s", async (_, { bytes }) => {
    assert.strictEqual((await verdictOf(bytes, 10))._tag, "Accepted")
  })

  it.each([
    ["behind lines that are no events", `[INFO] begin\n{"a":1\nnull\n${eventLine(1)}`],
    ["behind a line that is cut", `{"stream_id":"s","mess\n${eventLine(1)}\n`],
    ["behind a line with a comma", `${eventLine(1)}\n{"stream_id":"s",\n`],
    ["behind a bracket", `[\n${eventLine(1)}\n${eventLine(2)}\n`],
    ["behind an array on a line of its own", `[${eventLine(1)}]\n${eventLine(2)}\n`],
    ["behind blank lines", `${"\n".repeat(2 * MOST_REFUSED_LINES)}${eventLine(1)}`],
    ["on the last line that is read", `${"x\n".repeat(MOST_REFUSED_LINES - 1)}${eventLine(1)}`]
  ])("%s", async (_, text) => assert.strictEqual((await verdictOf(Buffer.from(text)))._tag, "Accepted"))

  it("a viewer sample behind a byte order mark", async () => {
    const line = '\uFEFF{"stream_id":"s","timestamp":"2026-01-01T00:00:00Z","viewer_count":7}'
    assert.strictEqual((await verdictOf(Buffer.from(line)))._tag, "Accepted")
  })
})

it.each([
  ["nothing", ""],
  ["a byte order mark", "\uFEFF"],
  ["blank lines", "\n \r\n\t\n"]
])("a file of %s is empty", async (_, text) => assert.strictEqual((await verdictOf(Buffer.from(text)))._tag, "Empty"))

it("the reading stops early: after so many lines, or so many bytes", () => {
  const ofLines = judgeOf()
  let pushed = 0
  for (const line = Buffer.from("not an event\n"); ofLines.verdict === undefined; pushed++) ofLines.push(line)
  // The head is read before any line is judged.
  assert.isAtMost(pushed, 30_000)
  assert.match(
    ofLines.verdict._tag === "Refused" ? ofLines.verdict.why : "",
    /10,000 lines are not events, and reading stopped there:\n *10,000 {2}invalid-json\n/
  )

  const ofBytes = judgeOf()
  const chunk = Buffer.alloc(1024 * 1024, "x")
  for (pushed = 0; ofBytes.verdict === undefined; pushed++) ofBytes.push(chunk)
  assert.strictEqual(pushed, MOST_REFUSED_BYTES / chunk.length)
  assert.match(ofBytes.verdict._tag === "Refused" ? ofBytes.verdict.why : "", /stopped after 64 MiB/)
})

it("names and payloads can't act on a terminal", () => {
  const judge = judgeOf("a\u001b[2Jb\u202e")
  judge.push(Buffer.from("\u001b]0;title\u0007 \u2066 text\n"))
  const why = whyOf(judge.end())
  assert.notMatch(why, /[\u001b\u0007\u202e\u2066]/) // oxlint-disable-line no-control-regex -- they may not be there
  assert.include(why, String.raw`a\u001b[2Jb`)
  assert.include(why, String.raw`\u001b]0;title\u0007`)
})
