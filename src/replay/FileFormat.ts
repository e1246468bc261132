/**
 * Identifies files without events by their first bytes. Only decoding decides which lines are
 * events, except in files that {@link isNoList} recognizes. Decoding would accept the last element
 * of a JSON array as an event, and all lines but the first of a tar archive.
 */
import type { Compression } from "./Decompress.ts"
import { KNOWN_FORMS } from "./formats/Registry.ts"

/** So many first bytes of a file are enough to identify it: 256 KiB. */
export const HEAD_BYTES = 256 * 1024

const EXPECTED = `Replay reads NDJSON: one event per line, each a JSON object, in UTF-8. It also reads ${KNOWN_FORMS}`

interface Format {
  readonly name: string
  /**
   * A command that writes what replay reads, for a file FILE; `undefined` if there is none that
   * always works.
   */
  readonly command?: string
}

/** The first bytes of formats that have some of their own. */
const SIGNATURES: ReadonlyArray<Format & { readonly bytes: string }> = [
  { name: "gzip", bytes: "\x1f\x8b", command: "zcat FILE" },
  { name: "zstd", bytes: "\x28\xb5\x2f\xfd", command: "zstdcat FILE" },
  // Pzstd begins with a frame that is skipped.
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
  { name: "Parquet", bytes: "PAR1" },
  { name: "Avro", bytes: "Obj\x01" },
  { name: "ORC", bytes: "ORC" },
  { name: "Arrow", bytes: "ARROW1" },
  { name: "an SQLite database", bytes: "SQLite format 3\x00" },
  { name: "a PDF", bytes: "%PDF-" }
]

const hasStart = (head: Buffer, bytes: string): boolean =>
  head.subarray(0, bytes.length).equals(Buffer.from(bytes, "latin1"))

/** The bytes of a tar archive's header, and where in it its checksum is. */
const TAR_BYTES = 512
const TAR_SUM = [148, 156] as const

/**
 * Whether the first block is a tar header: its checksum, in octal digits, is the sum of its bytes,
 * with blanks for the checksum itself.
 */
const isTar = (head: Buffer): boolean => {
  if (head.length < TAR_BYTES) return false
  const stored = head.toString("latin1", ...TAR_SUM).replaceAll(/[ \0]+$/g, "")
  if (!/^ *[0-7]+$/.test(stored)) return false
  const [from, to] = TAR_SUM
  const sum = head.subarray(0, TAR_BYTES).reduce((total, byte, at) => total + (at < from || at >= to ? byte : 0x20), 0)
  return Number.parseInt(stored, 8) === sum
}

/** The format that its first bytes name. */
const ofSignature = (head: Buffer): Format | undefined =>
  isTar(head)
    ? { name: "a tar archive", command: "tar -xOf FILE" }
    : SIGNATURES.find(({ bytes }) => hasStart(head, bytes))

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

/** Recognizes NUL bytes only, UTF-16 and UTF-32, by the zero bytes of the ASCII text in them. */
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
    // The last character may be cut.
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

/** Byte order marks count as blanks. */
const isObject = (line: string): boolean => /^\s*\{\s*"/.test(line) && isJson(line.trim())

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line.trim() !== "")

/** The line without one comma or bracket of a list before and behind it. */
const withoutComma = (line: string): string =>
  line
    .trim()
    .replace(/^[[,]\s*/, "")
    .replace(/\s*[,\]]$/, "")

/** Whether a line is an object with the comma of a list, or a comma alone. */
const isOfList = (line: string): boolean =>
  line.trim() === "," || (!isJson(line.trim()) && isObject(withoutComma(line)))

/**
 * Whether lines are a list's: as many have its commas as are objects by themselves. The last
 * element of a list has no comma.
 */
const isList = (lines: ReadonlyArray<string>): boolean => {
  const ofList = lines.filter(isOfList).length + (lines[0]?.trim() === "[" ? 1 : 0)
  return lines.length > 1 && lines.some(isOfList) && ofList >= lines.filter(isObject).length
}

/**
 * Whether the file is JSON that spans lines: an array, pretty-printed objects, or objects with
 * commas between them. `isWhole` = the head is all of it.
 *
 *     [                        an array: the line of its last element equals an event
 *       {"stream_id": ...},
 *       {"stream_id": ...}
 *     ]
 */
