import { assert, describe, it } from "@effect/vitest"
import { decodeFetchResponse, isReadable } from "../../../src/source/kafka/FetchResponse.ts"
import { decodeByKafkajs, encodeBatch, encodeResponse } from "./KafkajsFrames.ts"

const VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11]

describe("decodeFetchResponse", () => {
  it("knows the versions since Kafka 0.11 that kafkajs requests", () => {
    assert.deepStrictEqual(Array.from({ length: 14 }, (_, version) => version).filter(isReadable), VERSIONS)
  })

  for (const version of VERSIONS) {
    it(`reads version ${version} as kafkajs does`, async () => {
      const batches = await encodeBatch({ baseOffset: 3n, records: [{ offsetDelta: 0, value: Buffer.from("v") }] })
      const aborted = [
        { producerId: 2n ** 60n, firstOffset: 2n ** 61n },
        { producerId: 0n, firstOffset: 3n }
      ]
      const specs = [
        { topic: "chat ü", partition: 1, aborted, batches },
        { topic: "viewer", partition: 7, errorCode: 6, batches: Buffer.alloc(0) },
        { topic: "chat ü", partition: 2, batches }
      ]
      const payload = encodeResponse(version, 17, specs)
      const ours = decodeFetchResponse(version, payload)
      const theirs = await decodeByKafkajs(version, payload)
      assert.strictEqual(ours.clientSideThrottleTime, theirs.clientSideThrottleTime ?? 0)
      assert.strictEqual(ours.clientSideThrottleTime, version >= 8 ? 17 : 0)
      assert.deepStrictEqual(
        ours.responses.map(({ partitions, topicName }) => ({
          topicName,
          partitions: partitions.map(
            ({ abortedTransactions, errorCode, highWatermark, lastStableOffset, partition }) => ({
              partition,
              errorCode,
              highWatermark: String(highWatermark),
              lastStableOffset: String(lastStableOffset),
              aborted: abortedTransactions.map((one) => [String(one.producerId), String(one.firstOffset)])
            })
          )
        })),
        theirs.responses.map(({ partitions, topicName }) => ({
          topicName,
          partitions: partitions.map(
            ({ abortedTransactions, errorCode, highWatermark, lastStableOffset, partition }) => ({
              partition,
              errorCode,
              highWatermark,
              lastStableOffset,
              aborted: abortedTransactions.map((one) => [one.producerId, one.firstOffset])
            })
          )
        }))
      )
      const all = ours.responses.flatMap(({ partitions }) => partitions)
      assert.deepStrictEqual(
        all.map(({ batches, topic }) => [topic, batches]),
        specs.map(({ batches, topic }) => [topic, batches])
      )
      assert.isTrue(all.every((fetched) => fetched.batches.buffer === payload.buffer))
    })
  }

  it("refuses a payload that is truncated at any byte", async () => {
    const batches = await encodeBatch({ baseOffset: 3n, records: [{ offsetDelta: 0, value: Buffer.from("v") }] })
    const payload = encodeResponse(11, 0, [{ topic: "t", partition: 0, batches }])
    for (let length = 0; length < payload.length; length++) {
      assert.throws(() => decodeFetchResponse(11, payload.subarray(0, length)), RangeError)
    }
  })

  it("refuses counts that the bytes can't hold, before it allocates", async () => {
    const batches = await encodeBatch({ baseOffset: 3n, records: [{ offsetDelta: 0, value: Buffer.from("v") }] })
    const payload = encodeResponse(11, 0, [{ topic: "t", partition: 0, batches }])
    for (const at of [10, 17, 17 + 4 + 4 + 2 + 3 * 8]) {
      const hostile = Buffer.from(payload)
      hostile.writeInt32BE(2 ** 31 - 1, at)
      assert.throws(() => decodeFetchResponse(11, hostile), RangeError, "truncated")
    }
  })

  it("reads null where an array or bytes may be absent", () => {
    const payload = encodeResponse(11, 0, [{ topic: "t", partition: 0, batches: Buffer.alloc(0) }])
    payload.writeInt32BE(-1, payload.length - 4)
    assert.deepStrictEqual(decodeFetchResponse(11, payload).responses[0]?.partitions[0]?.batches, Buffer.alloc(0))
    const nothing = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff])
    assert.deepStrictEqual(decodeFetchResponse(11, nothing).responses, [])
  })
})
