/**
 * Kafka's integers of variable length: seven bits per byte, the lowest first, zigzag for the sign.
 * Bytes after the end read as 0: callers check `at` after they have read.
 *
 * Source: VARINT and VARLONG of https://kafka.apache.org/protocol#protocol_types.
 */
export class Varints {
  readonly #bytes: Uint8Array
  /** The index of the next integer. */
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  int32(): number {
    let byte = this.#bytes[this.at++] ?? 0
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = this.#bytes[this.at++] ?? 0
      raw |= (byte & 0x7f) << shift
    }
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** A number if four bytes hold it, which is nearly always the case. */
  int64(): number | bigint {
    const start = this.at
    let byte = this.#bytes[this.at++] ?? 0
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift === 28) return this.#wide(start)
      byte = this.#bytes[this.at++] ?? 0
      raw |= (byte & 0x7f) << shift
    }
    return (raw >>> 1) ^ -(raw & 1)
  }

  #wide(start: number): bigint {
    this.at = start
    let byte: number
    let raw = 0n
    let shift = 0n
    do {
      byte = this.#bytes[this.at++] ?? 0
      raw |= BigInt(byte & 0x7f) << shift
      shift += 7n
    } while (byte >= 0x80 && shift < 70n)
    return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))
  }
}
