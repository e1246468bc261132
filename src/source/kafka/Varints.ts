/**
 * Kafka's integers of variable length: seven bits a byte, the lowest first, zigzag for the sign (VARINT and VARLONG of https://kafka.apache.org/protocol#protocol_types).
 * Behind the end of the bytes everything reads as 0: whoever reads has to look where `at` has got to.
 */
export class Varints {
  private readonly bytes: Uint8Array
  /** Where the next one begins. */
  at: number

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  int32(): number {
    let byte = this.bytes[this.at++] ?? 0
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80 && shift < 35; shift += 7) {
      byte = this.bytes[this.at++] ?? 0
      raw |= (byte & 0x7f) << shift
    }
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** A number where four bytes hold it, as they do nearly always. */
  int64(): number | bigint {
    const start = this.at
    let byte = this.bytes[this.at++] ?? 0
    let raw = byte & 0x7f
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift === 28) return this.wide(start)
      byte = this.bytes[this.at++] ?? 0
      raw |= (byte & 0x7f) << shift
    }
    return (raw >>> 1) ^ -(raw & 1)
  }

  private wide(start: number): bigint {
    this.at = start
    let byte: number
    let raw = 0n
    let shift = 0n
    do {
      byte = this.bytes[this.at++] ?? 0
      raw |= BigInt(byte & 0x7f) << shift
      shift += 7n
    } while (byte >= 0x80 && shift < 70n)
    return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))
  }
}
