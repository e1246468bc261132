/** What `Broker.fetch` of kafkajs answers (typed `any` there), and which of its records a reader of committed records may see. */
import type { LogRecord } from "../../domain/Batch.ts"

/** A decoded record of the log, control records included. */
export interface FetchedMessage {
  readonly offset: string
  /** Milliseconds since the epoch; "-1" = none. */
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord?: boolean
  /** Absent for the formats from before Kafka 0.11. */
  readonly batchContext?: {
    readonly firstOffset: string
    readonly lastOffsetDelta: number
    readonly producerId: string
    readonly inTransaction: boolean
  }
}

export interface FetchedPartition {
  readonly partition: number
  /** Transactions aborted in the range of `messages`, in no particular order. */
  readonly abortedTransactions: ReadonlyArray<{ readonly producerId: string; readonly firstOffset: string }>
  /** Whole batches: the first records may lie below the offset asked for. */
  readonly messages: ReadonlyArray<FetchedMessage>
}

export interface FetchResponse {
  readonly responses: ReadonlyArray<{
    readonly topicName: string
    readonly partitions: ReadonlyArray<FetchedPartition>
  }>
}

/** Committed records from the offset asked for on, and the offset at which the next fetch goes on. */
export interface Committed {
  readonly records: ReadonlyArray<LogRecord>
  /** Above control records, aborted records, and what compaction took from the end of the last batch. */
  readonly nextOffset: bigint
}

/** Version 0, type 0: the key of the control record that ends an aborted transaction. */
const isAbortMarker = (message: FetchedMessage): boolean => message.key?.readInt16BE(2) === 0

/**
 * Picks what is committed, as Kafka's own consumer does. kafkajs's filter is not used: it expects the aborted transactions in the order of their first
 * offsets and takes one per record, so that records of aborted transactions slip through where several producers' transactions interleave.
 */
export const committed = (fetched: FetchedPartition, fetchOffset: bigint): Committed => {
  const { messages } = fetched
  const last = messages.at(-1)
  if (last === undefined) return { records: [], nextOffset: fetchOffset }

  const aborted = fetched.abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: BigInt(firstOffset) }))
    .sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : a.firstOffset > b.firstOffset ? 1 : 0))
  let nextAborted = 0
  const aborting = new Set<string>()

  const records: Array<LogRecord> = []
  for (const message of messages) {
    const offset = BigInt(message.offset)
    for (
      let next = aborted[nextAborted];
      next !== undefined && next.firstOffset <= offset;
      next = aborted[nextAborted]
    ) {
      aborting.add(next.producerId)
      nextAborted++
    }
    const context = message.batchContext
    if (message.isControlRecord === true) {
      if (context !== undefined && isAbortMarker(message)) aborting.delete(context.producerId)
      continue
    }
    if (offset < fetchOffset) continue
    if (context?.inTransaction === true && aborting.has(context.producerId)) continue
    records.push({ offset, timestampMs: Number(message.timestamp), value: message.value })
  }

  const end =
    last.batchContext === undefined
      ? BigInt(last.offset) + 1n
      : BigInt(last.batchContext.firstOffset) + BigInt(last.batchContext.lastOffsetDelta) + 1n
  return { records, nextOffset: end > fetchOffset ? end : fetchOffset }
}
