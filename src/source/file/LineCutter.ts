/**
 * Cuts bytes into lines, however the bytes are chunked. A line ends at `\n`; a `\r` before it is
 * removed; the last line needs no end. Bytes are never decoded, so invalid UTF-8 stays unchanged.
 * At most one chunk and one cut line are in memory.
 */

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

const EMPTY = new Uint8Array(0)

export class LineCutter {
  readonly #maxBytes: number
  #chunk: Uint8Array = EMPTY
  #position = 0
  /** The beginning of a line whose end has not arrived: pieces of at most `maxBytes` in all. */
  #pieces: Array<Uint8Array> = []
  #kept = 0
  /** Whether a line has begun, and whether its end was cut off. */
  #begun = false
  #cut = false

  /** Lines longer than `maxBytes` (at least 1) are cut there. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * Appends the next bytes, after {@link LineCutter.next} has returned `undefined`. The chunk must
   * not change afterwards.
   */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#position = 0
  }

  /** The next whole line without its end, perhaps empty; `undefined` = more bytes are needed. */
  next(): Uint8Array | undefined {
    if (this.#position >= this.#chunk.length) return undefined
    const end = this.#chunk.indexOf(LINE_FEED, this.#position)
    if (end === -1) {
      this.#keep(this.#chunk.subarray(this.#position))
      this.#chunk = EMPTY
      return undefined
    }
    this.#keep(this.#chunk.subarray(this.#position, end))
    this.#position = end + 1
    return this.#take()
  }

  /**
   * The last line, after all bytes were pushed and taken; `undefined` if the last byte ended a
   * line, or there was none.
   */
  last(): Uint8Array | undefined {
    return this.#begun ? this.#take() : undefined
  }

  #keep(piece: Uint8Array): void {
    this.#begun = true
    const room = this.#maxBytes - this.#kept
    if (piece.length > room) this.#cut = true
    const kept = piece.subarray(0, room)
    if (kept.length === 0) return
    this.#pieces.push(kept)
    this.#kept += kept.length
  }

  #take(): Uint8Array {
    const [first = EMPTY] = this.#pieces
    // Usually one piece: a view, no copy.
    const line = this.#pieces.length <= 1 ? first : joined(this.#pieces, this.#kept)
    const ending = !this.#cut && line[line.length - 1] === CARRIAGE_RETURN
    this.#pieces = []
    this.#kept = 0
    this.#begun = false
    this.#cut = false
    return ending ? line.subarray(0, -1) : line
  }
}

const joined = (pieces: ReadonlyArray<Uint8Array>, length: number): Uint8Array => {
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
