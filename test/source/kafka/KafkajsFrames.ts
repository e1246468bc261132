/**
 * Fetch responses as bytes, written and read by kafkajs's own encoders and decoders: what ours is
 * compared with.
 */
import { createRequire } from "node:module"
import { registerCodecs } from "../../../src/source/kafka/Codecs.ts"
import type { AbortedTransaction } from "../../../src/source/kafka/FetchResponse.ts"

registerCodecs()

interface Encoder {
  readonly buffer: Buffer
  readonly writeInt16: (value: number) => Encoder
  readonly writeInt32: (value: number) => Encoder
  readonly writeInt64: (value: number | bigint) => Encoder
  readonly writeString: (value: string) => Encoder
  readonly writeBytes: (value: Buffer) => Encoder
  readonly writeEncoder: (value: Encoder) => Encoder
}

/** The parts of kafkajs that it doesn't export. */
const internal = createRequire(import.meta.resolve("kafkajs"))
const EncoderClass: new () => Encoder = internal("./src/protocol/encoder")
const encodeRecord: (record: object) => Encoder = internal("./src/protocol/recordBatch/record/v0")
const recordBatch: { readonly RecordBatch: (batch: object) => Promise<Encoder> } = internal(
  "./src/protocol/recordBatch/v0"
)
const crc32C: (bytes: Buffer) => number = internal("./src/protocol/recordBatch/crc32C")
const messageV1: (message: object) => Encoder = internal("./src/protocol/message/v1")

/** A record of kafkajs's as its decoder gives it. */
export interface KafkajsRecord {
  readonly offset: string
  /** Milliseconds since the epoch; "-1" = none. */
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord: boolean
  readonly batchContext: {
    readonly firstOffset: string
    readonly lastOffsetDelta: number
    readonly producerId: string
    readonly inTransaction: boolean
  }
}

export interface KafkajsPartition {
  readonly partition: number
  readonly errorCode: number
  readonly highWatermark: string
  readonly lastStableOffset: string
  readonly abortedTransactions: ReadonlyArray<{ readonly producerId: string; readonly firstOffset: string }>
  readonly messages: ReadonlyArray<KafkajsRecord>
}

export interface KafkajsResponse {
  readonly clientSideThrottleTime?: number
  readonly responses: ReadonlyArray<{
    readonly topicName: string
    readonly partitions: ReadonlyArray<KafkajsPartition>
  }>
}

export interface RecordSpec {
  readonly offsetDelta: number
  readonly timestampDelta?: number | bigint
  readonly key?: Buffer | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface BatchSpec {
  readonly baseOffset: bigint
  readonly records: ReadonlyArray<RecordSpec>
  /**
   * The offset delta of the last record that the producer wrote, even if compaction removed it.
   * Default: that of the last record here.
   */
  readonly lastOffsetDelta?: number
  readonly baseTimestamp?: bigint
  readonly maxTimestamp?: bigint
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec?: number
  readonly producerId?: bigint
  readonly transactional?: boolean
  readonly control?: boolean
  readonly logAppendTime?: boolean
}

const CRC = 17
const ATTRIBUTES = 21

/** Changes the bytes behind the checksum and makes it fit again. */
export const patched = (batch: Buffer, change: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(batch)
  change(bytes)
  bytes.writeUInt32BE(crc32C(bytes.subarray(ATTRIBUTES)), CRC)
  return bytes
}

export const encodeBatch = async (spec: BatchSpec): Promise<Buffer> => {
  const { records, baseTimestamp = 1_700_000_000_000n } = spec
  const { buffer } = await recordBatch.RecordBatch({
    compression: spec.codec ?? 0,
    firstOffset: spec.baseOffset,
    firstTimestamp: baseTimestamp,
    maxTimestamp: spec.maxTimestamp ?? baseTimestamp,
    lastOffsetDelta: spec.lastOffsetDelta ?? records.at(-1)?.offsetDelta ?? 0,
    transactional: spec.transactional ?? false,
    producerId: spec.producerId ?? -1n,
    records: records.map(({ key = null, timestampDelta = 0, ...record }) =>
      encodeRecord({ ...record, key, timestampDelta })
    )
  })
  // Two bits that kafkajs never writes.
  const bits = (spec.logAppendTime === true ? 1 << 3 : 0) | (spec.control === true ? 1 << 5 : 0)
  return patched(buffer, (bytes) => bytes.writeInt16BE(bytes.readInt16BE(ATTRIBUTES) | bits, ATTRIBUTES))
}

/** The batch that ends a transaction. */
export const encodeMarker = (offset: bigint, producerId: bigint, type: "abort" | "commit"): Promise<Buffer> =>
  encodeBatch({
    baseOffset: offset,
    producerId,
    transactional: true,
    control: true,
    records: [{ offsetDelta: 0, key: Buffer.from([0, 0, 0, type === "abort" ? 0 : 1]), value: Buffer.alloc(6) }]
  })

/** A message of the format from before Kafka 0.11. */
export const encodeOldMessage = (offset: bigint, value: Buffer): Buffer =>
  new EncoderClass().writeInt64(offset).writeBytes(messageV1({ timestamp: 1, value }).buffer).buffer

export interface PartitionSpec {
  readonly topic: string
  readonly partition: number
  readonly errorCode?: number
  readonly aborted?: ReadonlyArray<AbortedTransaction>
  readonly batches: Buffer
}

/**
 * The payload of a response, each partition under a topic of its own as where a request mixes
 * topics.
 */
export const encodeResponse = (version: number, throttleTimeMs: number, partitions: ReadonlyArray<PartitionSpec>) => {
  const encoder = new EncoderClass().writeInt32(throttleTimeMs)
  if (version >= 7) encoder.writeInt16(0).writeInt32(0)
  encoder.writeInt32(partitions.length)
  for (const { topic, partition, errorCode = 0, aborted = [], batches } of partitions) {
    encoder.writeString(topic).writeInt32(1).writeInt32(partition).writeInt16(errorCode).writeInt64(99).writeInt64(98)
    if (version >= 5) encoder.writeInt64(1)
    encoder.writeInt32(aborted.length === 0 ? -1 : aborted.length)
    for (const { firstOffset, producerId } of aborted) encoder.writeInt64(producerId).writeInt64(firstOffset)
    if (version >= 11) encoder.writeInt32(-1)
    encoder.writeBytes(batches)
  }
  return encoder.buffer
}

/** Reads a payload as kafkajs does, down to each record. */
export const decodeByKafkajs = (version: number, payload: Buffer): Promise<KafkajsResponse> => {
  const response: { readonly decode: (payload: Buffer) => Promise<KafkajsResponse> } = internal(
    `./src/protocol/requests/fetch/v${version}/response`
  )
  return response.decode(payload)
}
