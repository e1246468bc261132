/**
 * Decodes a broker's fetch response. Record batches stay bytes.
 *
 * Source: Kafka's protocol guide, "Fetch API (Key: 1)"
 * (https://kafka.apache.org/protocol#The_Messages_Fetch), versions 4 to 11, which kafkajs requests
 * from brokers since 0.11. Fields that kafkajs reads itself have its names.
 */

export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

export interface FetchedPartition {
  readonly topic: string
  readonly partition: number
  /** Kafka's error code; 0 = none. */
  readonly errorCode: number
  /** The offset after the last record, including those of open transactions. */
  readonly highWatermark: bigint
  /**
   * The offset of the first record of the first open transaction; the high watermark if none is
   * open.
   */
  readonly lastStableOffset: bigint
  /** Transactions aborted in the range of `batches`, in no particular order. */
  readonly abortedTransactions: ReadonlyArray<AbortedTransaction>
  /** Record batches. The last may be cut off; the first may begin below the requested offset. */
  readonly batches: Buffer
}

export interface FetchResponse {
  /** How long the client should pause, if the broker leaves throttling to its clients (KIP-219). */
  readonly clientSideThrottleTime: number
  /** In the order of the request: a topic appears as often as the request named it. */
  readonly responses: ReadonlyArray<{
    readonly topicName: string
    readonly partitions: ReadonlyArray<FetchedPartition>
  }>
}

/** Whether this decoder reads the version. */
export const isReadable = (version: number): boolean => version >= 4 && version <= 11

/** Decodes a response of a version that {@link isReadable}. */
export const decodeFetchResponse = (version: number, payload: Buffer): FetchResponse => {
  let at = 0
  const int16 = (): number => payload.readInt16BE((at += 2) - 2)
  const int32 = (): number => payload.readInt32BE((at += 4) - 4)
  const int64 = (): bigint => payload.readBigInt64BE((at += 8) - 8)
  const bytes = (length: number): Buffer => {
    const start = at
    at += Math.max(0, length) // -1 = null
    if (at > payload.length) throw new RangeError(`truncated fetch response of ${payload.length} bytes`)
    return payload.subarray(start, at)
  }
  /**
   * Entries have at least one byte, so a count beyond the remaining bytes is refused before
   * anything is allocated.
   */
  const array = <A>(read: () => A): ReadonlyArray<A> => {
    const count = Math.max(0, int32())
    if (count > payload.length - at) throw new RangeError(`truncated fetch response of ${payload.length} bytes`)
    return Array.from({ length: count }, read)
  }

  const abortedTransaction = (): AbortedTransaction => ({ producerId: int64(), firstOffset: int64() })

  const fetchedPartition = (topic: string): FetchedPartition => {
    const partition = int32()
    const errorCode = int16()
    const highWatermark = int64()
    const lastStableOffset = int64()
    if (version >= 5) at += 8 // log start offset
    const abortedTransactions = array(abortedTransaction)
    if (version >= 11) at += 4 // preferred read replica; none without a rack
    return {
      topic,
      partition,
      errorCode,
      highWatermark,
      lastStableOffset,
      abortedTransactions,
      batches: bytes(int32())
    }
  }

  const fetchedTopic = (): FetchResponse["responses"][number] => {
    const topicName = bytes(int16()).toString()
    return { topicName, partitions: array(() => fetchedPartition(topicName)) }
  }

  const throttleTimeMs = int32()
  if (version >= 7) at += 2 + 4 // error code and id of a fetch session; none is used
  return { clientSideThrottleTime: version >= 8 ? throttleTimeMs : 0, responses: array(fetchedTopic) }
}
