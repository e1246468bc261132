import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Input } from "../../../src/domain/Task.ts"
import type { Brokers, FetchRequest } from "../../../src/source/kafka/Brokers.ts"
import type { FetchResponse } from "../../../src/source/kafka/FetchResponse.ts"
import { Fetcher } from "../../../src/source/kafka/Fetcher.ts"
import { PartitionBuffer } from "../../../src/source/kafka/PartitionBuffer.ts"
import { ReadMemory } from "../../../src/source/kafka/ReadMemory.ts"
import { encodeBatch } from "./KafkajsFrames.ts"
import { config, limits } from "./KafkaLogHarness.ts"

const NODE = 1

const input = (topic: string, partition: number): Input => ({ kind: "chat", topic, partition })

/**
 * One broker that leads everything and replies with the given responses. It never replies without
 * one.
 */
const brokers = (answer: (request: FetchRequest, attempt: number) => FetchResponse | undefined): Brokers => {
  let attempt = 0
  return {
    leaderOf: () => NODE,
    refresh: () => Effect.void,
    offsets: () => Effect.succeed([]),
    fetch: (request) =>
      Effect.suspend(() => {
        const found = answer(request, attempt++)
        return found === undefined ? Effect.never : Effect.succeed(found)
      })
  }
}

/** In the order of the request, a topic as often as it is named there: as brokers answer. */
const response = (bytes: Readonly<Record<string, Buffer>>): FetchResponse => ({
  clientSideThrottleTime: 0,
  responses: Object.entries(bytes).map(([name, batches]) => {
    const [topic = "", partition] = name.split("/")
    return {
      topicName: topic,
      partitions: [
        {
          topic,
          partition: Number(partition),
          errorCode: 0,
          highWatermark: 0n,
          lastStableOffset: 0n,
          abortedTransactions: [],
          batches
        }
      ]
    }
  })
})

const makeMemory = () => new ReadMemory(limits.memory)

const bufferIn =
  (memory: ReadMemory) =>
  (topic: string, partition: number): PartitionBuffer =>
    new PartitionBuffer(input(topic, partition), 0n, memory, () => {})

const texts = (made: PartitionBuffer): ReadonlyArray<string> =>
  Array.from(made.take(10)?.records ?? [], ({ value }) => Buffer.from(value ?? []).toString())

const oneRecord = (value: string): Promise<Buffer> =>
  encodeBatch({ baseOffset: 0n, records: [{ offsetDelta: 0, value: Buffer.from(value) }] })

const damaged = (batch: Buffer): Buffer => {
  const bytes = Buffer.from(batch)
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
  return bytes
}

/** Runs a fetcher over the buffers until the condition holds. */
const until = (made: Brokers, memory: ReadMemory, buffers: ReadonlyArray<PartitionBuffer>, holds: () => boolean) =>
  Effect.gen(function* () {
    const fetcher = yield* Fetcher.make(config("localhost:1"), made, memory, limits.fetch)
    fetcher.add(buffers)
    while (!holds()) yield* Effect.yieldNow
  }).pipe(Effect.scoped)

describe("Fetcher", () => {
  it.effect("finds each partition if a response repeats a topic", () =>
    Effect.gen(function* () {
      const [a, b, c] = yield* Effect.promise(() => Promise.all(["a", "b", "c"].map(oneRecord)))
      assert(a !== undefined && b !== undefined && c !== undefined)
      const memory = makeMemory()
      const buffer = bufferIn(memory)
      const buffers = [buffer("chat", 0), buffer("viewer", 0), buffer("chat", 1)]
      const requested: Array<number> = []
      const made = brokers((request, attempt) => {
        requested.push(request.partitions.length)
        return attempt === 0 ? response({ "chat/0": a, "viewer/0": b, "chat/1": c }) : undefined
      })
      yield* until(made, memory, buffers, () => requested.length === 2)
      assert.deepStrictEqual(buffers.map(texts), [["a"], ["b"], ["c"]])
    })
  )

  it.effect("fetches an unreadable batch once more by itself, while the others get their records", () =>
    Effect.gen(function* () {
      const batch = yield* Effect.promise(() => oneRecord("v"))
      const memory = makeMemory()
      const buffer = bufferIn(memory)
      const [broken, other] = [buffer("chat", 0), buffer("viewer", 0)]
      const requested: Array<ReadonlyArray<string>> = []
      const made = brokers((request, attempt) => {
        requested.push(request.partitions.map((one) => one.input.topic))
        if (attempt === 0) return response({ "chat/0": damaged(batch), "viewer/0": batch })
        const again = request.partitions.some(({ input, offset }) => input.topic === "chat" && offset === 0n)
        return response(again ? { "chat/0": batch } : {})
      })
      yield* until(made, memory, [broken, other], () => requested.length >= 4)
      assert.deepStrictEqual(requested.slice(0, 2), [["chat", "viewer"], ["chat"]])
      assert.deepStrictEqual([texts(broken), texts(other)], [["v"], ["v"]])
      assert.isUndefined(broken.failure)
    })
  )

  it.effect("gives up on a batch that stays unreadable, and on that partition alone", () =>
    Effect.gen(function* () {
      const [batch, next] = yield* Effect.promise(() =>
        Promise.all([
          oneRecord("v"),
          encodeBatch({ baseOffset: 1n, records: [{ offsetDelta: 0, value: Buffer.from("w") }] })
        ])
      )
      const memory = makeMemory()
      const buffer = bufferIn(memory)
      const [broken, other] = [buffer("chat", 0), buffer("viewer", 0)]
      const made = brokers((request) => {
        const bytes: Record<string, Buffer> = {}
        for (const { input, offset } of request.partitions) {
          if (input.topic === "chat")
            bytes["chat/0"] = offset === 0n ? Buffer.concat([batch, damaged(next)]) : damaged(next)
          else if (offset === 0n) bytes["viewer/0"] = batch
        }
        return Object.keys(bytes).length === 0 ? undefined : response(bytes)
      })
      yield* until(made, memory, [broken, other], () => broken.failure !== undefined && other.hasMore)
      assert.strictEqual(broken.failure?.reason, "Unreadable")
      assert.include(broken.failure?.detail, "Kafka topic chat[0]: cannot read the batch at offset 1: ")
      assert.include(broken.failure?.detail, "checksum")
      assert.isUndefined(other.failure)
      assert.deepStrictEqual([texts(broken), texts(other)], [["v"], ["v"]])
    })
  )
})
