/**
 * What a file is that holds no event, by its first bytes. Decides nothing: what is an event is for decoding alone to say, except for {@link isDocument}. Decoding would take
 * the last element of a JSON array for an event.
 */

/** So many first bytes of a file are enough to identify it: 256 KiB. */
export const HEAD_BYTES = 256 * 1024

const EXPECTED = "Replay reads NDJSON: one event per line, each a JSON object, in UTF-8"

interface Format {
  readonly name: string
  /** A command that writes what replay reads, for a file FILE; `undefined` if there is none that always works. */
  readonly command?: string
}

/** The first bytes of formats that have some of their own. */
const SIGNATURES: ReadonlyArray<Format & { readonly bytes: string; readonly at?: number }> = [
  { name: "gzip", bytes: "\x1f\x8b", command: "zcat FILE" },
  { name: "zstd", bytes: "\x28\xb5\x2f\xfd", command: "zstdcat FILE" },
  // pzstd begins with a frame that is skipped
  ...Array.from({ length: 16 }, (_, n) => ({
    name: "zstd or lz4",
    bytes: `${String.fromCharCode(0x50 + n)}\x2a\x4d\x18`,
    command: "zstdcat FILE"
  })),
  { name: "bzip2", bytes: "BZh", command: "bzcat FILE" },
  { name: "xz", bytes: "\xfd7zXZ\x00", command: "xzcat FILE" },
  { name: "lzma", bytes: "\x5d\x00\x00", command: "xz -dc --format=lzma FILE" },
  { name: "lz4", bytes: "\x04\x22\x4d\x18", command: "lz4cat FILE" },
  { name: "lzip", bytes: "LZIP", command: "lzip -dc FILE" },
  { name: "lzop", bytes: "\x89LZO", command: "lzop -dc FILE" },
  { name: "compress", bytes: "\x1f\x9d", command: "zcat FILE" },
  { name: "Snappy", bytes: "\xff\x06\x00\x00sNaPpY" },
  { name: "a zip archive", bytes: "PK\x03\x04", command: "unzip -p FILE" },
  { name: "a zip archive", bytes: "PK\x05\x06" },
  { name: "a 7z archive", bytes: "7z\xbc\xaf\x27\x1c", command: "7z x -so FILE" },
  { name: "a RAR archive", bytes: "Rar!\x1a\x07" },
  { name: "a tar archive", bytes: "ustar", at: 257, command: "tar -xOf FILE" },
  { name: "Parquet", bytes: "PAR1" },
  { name: "Avro", bytes: "Obj\x01" },
  { name: "ORC", bytes: "ORC" },
  { name: "Arrow", bytes: "ARROW1" },
  { name: "an SQLite database", bytes: "SQLite format 3\x00" },
  { name: "a PDF", bytes: "%PDF-" }
]

const isAt = (head: Buffer, bytes: string, at = 0): boolean =>
  head.subarray(at, at + bytes.length).equals(Buffer.from(bytes, "latin1"))

export const isGzip = (head: Buffer): boolean => isAt(head, "\x1f\x8b")

const inEncoding = (name: string): Format => ({ name: `${name} text`, command: `iconv -f ${name} -t UTF-8 FILE` })

/** The encoding that the byte order mark names, if there is one. */
const MARKS: ReadonlyArray<readonly [bytes: string, encoding: string]> = [
  ["\xff\xfe\x00\x00", "UTF-32LE"],
  ["\x00\x00\xfe\xff", "UTF-32BE"],
  ["\xff\xfe", "UTF-16LE"],
  ["\xfe\xff", "UTF-16BE"]
]

/** Bytes that decide between encodings without a mark. */
const SAMPLE_BYTES = 4096

/** Of text that is mostly ASCII, which bytes of four are zero. */
const ofZeros = (head: Buffer): Format | undefined => {
  const sample = head.subarray(0, Math.min(SAMPLE_BYTES, head.length - (head.length % 4)))
  if (sample.length === 0) return undefined
  const zeros = [0, 0, 0, 0]
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 4] = (zeros[index % 4] ?? 0) + 1
  const pattern = zeros.map((count) => {
    const share = (4 * count) / sample.length
    return share > 0.5 ? "0" : share < 0.1 ? "x" : "?"
  })
  switch (pattern.join("")) {
    case "0000":
      return { name: "filled with NUL bytes: reserved and never written, or lost in a crash" }
    case "x000":
      return inEncoding("UTF-32LE")
    case "000x":
      return inEncoding("UTF-32BE")
    case "x0x0":
      return inEncoding("UTF-16LE")
    case "0x0x":
      return inEncoding("UTF-16BE")
    default:
      return undefined
  }
}

