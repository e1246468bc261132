import { createRequire } from "node:module"
import { assert, describe, it } from "@effect/vitest"
import type { Broker } from "kafkajs"
import { isStale } from "../../../src/source/kafka/ClusterMetadata.ts"
import { protocolError } from "../../../src/source/kafka/KafkaError.ts"
import { fetchFrom } from "../../../src/source/kafka/OwnFetch.ts"
import { encodeBatch, encodeResponse } from "./KafkajsFrames.ts"

const internal = createRequire(import.meta.resolve("kafkajs"))
const BrokerClass: new (options: object) => Broker = internal("./src/broker")
const { lookup }: { readonly lookup: (versions: object) => unknown } = internal("./src/protocol/requests")

const FETCH = 1

interface Sent {
  readonly request: { readonly apiName: string; readonly apiVersion: number }
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<{ readonly clientSideThrottleTime: number }>
    readonly parse: (decoded: unknown) => Promise<unknown>
  }
  readonly requestTimeout: number
}

/** kafkajs's own broker, which replies with a payload instead of using a socket. */
const broker = (maxVersion: number, payload: Buffer) => {
  const sent: Array<Sent> = []
  const throttled: Array<number> = []
  const made = new BrokerClass({
    logger: { namespace: () => ({}) },
    connectionPool: {
      connectionTimeout: 1_000,
      send: async (protocol: Sent) => {
        sent.push(protocol)
        const decoded = await protocol.response.decode(payload)
        throttled.push(decoded.clientSideThrottleTime)
        return protocol.response.parse(decoded)
      }
    }
  })
  Object.assign(made, { lookupRequest: lookup({ [FETCH]: { minVersion: 0, maxVersion } }) })
  return { made, sent, throttled }
}

const options = {
  isolationLevel: 1,
  maxWaitTime: 250,
  minBytes: 1,
  maxBytes: 1_000,
  topics: [{ topic: "t", partitions: [{ partition: 0, fetchOffset: "0", maxBytes: 1_000 }] }]
}

const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error
  )

describe("fetchFrom", () => {
  it("sends what kafkajs sends and reads the answer by the version that was agreed on", async () => {
    const batches = await encodeBatch({ baseOffset: 0n, records: [{ offsetDelta: 0, value: Buffer.from("v") }] })
    for (const version of [4, 8, 11]) {
      const payload = encodeResponse(version, 40, [{ topic: "t", partition: 0, batches }])
      const { made, sent, throttled } = broker(version, payload)
      const { responses } = await fetchFrom(made, options)
      assert.deepStrictEqual(responses[0]?.partitions[0]?.batches, batches)
      assert.deepStrictEqual(
        sent.map(({ request, requestTimeout }) => [request.apiName, request.apiVersion, requestTimeout]),
        [["Fetch", version, 350]]
      )
      assert.deepStrictEqual(throttled, [version >= 8 ? 40 : 0])
    }
  })

  it("throws what kafkajs makes of a partition's error, whatever the others brought", async () => {
    const batches = Buffer.alloc(0)
    for (const [errorCode, name] of [
      [1, "OFFSET_OUT_OF_RANGE"],
      [6, "NOT_LEADER_FOR_PARTITION"]
    ] as const) {
      const payload = encodeResponse(11, 0, [
        { topic: "t", partition: 0, batches },
        { topic: "t", partition: 1, errorCode, batches }
      ])
      const thrown = await thrownBy(fetchFrom(broker(11, payload).made, options))
      assert.strictEqual(protocolError(thrown), name)
      assert.strictEqual(isStale(thrown), errorCode === 6)
    }
  })

  it("refuses brokers from before Kafka 0.11, before it sends anything", async () => {
    const { made, sent } = broker(3, Buffer.alloc(0))
    assert.match(
      String(await thrownBy(fetchFrom(made, options))),
      /supports only version 3 of the Fetch API; use Kafka 1\.0 or later/
    )
    assert.deepStrictEqual(sent, [])
  })

  it("leaves the broker as it is", async () => {
    const payload = encodeResponse(11, 0, [])
    const { made, sent } = broker(11, payload)
    await fetchFrom(made, options)
    await made.fetch(options)
    assert.notStrictEqual(sent[0]?.response.decode, sent[1]?.response.decode)
    assert.strictEqual(sent[0]?.response.parse, sent[1]?.response.parse)
  })
})
