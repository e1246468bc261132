/** Reading the answers of a broker, without broker and socket: kafkajs's way, and ours. `node bench/micro/fetch.ts [records]`. CPU time, since other work may share the machine. */
import { loadavg } from "node:os"
import { committed } from "../../src/source/kafka/Committed.ts"
import { decodeFetchResponse } from "../../src/source/kafka/FetchResponse.ts"
import { committedByRecord } from "../../test/source/kafka/CommittedByRecord.ts"
import { decodeByKafkajs, encodeBatch, encodeResponse } from "../../test/source/kafka/KafkajsFrames.ts"
import { Load } from "../Load.ts"

const VERSION = 11
const CODECS = [
  ["none", 0],
  ["gzip", 1],
  ["snappy", 2],
  ["lz4", 3],
  ["zstd", 4]
] as const
/** About what a producer's default of 16 KiB holds. */
const BATCH_RECORDS = 60
const RESPONSE_RECORDS = 60 * 64
const ROUNDS = 5

const count = Number(process.argv[2] ?? 400_000)
const load = new Load({ seed: 1, chatEvents: RESPONSE_RECORDS, streams: 100, partitions: 1, seconds: 60 })

const response = async (codec: number): Promise<Buffer> => {
  const batches: Array<Buffer> = []
  for (let from = 0; from < RESPONSE_RECORDS; from += BATCH_RECORDS) {
    const made = Array.from({ length: BATCH_RECORDS }, (_, n) => load.recordAt("chat", 0, from + n))
    const first = made[0]?.timestampMs ?? 0
    const records = made.map(({ key, timestampMs, value }, n) => ({
      offsetDelta: n,
      timestampDelta: timestampMs - first,
      key: Buffer.from(key),
      value
    }))
    batches.push(await encodeBatch({ baseOffset: BigInt(from), baseTimestamp: BigInt(first), codec, records }))
  }
  return encodeResponse(VERSION, 0, [{ topic: "chat", partition: 0, batches: Buffer.concat(batches) }])
}

const ways: Readonly<Record<string, (payload: Buffer) => Promise<number>>> = {
  kafkajs: async (payload) => {
    const { responses } = await decodeByKafkajs(VERSION, payload)
    return responses.flatMap((r) => r.partitions).reduce((n, p) => n + committedByRecord(p, 0n).records.length, 0)
  },
  ours: async (payload) => {
    const { responses } = decodeFetchResponse(VERSION, payload)
    return responses.flatMap((r) => r.partitions).reduce((n, p) => n + committed(p, 0n).records.length, 0)
  }
}

for (const [name, codec] of CODECS) {
  const payload = await response(codec)
  for (const [way, read] of Object.entries(ways)) {
    const costs: Array<number> = []
    for (let round = 0; round < ROUNDS; round++) {
      const before = process.cpuUsage()
      let records = 0
      while (records < count) records += await read(payload)
      const { system, user } = process.cpuUsage(before)
      costs.push((user + system) / records)
    }
    const [median = 0] = costs.toSorted((a, b) => a - b).slice(ROUNDS >> 1)
    process.stdout.write(
      `${name.padEnd(7)}${way.padEnd(8)}${median.toFixed(3)} µs of CPU a record (${Math.min(...costs).toFixed(3)} to ${Math.max(...costs).toFixed(3)}), ` +
        `${Math.round(1e6 / median)} records a CPU second, ${Math.round(payload.length / RESPONSE_RECORDS)} bytes a record in the log\n`
    )
  }
}
process.stdout.write(
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}\n`
)