const decoded = (head: Buffer): string | undefined => {
  try {
    // the last character may be cut
    return new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true })
  } catch {
    return undefined
  }
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const isObject = (line: string): boolean => /^\s*\{\s*"/.test(line) && isJson(line)

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line.trim() !== "")

/**
 * Whether the file is JSON that spans lines: an array, or pretty-printed objects. `isWhole` = the head is all of it.
 *
 *     [                        an array: its last element stands on a line like an event
 *       {"stream_id": ...},
 *       {"stream_id": ...}
 *     ]
 */
export const isDocument = (head: Buffer, isWhole: boolean): boolean => {
  const text = decoded(head)?.trimStart()
  if (text === undefined || !/^[[{]/.test(text)) return false
  const lines = linesOf(text)
  if (isWhole && lines.length > 1 && isJson(text)) return true
  const [first = "", ...others] = isWhole ? lines : lines.slice(0, -1)
  const begins = first.startsWith("{") ? !/\}\s*,?\s*$/.test(first) : /^\[\s*(\{|$)/.test(first) && !isJson(first)
  return begins && others.length > 0 && !others.some(isObject)
}

const DELIMITERS = [",", ";", "\t"]

/** Whether the first two lines have equally many fields. */
const isTable = ([first = "", second = ""]: ReadonlyArray<string>): boolean =>
  DELIMITERS.some((delimiter) => {
    const fields = first.split(delimiter).length
    return fields > 1 && second.split(delimiter).length === fields
  })

const ARRAY: Format = { name: "a JSON array", command: "jq -c '.[]' FILE" }

const ofText = (text: string, isWhole: boolean): Format | undefined => {
  const lines = linesOf(text)
  const first = text.trimStart()
  if (/\r/.test(text.trim()) && !text.includes("\n") && !isJson(text)) {
    return { name: "text whose lines end in CR without LF", command: String.raw`tr '\r' '\n' < FILE` }
  }
  if (first.startsWith("\x1e")) return { name: "a JSON text sequence", command: String.raw`tr -d '\036' < FILE` }
  if (first.startsWith("<")) return { name: "HTML or XML, such as the error page of a download" }
  if (/^\[\s*([[{\]]|$)/.test(first)) return ARRAY
  if (first.startsWith("{")) {
    if (isDocument(Buffer.from(text), isWhole)) return { name: "JSON over several lines", command: "jq -c . FILE" }
    return isWhole && lines.length === 1 && isJson(text) ? { name: "a single JSON object" } : undefined
  }
  if (isJson(lines[0] ?? "")) return undefined
  return { name: isTable(lines) ? "a table such as CSV, not JSON" : "text that is not JSON" }
}

/** Bytes that no text has. */
const CONTROLS = /[\x00-\x08\x0e-\x1a\x1c\x1d\x1f]/ // oxlint-disable-line no-control-regex -- they are what it looks for

const formatOf = (head: Buffer, isWhole: boolean): Format | undefined => {
  const signed = SIGNATURES.find(({ at, bytes }) => isAt(head, bytes, at))
  if (signed !== undefined) return signed
  const mark = MARKS.find(([bytes]) => isAt(head, bytes))
  if (mark !== undefined) return inEncoding(mark[1])
  const wide = ofZeros(head)
  if (wide !== undefined) return wide
  const text = decoded(head)
  if (CONTROLS.test(text ?? head.toString("latin1"))) return { name: "binary data" }
  return text === undefined
    ? { name: "text in another encoding than UTF-8", command: "iconv -f ENCODING -t UTF-8 FILE" }
    : ofText(text, isWhole)
}

/** Sentences on a file without events: what it is, what is expected, how to convert it. `head` = its first {@link HEAD_BYTES}; `isWhole` = all of it. */
export const explain = (head: Buffer, isWhole: boolean): string => {
  const format = formatOf(head, isWhole)
  const found = format === undefined ? "" : `It is ${format.name}. `
  const convert = format?.command === undefined ? "" : `. Convert it: ${format.command} | telemetra replay -`
  return `${found}${EXPECTED}${convert}`
}
