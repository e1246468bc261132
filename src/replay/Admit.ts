/**
 * Reads a file of the command line as far as its verdict needs. Compressed files, pipes and saved
 * chat end as NDJSON in a temporary file; a regular NDJSON file stays where it is.
 */
import { createReadStream, createWriteStream } from "node:fs"
import { stat } from "node:fs/promises"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { ReadSettings } from "../domain/Settings.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import { counted } from "../domain/Wording.ts"
import type { FileSource } from "../source/file/FileLog.ts"
import { countsOf, totalOf } from "./ConversionCounts.ts"
import { compressionOf, unpacked } from "./Decompress.ts"
import { HEAD_BYTES } from "./FileFormat.ts"
import { FileJudge, type Verdict } from "./FileJudge.ts"
import { Conversion, type Converted, type Missing } from "./formats/Conversion.ts"
import type { Format, Given, Head } from "./formats/Format.ts"
import { formatOf } from "./formats/Registry.ts"

export const STDIN = "-"

/**
 * The name in tables and messages. One without a folder could be that of a topic, whose dead
 * letters have the same keys.
 */
const nameOf = (argument: string): string =>
  argument === STDIN ? "stdin" : argument.includes("/") ? argument : `./${argument}`

/** The stream's first bytes, at least `bytes` if it has so many, and all of it. */
const peek = async (stream: Readable, bytes: number) => {
  const rest: AsyncIterableIterator<Buffer> = stream[Symbol.asyncIterator]()
  const chunks: Array<Buffer> = []
  let length = 0
  while (length < bytes) {
    const next = await rest.next()
    if (next.done === true) break
    chunks.push(next.value)
    length += next.value.length
  }
  const head = Buffer.concat(chunks)
  const all = async function* () {
    if (head.length > 0) yield head
    yield* rest
  }
  return { head, all: Readable.from(all(), { objectMode: false }), isWhole: length < bytes }
}

export interface Judged extends FileSource {
  readonly verdict: Verdict | { readonly _tag: "Missing"; readonly missing: Missing }
  /** Set if the file is saved chat. */
  readonly converted?: Converted
}

export interface Admission {
  readonly read: ReadSettings
  /** The wall clock, for the guard against the future. */
  readonly clockMs: number
  readonly given: Given
}

/** Passes on what the judge sees; ends early if it refuses. */
const judgedBy = (judge: FileJudge) =>
  async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      judge.push(chunk)
      if (judge.verdict?._tag === "Refused") return
      yield chunk
    }
  }

/** Passes on the lines of the file's events; ends early if a flag is missing. */
const convertedBy = (conversion: Conversion) =>
  async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      const lines = conversion.push(chunk)
      if (lines !== "") yield Buffer.from(lines)
      if (conversion.missing !== undefined) return
    }
    const last = conversion.end()
    if (last !== "") yield Buffer.from(last)
  }

const withoutMessages = (name: string, { name: format, skipped, unusable }: Converted): Verdict => ({
  _tag: "Refused",
  why: [
    `Nothing was replayed: ${escapeControls(name)} is ${format} without a chat message`,
    ...(skipped.size === 0 ? [] : [`Skipped: ${countsOf(skipped)}`]),
    ...(unusable.size === 0
      ? []
      : [`${counted(totalOf(unusable), "item is", "items are")} unusable: ${countsOf(unusable)}`])
  ].join("\n")
})

interface Saved {
  readonly name: string
  readonly path: string
  readonly format: Format
  readonly head: Head
}

/** Writes the file's events to the path. */
const convert = async (
  { format, head, name, path }: Saved,
  all: Readable,
  { given, ...judging }: Admission,
  signal: AbortSignal
): Promise<Judged> => {
  const { fields: _mapping, ...read } = judging.read
  const judge = new FileJudge({ ...judging, read, name, compression: undefined })
  const conversion = new Conversion(format, head, given)
  await pipeline(all, convertedBy(conversion), judgedBy(judge), createWriteStream(path, { mode: 0o600 }), { signal })
  const { missing, result } = conversion
  const file = { name, path, converted: result }
  if (missing !== undefined) return { ...file, verdict: { _tag: "Missing", missing } }
  return { ...file, verdict: result.events === 0 ? withoutMessages(name, result) : (judge.verdict ?? judge.end()) }
}

/**
 * Judges a file. Events in the built-in shape, or the configured one, win over every format of
 * saved chat.
 */
export const admit = async (
  argument: string,
  admission: Admission,
  path: string,
  signal: AbortSignal
): Promise<Judged> => {
  const isRegular = argument !== STDIN && (await stat(argument)).isFile()
  const stored = await peek(argument === STDIN ? process.stdin : createReadStream(argument), 4)
  const compression = compressionOf(stored.head)
  const content = compression === undefined ? stored.all : Readable.from(unpacked(stored.all, compression))
  const { all, head, isWhole } = await peek(content, HEAD_BYTES)
  const name = nameOf(argument)
  const { clockMs, read } = admission
  const judging = { read, clockMs, name, compression }
  const probe = new FileJudge(judging)
  probe.push(head)
  const verdict = isWhole ? probe.end() : probe.verdict
  const isRead = verdict?._tag === "Accepted" || verdict?._tag === "Empty"
  const format = isRead ? undefined : formatOf({ bytes: head, isWhole })
  if (format !== undefined) {
    return await convert({ name, path, format, head: { bytes: head, isWhole } }, all, admission, signal)
  }
  const judge = new FileJudge(judging)
  if (compression !== undefined || !isRegular) {
    await pipeline(all, judgedBy(judge), createWriteStream(path, { mode: 0o600 }), { signal })
    return { name, path, verdict: judge.verdict ?? judge.end() }
  }
  for await (const chunk of all) {
    judge.push(chunk)
    if (judge.verdict !== undefined) break
  }
  return { name, path: argument, verdict: judge.verdict ?? judge.end() }
}
