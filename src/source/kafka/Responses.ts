/**
 * Receives the responses of one plain connection. By default Node allocates 64 KiB for each read,
 * and kafkajs keeps these pieces until it copies them into one buffer. That makes a quarter of the
 * worker's garbage. Here a large response arrives in memory that later responses use again.
 *
 * It leaves as two pieces, its size and its body, and kafkajs must copy two pieces into one. A
 * small response leaves as one piece with memory of its own.
 *
 * Source: every response of Kafka begins with its size as INT32
 * (https://kafka.apache.org/protocol#protocol_common).
 */

const SIZE_BYTES = 4

/** Bodies up to this size leave in one piece. */
const SMALL_BYTES = 16 * 1024

/**
 * Memory for a body before its bytes arrive, and memory that is kept, at most. A size is not
 * trusted, because another server may send text.
 */
const ROOM_BYTES = 8 * 1024 * 1024

/** Memory that no connection uses at the moment. */
let free: Buffer | undefined

const takeRoom = (bytes: number): Buffer => {
  const room = free
  if (room === undefined || room.length < bytes || bytes <= SMALL_BYTES) return Buffer.allocUnsafeSlow(bytes)
  free = undefined
  return room
}

const returnRoom = (room: Buffer): void => {
  if (room.length <= ROOM_BYTES && room.length >= (free?.length ?? 0)) free = room
}

export class Responses {
  readonly #emit: (piece: Buffer) => void
  #size = Buffer.alloc(SIZE_BYTES)
  /** Bytes of the body, once its size is known. */
  #bodyBytes: number | undefined
  #room: Buffer = this.#size
  /** Bytes of the room that have arrived. */
  #filled = 0

  /** `emit` must not use a piece after it returns, except the pieces of small responses. */
  constructor(emit: (piece: Buffer) => void) {
    this.#emit = emit
  }

  /** Where the next bytes go; never empty. */
  get target(): Buffer {
    const end = this.#bodyBytes === undefined ? SIZE_BYTES : Math.min(this.#room.length, this.#bodyBytes)
    return this.#room.subarray(this.#filled, end)
  }

  /** Notes that `bytes` bytes have arrived in {@link target}. */
  arrived(bytes: number): void {
    this.#filled += bytes
    if (this.#bodyBytes === undefined) {
      if (this.#filled === SIZE_BYTES) this.#begin(Math.max(0, this.#size.readInt32BE()))
    } else if (this.#filled === this.#bodyBytes) {
      this.#finish(this.#bodyBytes)
    } else if (this.#filled === this.#room.length) {
      this.#grow(this.#bodyBytes)
    }
  }

  #begin(bodyBytes: number): void {
    this.#bodyBytes = bodyBytes
    this.#filled = 0
    this.#room = takeRoom(Math.min(bodyBytes, ROOM_BYTES))
    if (bodyBytes === 0) this.#finish(0)
  }

  #grow(bodyBytes: number): void {
    const room = Buffer.allocUnsafeSlow(Math.min(bodyBytes, 2 * this.#room.length))
    room.set(this.#room)
    this.#room = room
  }

  #finish(bodyBytes: number): void {
    const size = this.#size
    const body = this.#room.subarray(0, bodyBytes)
    const room = this.#room
    this.#size = Buffer.alloc(SIZE_BYTES)
    this.#room = this.#size
    this.#bodyBytes = undefined
    this.#filled = 0
    if (bodyBytes <= SMALL_BYTES) {
      this.#emit(Buffer.concat([size, body]))
    } else {
      this.#emit(size)
      this.#emit(body)
    }
    returnRoom(room)
  }
}
