/**
 * The one hash of texts, 32 bits. It differs from thread to thread, so that texts cannot be crafted
 * to collide. So no hash may leave its thread, and no result depends on it. Tables choose a place
 * by its upper bits.
 *
 * A text is hashed from its end. Its last eight bytes are two little-endian numbers: `last` of the
 * bytes [end - 4, end) and `before` of [end - 8, end - 4). Then come the groups of four bytes
 * before them, from back to front. Bytes before the text's start count as 0:
 *
 *     "chatter12"   last "er12"   before "hatt"   one group "\0\0\0c"
 */
import { outside } from "./Invariant.ts"

const random = crypto.getRandomValues(new Int32Array(6))

/** A random multiplier: odd, 5 modulo 8, and never small. */
const multiplier = (index: number): number => ((random[index] ?? outside()) & 0x0ffffff8) | 0x50000005

export const HASH_BASIS = random[0] ?? outside()
export const HASH_GROUP = multiplier(1)
export const HASH_FIRST = multiplier(2)
export const HASH_SECOND = multiplier(3)
export const HASH_THIRD = multiplier(4)
export const HASH_FOURTH = multiplier(5)

/** The hash of a text's last eight bytes. A processor computes the products in parallel. */
export const hashOfTail = (last: number, before: number): number =>
  (Math.imul((last & 0xffff) ^ HASH_BASIS, HASH_FIRST) +
    Math.imul(last >>> 16, HASH_SECOND) +
    Math.imul(before & 0xffff, HASH_THIRD) +
    Math.imul(before >>> 16, HASH_FOURTH)) |
  0

/**
 * Adds four bytes to a hash, two at a time as in FNV-1a. With four at a time, the next bytes could
 * undo a difference in the highest bits, whatever the multiplier is.
 */
export const mixed = (hash: number, group: number): number =>
  Math.imul(Math.imul(hash ^ (group & 0xffff), HASH_GROUP) ^ (group >>> 16), HASH_GROUP)

/** The four bytes before `end` as a little-endian number; those before `start` count as 0. */
export const groupBefore = (bytes: Uint8Array, start: number, end: number): number => {
  let group = 0
  for (let at = Math.max(start, end - 4); at < end; at++) group = (group >>> 8) | ((bytes[at] ?? outside()) << 24)
  return group
}

/** Adds the bytes in [start, end) to a hash, four at a time from back to front. */
export const hashOfFront = (hash: number, bytes: Uint8Array, start: number, end: number): number => {
  let mixedHash = hash
  for (let at = end; at > start; at -= 4) mixedHash = mixed(mixedHash, groupBefore(bytes, start, at))
  return mixedHash
}

/** The hash of the bytes in [start, end). */
export const hashOf = (bytes: Uint8Array, start: number, end: number): number => {
  const tail = hashOfTail(groupBefore(bytes, start, end), groupBefore(bytes, start, end - 4))
  return hashOfFront(tail, bytes, start, end - 8)
}
