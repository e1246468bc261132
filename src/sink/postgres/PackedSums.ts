/**
 * Column `slide_sums`: the numbers of SLIDE_SUMS in that order, each as a zigzag varint with seven
 * bits per byte, the lowest first (LEB128). Each number is a safe integer and has one encoding, so
 * equal sums are equal bytes.
 */
import { outside } from "../../domain/Invariant.ts"
import { SLIDE_SUMS } from "../../domain/Slide.ts"

/** The longest number: 6 + 7 * 7 = 55 bits hold the sign and 53 bits. */
const NUMBER_BYTES = 8

/** Bytes of a value (closed bounds). */
export const PACKED_BYTES = { least: SLIDE_SUMS.length, most: SLIDE_SUMS.length * NUMBER_BYTES } as const

const scratch = new Uint8Array(PACKED_BYTES.most)

/**
 * Returns `null` if a sum is not a safe integer: the row then has no slide. Throws a RangeError for
 * another number of sums.
 */
export const encode = (sums: ReadonlyArray<number>): Uint8Array | null => {
  if (sums.length !== SLIDE_SUMS.length)
    throw new RangeError(`a slide has ${SLIDE_SUMS.length} sums, not ${sums.length}`)
  let at = 0
  for (const sum of sums) {
    if (!Number.isSafeInteger(sum)) return null
    const isNegative = sum < 0
    // Zigzag without its product of 54 bits, which exceeds a double.
    const size = isNegative ? -(sum + 1) : sum
    let byte = (size % 64) * 2 + (isNegative ? 1 : 0)
    let rest = Math.floor(size / 64)
    while (rest > 0) {
      scratch[at++] = byte | 0x80
      byte = rest % 128
      rest = Math.floor(rest / 128)
    }
    scratch[at++] = byte
  }
  return scratch.slice(0, at)
}

/**
 * Returns `undefined` for bytes that {@link encode} never returns: a wrong number of sums, a sum
 * that is no safe integer, or a padded one.
 */
export const decode = (bytes: Uint8Array): ReadonlyArray<number> | undefined => {
  const sums: Array<number> = []
  for (let at = 0; at < bytes.length;) {
    const start = at
    let byte = bytes[at++] ?? outside()
    const isNegative = (byte & 1) === 1
    let size = (byte & 0x7f) >> 1
    for (let scale = 64; byte >= 0x80; scale *= 128) {
      if (at === bytes.length || at - start === NUMBER_BYTES) return undefined
      byte = bytes[at++] ?? outside()
      size += (byte & 0x7f) * scale
    }
    const sum = isNegative ? -size - 1 : size
    const isPadded = byte === 0 && at - start > 1
    if (isPadded || !Number.isSafeInteger(sum) || sums.length === SLIDE_SUMS.length) return undefined
    sums.push(sum)
  }
  return sums.length === SLIDE_SUMS.length ? sums : undefined
}
