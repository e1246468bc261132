/** Files that hold no events, or hold them in another form: as people give them to `replay`. */
import { deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib"

const START_MS = Date.UTC(2026, 0, 1)

/** A chat event; the same number gives the same one. */
export const eventLine = (n: number): string =>
  JSON.stringify({
    stream_id: "s",
    timestamp: new Date(START_MS + n * 1000).toISOString(),
    user_id: `u${n % 7}`,
    message: `hi ${n}`
  })

export const eventLines = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, n) => eventLine(n))

const LINES = eventLines(50)
export const NDJSON = Buffer.from(`${LINES.join("\n")}\n`)
const EVENTS: ReadonlyArray<unknown> = LINES.map((line) => JSON.parse(line))

/** Text with four bytes for each code unit. */
const utf32 = (text: string, isLittle: boolean): Buffer => {
  const bytes = Buffer.alloc(text.length * 4)
  for (let n = 0; n < text.length; n++) {
    if (isLittle) bytes.writeUInt32LE(text.charCodeAt(n), n * 4)
    else bytes.writeUInt32BE(text.charCodeAt(n), n * 4)
  }
  return bytes
}

/** An archive of one file, as far as its first header. */
const zip = (content: Buffer): Buffer =>
  Buffer.concat([Buffer.from("PK\x03\x04\x14\x00\x00\x00\x08\x00", "latin1"), deflateRawSync(content)])

const latin1 = (text: string): Buffer => Buffer.from(text, "latin1")

const tar = (content: Buffer, magic: string): Buffer => {
  const header = Buffer.alloc(512)
  header.write("evening.ndjson", 0)
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124)
  header.write(magic, 257)
  // The checksum counts its own field as blanks.
  header.fill(" ", 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc(1024 - (content.length % 512))])
}

/** More than what a file is identified by. */
const MANY_LINES = eventLines(4000)

const text = NDJSON.toString()
const utf16 = Buffer.from(text, "utf16le")
const swapped = Buffer.from(utf16).swap16()

export interface RefusedFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** The message about it. */
  readonly reported: RegExp
}

const file = (name: string, bytes: string | Uint8Array, reported: RegExp): RefusedFile => ({
  name,
  bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes,
  reported
})

