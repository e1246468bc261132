/**
 * Cuts JSON documents into values without parsing them: the elements of a root array, or the
 * members of root objects. It follows only brackets, strings and escapes, so memory is bounded by
 * one value, whatever the size and the depth of the document. The values themselves are parsed by
 * the caller. Documents may follow each other, as in pretty-printed JSON lines. docs/adr/0015 has
 * the reasons for a cutter instead of a library.
 *
 *     [{...}, {...}]                            two values
 *     {"streamer": {...}, "comments": [{...}]}  the streamer, then each comment, if that is entered
 */
import { outside } from "../../domain/Invariant.ts"
import { type Cutter, MAX_PIECE_BYTES, type Piece } from "./Format.ts"

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const LINE_FEED = 0x0a
const OPEN_ARRAY = 0x5b
const OPEN_OBJECT = 0x7b
const CLOSE_ARRAY = 0x5d
const CLOSE_OBJECT = 0x7d

const EMPTY = new Uint8Array(0)

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === LINE_FEED || byte === 0x0d

/** A byte order mark, which may precede a document. */
const isMark = (byte: number): boolean => byte === 0xef || byte === 0xbb || byte === 0xbf

/** The names of members that matter are shorter. */
const MAX_NAME_BYTES = 64

export interface Members {
  /** Arrays whose elements are values of their own. */
  readonly entered: ReadonlySet<string>
  /** Members that are values. All others are skipped and not kept in memory. */
  readonly kept: ReadonlySet<string>
}

/** The container whose elements or members are cut: none between documents. */
type Level = "root" | "array" | "object" | "entered"

export class JsonCutter implements Cutter {
  readonly #members: Members | undefined
  readonly #maxBytes: number
  #chunk: Uint8Array = EMPTY
  #position = 0
  #level: Level = "root"
  /** The current state: between values, in a member's name, or in a value. */
  #reading: "between" | "name" | "value" = "between"
  #inString = false
  #isEscaped = false
  /** Brackets that are open inside the value. */
  #depth = 0
  /** The member whose value is next; `undefined` before its name. */
  #name: string | undefined
  /** The first byte in the chunk of what is being read. */
  #from = 0
  #pieces: Array<Uint8Array> = []
  #kept = 0
  #isLong = false

  /** Without `members`, root objects are values themselves. */
  constructor(members?: Members, maxBytes = MAX_PIECE_BYTES) {
    this.#members = members
    this.#maxBytes = maxBytes
  }

  push(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#position = 0
    this.#from = 0
  }

  next(): Piece | undefined {
    while (this.#position < this.#chunk.length) {
      const byte = this.#chunk[this.#position] ?? outside()
      const piece = this.#inString
        ? this.#string(byte)
        : this.#reading === "value"
          ? this.#inside(byte)
          : this.#between(byte)
      if (piece !== undefined) return piece
    }
    this.#keep(this.#position)
    this.#chunk = EMPTY
    this.#position = 0
    this.#from = 0
    return undefined
  }

  last(): Piece | undefined {
    const isOpen = this.#level !== "root" || this.#depth > 0 || this.#inString
    if (this.#reading === "value" && this.#isWanted) return { ...this.#take(), ...(isOpen ? { fault: "cut" } : {}) }
    return isOpen ? { bytes: EMPTY, name: "", fault: "cut" } : undefined
  }

  /** A line feed, which no JSON string holds, ends a damaged one: only its value is lost. */
  #string(byte: number): undefined {
    this.#position++
    if (this.#isEscaped) {
      this.#isEscaped = false
      return
    }
    if (byte === BACKSLASH) this.#isEscaped = true
    if (byte !== QUOTE && byte !== LINE_FEED) return
    this.#inString = false
    if (this.#reading !== "name") return
    this.#keep(this.#position - 1)
    this.#name = Buffer.concat(this.#pieces).toString("utf8")
    this.#clear()
  }

  /** Separators, names, and the beginnings and ends of containers. */
  #between(byte: number): Piece | undefined {
    if (isBlank(byte) || byte === COMMA || byte === COLON || (this.#level === "root" && isMark(byte))) {
      this.#position++
    } else if (byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) {
      this.#position++
      this.#level = this.#level === "entered" ? "object" : "root"
      this.#name = undefined
    } else if (byte === QUOTE && this.#level === "object" && this.#name === undefined) {
      this.#from = ++this.#position
      this.#inString = true
      this.#reading = "name"
    } else if (this.#isEntered(byte)) {
      this.#position++
      this.#level = this.#level === "object" ? "entered" : byte === OPEN_OBJECT ? "object" : "array"
    } else {
      this.#reading = "value"
      this.#from = this.#position
      return this.#inside(byte)
    }
    return undefined
  }

  #isEntered(byte: number): boolean {
    if (this.#level === "root") return byte === OPEN_ARRAY || (byte === OPEN_OBJECT && this.#members !== undefined)
    return this.#level === "object" && byte === OPEN_ARRAY && this.#members?.entered.has(this.#name ?? "") === true
  }

  /** A byte of a value. Returns the value if it ends before this byte or with it. */
  #inside(byte: number): Piece | undefined {
    if (byte === QUOTE) this.#inString = true
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) this.#depth++
    else if (this.#depth === 0) {
      // A text, a number or a word ends before what follows it.
      if (byte === COMMA || byte === CLOSE_ARRAY || byte === CLOSE_OBJECT || isBlank(byte)) return this.#end()
    } else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && --this.#depth === 0) {
      this.#position++
      return this.#end()
    }
    this.#position++
    return undefined
  }

  /** `undefined` for the value of a member that is not wanted. */
  #end(): Piece | undefined {
    this.#keep(this.#position)
    const isWanted = this.#isWanted
    const piece = this.#take()
    if (this.#level === "object") this.#name = undefined
    return isWanted ? piece : undefined
  }

  get #isWanted(): boolean {
    return this.#level !== "object" || this.#members?.kept.has(this.#name ?? "") === true
  }

  #keep(to: number): void {
    if (this.#reading === "between" || (this.#reading === "value" && !this.#isWanted)) return
    const piece = this.#chunk.subarray(this.#from, to)
    const room = (this.#reading === "name" ? MAX_NAME_BYTES : this.#maxBytes) - this.#kept
    if (piece.length > room) this.#isLong = true
    const kept = piece.subarray(0, room)
    if (kept.length === 0) return
    this.#pieces.push(kept)
    this.#kept += kept.length
  }

  #take(): Piece {
    const [first = EMPTY] = this.#pieces
    const bytes = this.#pieces.length <= 1 ? first : Buffer.concat(this.#pieces)
    const piece: Piece = { bytes, name: this.#name ?? "", fault: this.#isLong ? "long" : undefined }
    this.#clear()
    this.#depth = 0
    this.#inString = false
    this.#isEscaped = false
    return piece
  }

  #clear(): void {
    this.#reading = "between"
    this.#pieces = []
    this.#kept = 0
    this.#isLong = false
  }
}
