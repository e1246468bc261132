/**
 * The kernel: a function from the bytes of records to the columns of their events, in WebAssembly.
 * assembly/ has its source. It decodes the usual form of JSON. Every other record is *unusual*: its
 * twin in TypeScript (decode/Decoder.ts) decodes or rejects it.
 *
 * A kernel keeps no state from part to part but the tables of the last mappings, so one serves all
 * tasks of a thread. Its memory has a fixed size. It reads no byte outside of it, whatever the
 * records hold.
 */
import { EMOTE, EVENT, WORD } from "../domain/EventColumns.ts"
import type { FieldMap } from "../domain/FieldMap.ts"
import { HASH_BASIS, HASH_FIRST, HASH_FOURTH, HASH_GROUP, HASH_SECOND, HASH_THIRD } from "../domain/Hash.ts"
import { invariant, outside, present } from "../domain/Invariant.ts"
import { MAX_EMOTES_PER_EVENT, MAX_NAME_CODE_POINTS, MAX_TEXT_BYTES, MAX_WORDS } from "../domain/Limits.ts"
import type { RecordColumns } from "../domain/Records.ts"
import { NOT_YET_SCORED, UNSCORED } from "../domain/Score.ts"
import type { InputKind } from "../domain/Task.ts"
import { ENTRY_BYTES, type FieldTable, fieldTableOf } from "./FieldTable.ts"
import { WASM } from "./Wasm.ts"

/** Words of 1 to 16 ASCII characters, letters in lower case, and what each counts. */
export type WordWeights = ReadonlyMap<string, 1 | -1>

/** Limits that make a record unusual, whatever its form is. */
export interface ScanLimits {
  /** The most bytes of a record. */
  readonly maxBytes: number
  /** An event may be later by this much than `clockMs`, and than the log's own time. */
  readonly maxSkewMs: number
  readonly clockMs: number
  /** Whether the log's own time of a record counts. */
  readonly isByRecord: boolean
}

/**
 * The events of a part of a batch: views of the kernel's memory, valid until its next scan. Rows
 * have the layout of EventColumns.ts; the row and the time of an event have its record's number,
 * counted from the start of the part.
 */
export interface ScannedPart {
  /** How many records it has. */
  readonly count: number
  readonly timesMs: Float64Array
  readonly events: Int32Array
  readonly emotes: Int32Array
  readonly words: Int32Array
  /** Numbers of the unusual records, ascending. Their rows and times mean nothing. */
  readonly unusual: Int32Array
  /** The texts that had escapes, without them. Their positions begin at the given one. */
  readonly texts: Uint8Array
  /** How many scores are {@link NOT_YET_SCORED}. */
  readonly left: number
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly seed: (basis: number, group: number, first: number, second: number, third: number, fourth: number) => void
  /** Adds the word at INPUT. */
  readonly learn: (length: number, weight: number) => void
  readonly scan: (
    isChat: boolean,
    node: number,
    nodeEnd: number,
    keepsEnvelope: boolean,
    isScored: boolean,
    count: number,
    origin: number,
    firstText: number,
    firstEmote: number,
    firstWord: number,
    maxBytes: number,
    maxSkewMs: number,
    clockMs: number
  ) => void
}

/** The types of the project leave it out, as they are those of Node without the DOM. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object) => {
    readonly exports: Exports & Readonly<Record<string, { readonly value: number }>>
  }
}

const wasm = new WebAssembly.Module(Buffer.from(WASM, "base64"))

/** A table of mapped fields takes at most so many bytes: the bounds of FieldMap.ts allow 6,500. */
const FIELD_TABLE_BYTES = 8192

export class Kernel {
  readonly #exports: Exports
  readonly #maxRecords: number
  readonly #maxInput: number
  readonly #isScored: boolean
  // Views of the memory.
  readonly #input: Uint8Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array
  readonly #logged: Float64Array
  readonly #timesMs: Float64Array
  readonly #events: Int32Array
  readonly #emotes: Int32Array
  readonly #words: Int32Array
  readonly #unusual: Int32Array
  readonly #texts: Uint8Array
  /** The tables of mapped fields that the memory holds, by their mapping. */
  readonly #tables = new Map<InputKind, { readonly map: FieldMap; readonly table: FieldTable }>()
  readonly #tableBytes: Uint8Array
  readonly #tableAddress: number
  /** Emotes, words, unusual records, scores that are left, bytes of texts. */
  readonly #counts: Int32Array
  /** The position of the part's first byte in its batch. */
  #origin = 0