const isDocument = (head: Buffer, isWhole: boolean): boolean => {
  const text = decoded(head)?.trimStart()
  if (text === undefined || !/^[[{]/.test(text)) return false
  const all = linesOf(text)
  if (isWhole && all.length > 1 && isJson(text)) return true
  const lines = isWhole ? all : all.slice(0, -1)
  const [first = "", ...others] = lines
  const begins = first.startsWith("{") ? !/\}\s*,?\s*$/.test(first) : /^\[\s*(\{|$)/.test(first) && !isJson(first)
  return (begins && others.length > 0 && !others.some(isObject)) || isList(lines)
}

/**
 * Whether the file is known not to be a list of events, even if some of its lines are like events.
 */
export const isNoList = (head: Buffer, isWhole: boolean): boolean =>
  (ofSignature(head) !== undefined && CONTROLS.test(head.toString("latin1"))) || isDocument(head, isWhole)

/** Bytes that no text has. */
const CONTROLS = /[\x00-\x08\x0e-\x1a\x1c\x1d\x1f]/ // oxlint-disable-line no-control-regex -- they are what it looks for

const DELIMITERS = [",", ";", "\t"]

/** Whether the first two lines have equally many fields. */
const isTable = ([first = "", second = ""]: ReadonlyArray<string>): boolean =>
  DELIMITERS.some((delimiter) => {
    const fields = first.split(delimiter).length
    return fields > 1 && second.split(delimiter).length === fields
  })

const ARRAY: Format = { name: "a JSON array", command: "jq -c '.[]' FILE" }

const COMMAS: Format = {
  name: "JSON objects with commas between them",
  command: String.raw`sed -E 's/^\s*,|,\s*$//g' FILE`
}

const ofText = (text: string, isWhole: boolean): Format | undefined => {
  const lines = linesOf(text)
  const first = text.trimStart()
  if (/\r/.test(text.trim()) && !text.includes("\n") && !isJson(text)) {
    return { name: "text whose lines end in CR without LF", command: String.raw`tr '\r' '\n' < FILE` }
  }
  if (first.startsWith("\x1e")) return { name: "a JSON text sequence", command: String.raw`tr -d '\036' < FILE` }
  if (first.startsWith("<")) return { name: "HTML or XML, such as the error page of a download" }
  if (/^\[\s*([[{\]]|$)/.test(first) || (first.startsWith("[") && isJson(lines[0] ?? ""))) return ARRAY
  if (first.startsWith("{")) {
    if (isOfList(lines[0] ?? "") || (isList(lines) && isObject(lines[0] ?? ""))) return COMMAS
    if (/^\{.*\}\s*\{"/.test(lines[0] ?? "") && !isJson(lines[0] ?? "")) {
      return { name: "several JSON objects on a line", command: "jq -c . FILE" }
    }
    if (isDocument(Buffer.from(text), isWhole)) return { name: "JSON over several lines", command: "jq -c . FILE" }
    return isWhole && lines.length === 1 && isJson(text) ? { name: "a single JSON object" } : undefined
  }
  if (isJson(lines[0] ?? "")) return undefined
  if (lines.slice(0, 2).every((line) => isObject(line.replace(/^[^{]*/, "")))) {
    return { name: "lines with text before each JSON object", command: "sed 's/^[^{]*//' FILE" }
  }
  return { name: isTable(lines) ? "a table such as CSV, not JSON" : "text that is not JSON" }
}

const formatOf = (head: Buffer, isWhole: boolean): Format | undefined => {
  const signed = ofSignature(head)
  if (signed !== undefined) return signed
  const mark = MARKS.find(([bytes]) => hasStart(head, bytes))
  if (mark !== undefined) return inEncoding(mark[1])
  const wide = ofZeros(head)
  if (wide !== undefined) return wide
  const text = decoded(head)
  if (CONTROLS.test(text ?? head.toString("latin1"))) return { name: "binary data" }
  return text === undefined
    ? { name: "text in another encoding than UTF-8", command: "iconv -f ENCODING -t UTF-8 FILE" }
    : ofText(text, isWhole)
}

const UNPACKERS: Readonly<Record<Compression, string>> = { gzip: "zcat", zstd: "zstdcat" }

/** For a compressed file. tar unpacks it itself. */
const unpacking = (command: string, compression: Compression): string =>
  command.startsWith("tar ") ? command : `${UNPACKERS[compression]} FILE | ${command.replace(/ (< )?FILE$/, "")}`

/** A file's beginning. */
export interface Head {
  /** The first {@link HEAD_BYTES}, unpacked. */
  readonly bytes: Buffer
  /** Whether they are all of it. */
  readonly isWhole: boolean
  /** How the file itself is compressed. */
  readonly compression: Compression | undefined
}

/** Sentences on a file without events: what it is, what is expected, how to convert it. */
export const explain = ({ bytes, compression, isWhole }: Head): string => {
  const format = formatOf(bytes, isWhole)
  const found = format === undefined ? "" : `It is ${format.name}. `
  if (format?.command === undefined) return `${found}${EXPECTED}`
  const command = compression === undefined ? format.command : unpacking(format.command, compression)
  return `${found}${EXPECTED}. Convert it: ${command} | telemetra replay -`
}
