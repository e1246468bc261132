/** Splits records into requests whose batches a broker accepts. */

/** Bytes of one batch, uncompressed. Brokers accept 1 MiB by default. */
export const BATCH_BYTES = 512 * 1024

/** An upper bound of a record's bytes besides key, value and headers. */
export const RECORD_OVERHEAD_BYTES = 32

/**
 * Splits items into requests, in order. The items of one batch, which share a key, take at most
 * `limit` bytes in a request; a larger item is alone.
 */
export const splitRequests = <A>(
  items: ReadonlyArray<A>,
  keyOf: (item: A) => string,
  bytesOf: (item: A) => number,
  limit = BATCH_BYTES
): ReadonlyArray<ReadonlyArray<A>> => {
  const split: Array<Array<A>> = []
  let bytes = new Map<string, number>()
  for (const item of items) {
    const key = keyOf(item)
    const size = bytesOf(item)
    const before = bytes.get(key) ?? 0
    const last = split.at(-1)
    if (last === undefined || (before > 0 && before + size > limit)) {
      split.push([item])
      bytes = new Map([[key, size]])
    } else {
      last.push(item)
      bytes.set(key, before + size)
    }
  }
  return split
}
