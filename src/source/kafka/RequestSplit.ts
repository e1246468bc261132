/** Cutting records into requests whose batches a broker takes. */

/** Bytes of one batch, uncompressed: brokers take 1 MiB by default. */
export const BATCH_BYTES = 512 * 1024

/** What a record takes beside key, value and headers, at most about so much. */
export const RECORD_OVERHEAD_BYTES = 32

/** In order; the items of one batch (those with the same key) stay below `limit` bytes together, unless there is one alone. */
export const splitRequests = <A>(
  items: ReadonlyArray<A>,
  batchOf: (item: A) => string,
  bytesOf: (item: A) => number,
  limit = BATCH_BYTES
): ReadonlyArray<ReadonlyArray<A>> => {
  const split: Array<Array<A>> = []
  let bytes = new Map<string, number>()
  for (const item of items) {
    const batch = batchOf(item)
    const size = bytesOf(item)
    const before = bytes.get(batch) ?? 0
    const last = split.at(-1)
    if (last === undefined || (before > 0 && before + size > limit)) {
      split.push([item])
      bytes = new Map([[batch, size]])
    } else {
      last.push(item)
      bytes.set(batch, before + size)
    }
  }
  return split
}