  /** Scores are those of the baseline with these words; `undefined` = all scores are left. */
  constructor(words: WordWeights | undefined) {
    const { exports } = new WebAssembly.Instance(wasm)
    const number = (name: string): number => present(exports[name], `the kernel exports ${name}`).value
    const { buffer } = exports.memory
    const ints = (name: string, length: number): Int32Array => new Int32Array(buffer, number(name), length)
    const floats = (name: string, length: number): Float64Array => new Float64Array(buffer, number(name), length)
    invariant(number("MEMORY_END") <= buffer.byteLength, "the kernel's memory has room for all columns")
    for (const [name, value] of SHARED) invariant(number(name) === value, `the kernel's ${name} is the worker's`)
    const records = number("MAX_RECORDS")
    this.#exports = exports
    this.#maxRecords = records
    this.#maxInput = number("MAX_INPUT")
    this.#isScored = words !== undefined
    this.#input = new Uint8Array(buffer, number("INPUT"), this.#maxInput)
    this.#starts = ints("STARTS", records)
    this.#ends = ints("ENDS", records)
    this.#logged = floats("LOGGED", records)
    this.#timesMs = floats("TIMES", records)
    this.#events = ints("EVENTS", EVENT * records)
    this.#emotes = ints("EMOTES", (number("EMOTES_END") - number("EMOTES")) / 4)
    this.#words = ints("WORDS", WORD * MAX_WORDS * records)
    this.#unusual = ints("UNUSUAL", records)
    this.#texts = new Uint8Array(buffer, number("SIDE"), this.#maxInput)
    this.#counts = ints("EMOTE_COUNT", 5)
    this.#tableAddress = number("FIELD_TABLE")
    this.#tableBytes = new Uint8Array(buffer, this.#tableAddress, 2 * FIELD_TABLE_BYTES)
    exports.seed(HASH_BASIS, HASH_GROUP, HASH_FIRST, HASH_SECOND, HASH_THIRD, HASH_FOURTH)
    const places = (number("LEXICON_END") - number("LEXICON")) / number("LEXICON_PLACE")
    invariant((words?.size ?? 0) < places, "the kernel's table of words has free places")
    for (const [word, weight] of words ?? []) {
      // With the bit of lower case set, other characters beyond "?" would equal each other.
      invariant(/^[!-?a-z]{1,16}$/.test(word), "the kernel's words have 1 to 16 ASCII characters in lower case")
      this.#input.set(Buffer.from(word))
      exports.learn(word.length, weight)
    }
  }

  /**
   * Scans records from index `from` on: as many as fit, but at least one. `map` has their mapped
   * fields; `undefined` = the built-in names. O(bytes). Their emotes and words get the numbers from
   * `first.emote` and `first.word` on. Texts that had escapes get the positions from `first.text`
   * on.
   */
  scan(
    kind: InputKind,
    map: FieldMap | undefined,
    records: RecordColumns,
    from: number,
    limits: ScanLimits,
    first: { readonly text: number; readonly emote: number; readonly word: number }
  ): ScannedPart {
    const count = this.#load(records, from)
    if (limits.isByRecord) this.#logged.set(records.timestampsMs.subarray(from, from + count))
    else this.#logged.fill(-1, 0, count)
    const { clockMs, maxBytes, maxSkewMs } = limits
    const table = map === undefined ? undefined : this.#tableOf(kind, map)
    this.#exports.scan(
      kind === "chat",
      table?.node ?? 0,
      table?.nodeEnd ?? 0,
      table?.keepsEnvelope ?? false,
      this.#isScored,
      count,
      this.#origin,
      first.text,
      first.emote,
      first.word,
      maxBytes,
      maxSkewMs,
      clockMs
    )
    return {
      count,
      timesMs: this.#timesMs.subarray(0, count),
      events: this.#events.subarray(0, EVENT * count),
      emotes: this.#emotes.subarray(0, EMOTE * this.#countAt(0)),
      words: this.#words.subarray(0, WORD * this.#countAt(1)),
      unusual: this.#unusual.subarray(0, this.#countAt(2)),
      left: this.#countAt(3),
      texts: this.#texts.subarray(0, this.#countAt(4))
    }
  }

  /** The table of a mapping. It stays in the memory until a batch has another mapping. */
  #tableOf(kind: InputKind, map: FieldMap): FieldTable {
    const found = this.#tables.get(kind)
    if (found?.map === map) return found.table
    const place = kind === "chat" ? 0 : FIELD_TABLE_BYTES
    const table = fieldTableOf(kind, map, this.#tableAddress + place, FIELD_TABLE_BYTES)
    this.#tableBytes.set(table.bytes, place)
    this.#tables.set(kind, { map, table })
    return table
  }

  #countAt(index: number): number {
    return this.#counts[index] ?? outside()
  }

  /** Copies the records from index `from` on to the memory: as many as fit. Returns how many. */
  #load({ bytes, ends, starts }: RecordColumns, from: number): number {
    const limit = Math.min(starts.length, from + this.#maxRecords)
    // The bytes that the records span, gaps between them included.
    let first = bytes.length
    let last = 0
    let until = from
    for (; until < limit; until++) {
      const start = starts[until] ?? outside()
      const end = ends[until] ?? outside()
      if (end < 0) continue
      invariant(start >= 0 && end <= bytes.length, "a record lies in its batch")
      if (Math.max(last, end) - Math.min(first, start) > this.#maxInput) break
      first = Math.min(first, start)
      last = Math.max(last, end)
    }
    // A first record that exceeds the memory alone gets the end -1, which makes it unusual.
    const isTooLarge = until === from && from < limit
    const count = isTooLarge ? 1 : until - from
    this.#starts.set(starts.subarray(from, from + count))
    this.#ends.set(ends.subarray(from, from + count))
    if (isTooLarge) this.#ends[0] = -1
    else if (last > first) this.#input.set(bytes.subarray(first, last))
    this.#origin = first
    return count
  }
}

/** Constants that the source repeats. */
const SHARED: ReadonlyArray<readonly [string, number]> = [
  ["EVENT", 4 * EVENT],
  ["EMOTE", 4 * EMOTE],
  ["WORD", 4 * WORD],
  ["FIELD_ENTRY", ENTRY_BYTES],
  ["FIELD_TABLE_BYTES", FIELD_TABLE_BYTES],
  ["MAX_WORDS", MAX_WORDS],
  ["MAX_TEXT_BYTES", MAX_TEXT_BYTES],
  ["MAX_NAME", MAX_NAME_CODE_POINTS],
  ["MAX_EMOTES", MAX_EMOTES_PER_EVENT],
  ["UNSCORED", UNSCORED],
  ["NOT_YET_SCORED", NOT_YET_SCORED]
]
