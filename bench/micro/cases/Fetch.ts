/** A broker's answer to a fetch, down to each record. */
import { committedByRecord } from "../../../test/source/kafka/CommittedByRecord.ts"
import { decodeByKafkajs, encodeBatch, encodeResponse } from "../../../test/source/kafka/KafkajsFrames.ts"
import type { LoadRecord } from "../../Load.ts"
import type { Case } from "../Case.ts"
import { assertSame } from "../Same.ts"
import { records } from "../Subject.ts"

const VERSION = 11
const CODECS = [
  ["not compressed", 0],
  ["gzip", 1],
  ["snappy", 2],
  ["lz4", 3],
  ["zstd", 4]
] as const
/** About what a producer's default of 16 KiB holds. */
const BATCH_RECORDS = 60
const RESPONSE_RECORDS = 60 * 64

const response = async (made: ReadonlyArray<LoadRecord>, codec: number): Promise<Buffer> => {
  const batches: Array<Buffer> = []
  for (let from = 0; from < made.length; from += BATCH_RECORDS) {
    const some = made.slice(from, from + BATCH_RECORDS)
    const first = some[0]?.timestampMs ?? 0
    batches.push(
      await encodeBatch({
        baseOffset: BigInt(from),
        baseTimestamp: BigInt(first),
        codec,
        records: some.map(({ key, timestampMs, value }, n) => ({
          offsetDelta: n,
          timestampDelta: timestampMs - first,
          key: Buffer.from(key),
          value
        }))
      })
    )
  }
  return encodeResponse(VERSION, 0, [{ topic: "chat", partition: 0, batches: Buffer.concat(batches) }])
}

const byKafkajs = async (payload: Buffer) => {
  const { responses } = await decodeByKafkajs(VERSION, payload)
  return responses.flatMap(({ partitions }) =>
    partitions.flatMap((partition) => committedByRecord(partition, 0n).records)
  )
}

export const fetchCases = (load: ReadonlyArray<LoadRecord>): Promise<ReadonlyArray<Case>> =>
  Promise.all(
    CODECS.map(async ([name, codec]): Promise<Case> => {
      const made = load.slice(0, RESPONSE_RECORDS)
      const payload = await response(made, codec)
      return {
        name: `fetch, ${name}`,
        unit: "record",
        count: made.length,
        ours: { name: "FetchResponse, RecordBatch", run: () => records(VERSION, payload) },
        naive: { name: "kafkajs's decoder", run: () => byKafkajs(payload) },
        assertEqual: async () => assertSame(records(VERSION, payload), await byKafkajs(payload))
      }
    })
  )