export const REFUSED: ReadonlyArray<RefusedFile> = [
  file("UTF-16LE with a mark", Buffer.concat([latin1("\xff\xfe"), utf16]), /UTF-16LE text.*iconv -f UTF-16LE/),
  file("UTF-16BE with a mark", Buffer.concat([latin1("\xfe\xff"), swapped]), /UTF-16BE text/),
  file("UTF-16LE", utf16, /UTF-16LE text/),
  file("UTF-16BE", swapped, /UTF-16BE text/),
  file("UTF-32LE", utf32(text, true), /UTF-32LE text/),
  file("UTF-32BE", utf32(text, false), /UTF-32BE text/),
  file("UTF-32LE with a mark", Buffer.concat([latin1("\xff\xfe\x00\x00"), utf32(text, true)]), /UTF-32LE text/),
  file("a JSON array on one line", JSON.stringify(EVENTS), /JSON array.*jq -c '\.\[\]'/),
  file("a JSON array, pretty-printed", JSON.stringify(EVENTS, null, 2), /JSON (array|over)/),
  file("a JSON array, an element per line", `[\n${LINES.join(",\n")}\n]\n`, /JSON array/),
  file("a JSON array of one element", `[\n${eventLine(1)}\n]`, /JSON array/),
  file("a JSON array whose first line has an element", `[${LINES.join(",\n")}]`, /JSON array/),
  file("an empty JSON array", "[]", /JSON array/),
  file("a JSON array, commas first", `[\n${MANY_LINES.join("\n,")}\n]`, /JSON array/),
  file("a JSON array, commas between the lines", `[\n${MANY_LINES.join("\n,\n")}\n]`, /JSON array/),
  file("a JSON array that is cut off", `[\n${LINES.join(",\n")}`, /JSON array/),
  file("a JSON array of texts", JSON.stringify(LINES), /JSON array/),
  file("objects with commas behind them", LINES.join(",\n"), /commas between them.*sed/),
  file("two objects with a comma between them", LINES.slice(0, 2).join(",\n"), /commas between them/),
  file("many objects with commas behind them", MANY_LINES.join(",\r\n"), /commas between them/),
  file("objects with commas before them", LINES.join("\n, "), /commas between them/),
  file(
    "an object, an element per line, behind a whole line",
    `{"took": {"ms": 1},\n"events": [\n${MANY_LINES.join(",\n")}\n]}`,
    /over several lines/
  ),
  file("objects on one line", LINES.join(""), /several JSON objects on a line.*jq -c \. FILE/),
  file("lines with keys", LINES.map((line) => `key\t${line}\n`).join(""), /text before each JSON object.*sed/),
  file("server-sent events", LINES.map((line) => `data: ${line}\n\n`).join(""), /text before each JSON object/),
  file("an object on one line", JSON.stringify({ events: EVENTS }), /single JSON object/),
  file("an object, pretty-printed", JSON.stringify({ events: EVENTS }, null, 2), /over several lines.*jq -c \./),
  file("an object, an element per line", `{"events": [\n${LINES.join(",\n")}\n]}`, /over several lines/),
  file("objects, pretty-printed", EVENTS.map((event) => JSON.stringify(event, null, 2)).join("\n"), /over several/),
  file("a JSON text sequence", LINES.map((line) => `\x1e${line}\n`).join(""), /JSON text sequence.*tr -d/),
  file("gzip in gzip", gzipSync(gzipSync(NDJSON)), /gzip/),
  file("zstd in gzip", gzipSync(zstdCompressSync(NDJSON)), /: zcat FILE \| zstdcat \| telemetra replay -/),
  file("gzip in zstd", zstdCompressSync(gzipSync(NDJSON)), /: zstdcat FILE \| zcat \| telemetra replay -/),
  file("zstd of a JSON array", zstdCompressSync(JSON.stringify(EVENTS)), /: zstdcat FILE \| jq -c '\.\[\]' \|/),
  file("gzip of UTF-16", gzipSync(utf16), /UTF-16LE text.*: zcat FILE \| iconv -f UTF-16LE -t UTF-8 \|/),
  file("gzip of a JSON array", gzipSync(JSON.stringify(EVENTS)), /: zcat FILE \| jq -c '\.\[\]' \| telemetra replay -/),
  file("gzip of a tar archive", gzipSync(tar(NDJSON, "ustar")), /tar archive.*: tar -xOf FILE \|/),
  file("a tar archive", tar(NDJSON, "ustar  "), /tar archive/),
  file("a tar archive of the old form", tar(NDJSON, ""), /tar archive/),
  file("bzip2", latin1("BZh91AY&SY\x00\x01"), /bzip2.*bzcat/),
  file("xz", latin1("\xfd7zXZ\x00\x00\x04"), /xz/),
  file("zip", zip(NDJSON), /zip archive.*unzip -p/),
  file("zip, not compressed", Buffer.concat([latin1("PK\x03\x04\n\x00\x00\x00\x00\x00a"), NDJSON]), /zip archive/),
  file("Parquet", latin1("PAR1\x15\x04\x15\x10\n\x00PAR1"), /Parquet/),
  file("Avro", latin1("Obj\x01\x04\x16avro.schema"), /Avro/),
  file("CSV", "stream_id,timestamp,message\ns,2026-01-01,hi\n", /CSV/),
  file("HTML", "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>\n", /HTML or XML/),
  file("a log", "2026-01-01 INFO started\n2026-01-01 INFO stopped at last\n", /text that is not JSON/),
  file("CR alone", LINES.join("\r"), /CR without LF/),
  file("NUL bytes", Buffer.alloc(5000), /NUL bytes/),
  file("text in Latin-1", latin1("Grüße;ä\nweiß;ö\n"), /another encoding than UTF-8/),
  file(
    "binary data",
    Uint8Array.from({ length: 3000 }, (_, n) => (n * 131 + 7) % 253),
    /binary data|another encoding/
  ),
  file("objects of another kind", '{"a":1}\n{"a":2}\n', /2 {2}invalid-event, field stream_id/)
]

export interface ReadFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** A frame of zstd that holds no content: its magic number, its length, four bytes. */
const SKIPPED_FRAME = latin1("\x50\x2a\x4d\x18\x04\x00\x00\x00abcd")

/** Files whose every event counts: each is {@link NDJSON} in another form. */
export const READ: ReadonlyArray<ReadFile> = [
  { name: "with a byte order mark", bytes: Buffer.concat([latin1("\xef\xbb\xbf"), NDJSON]) },
  {
    name: "joined from files with byte order marks",
    bytes: Buffer.from(LINES.map((line) => `\uFEFF${line}\r\n`).join("\uFEFF\n"))
  },
  { name: "with two byte order marks", bytes: Buffer.concat([latin1("\xef\xbb\xbf\xef\xbb\xbf"), NDJSON]) },
  { name: "gzip under another name", bytes: gzipSync(NDJSON) },
  {
    name: "gzip of two members",
    bytes: Buffer.concat([gzipSync(NDJSON.subarray(0, 100)), gzipSync(NDJSON.subarray(100))])
  },
  { name: "zstd under another name", bytes: zstdCompressSync(NDJSON) },
  {
    name: "zstd of several frames, with frames that are skipped",
    bytes: Buffer.concat([
      SKIPPED_FRAME,
      zstdCompressSync(NDJSON.subarray(0, 100)),
      SKIPPED_FRAME,
      zstdCompressSync(NDJSON.subarray(100))
    ])
  },
  { name: "plain under the name of gzip.gz", bytes: NDJSON }
]
