import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber } from "effect"
import { TestClock } from "effect/testing"
import type { Cluster } from "kafkajs"
import type { Input } from "../../../src/domain/Task.ts"
import { offsetQueries } from "../../../src/source/kafka/OffsetQueries.ts"
import { config } from "./KafkaLogHarness.ts"

const NODES = 2

const input = (partition: number): Input => ({ kind: "chat", topic: "chat", partition })

/** The offset that the cluster reports for a partition. */
const offsetOf = (partition: number): bigint => BigInt(partition) * 10n

interface RequestSeen {
  readonly partitions: ReadonlyArray<number>
  readonly fromBeginning: boolean | undefined
}

/**
 * Two nodes that lead the partitions in turn. `reply` decides what a request for partitions gets:
 * a cluster whose leaders are moving, or a node that hangs, cannot be produced at will.
 */
const fakeCluster = (reply: (partitions: ReadonlyArray<number>) => Promise<void>) => {
  const requests: Array<RequestSeen> = []
  const cluster: Pick<
    Cluster,
    "addMultipleTargetTopics" | "connect" | "fetchTopicsOffset" | "findTopicPartitionMetadata" | "refreshMetadata"
  > = {
    connect: () => Promise.resolve(),
    addMultipleTargetTopics: () => Promise.resolve(),
    refreshMetadata: () => Promise.resolve(),
    findTopicPartitionMetadata: () =>
      Array.from({ length: 100 }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: partitionId % NODES,
        replicas: [],
        isr: []
      })),
    fetchTopicsOffset: async (topics) => {
      const partitions = topics.flatMap((topic) => topic.partitions.map(({ partition }) => partition))
      requests.push({ partitions, fromBeginning: topics[0]?.fromBeginning })
      await reply(partitions)
      return topics.map(({ topic }) => ({
        topic,
        partitions: partitions.map((partition) => ({ partition, offset: String(offsetOf(partition)) }))
      }))
    }
  }
  return { requests, cluster: cluster as Cluster }
}

const answered = (): Promise<void> => Promise.resolve()

const queryIn = (cluster: Cluster) => offsetQueries(config("broker:9092"), cluster)

/** Lets a query wait for others, and its request be answered. */
const pass = Effect.andThen(
  TestClock.adjust("10 millis"),
  Effect.promise(() => new Promise((done) => setImmediate(done)))
)

describe("queries of offsets", () => {
  it.effect("become one request per node if many tasks query at one time, each in its own order", () =>
    Effect.gen(function* () {
      const { requests, cluster } = fakeCluster(answered)
      const query = queryIn(cluster)
      const tasks = Array.from({ length: 50 }, (_, task) => [input(task + 1), input(task)])
      const all = yield* Effect.forkChild(
        Effect.forEach(tasks, (inputs) => query(inputs, "end"), { concurrency: "unbounded" })
      )
      yield* pass
      const offsets = yield* Fiber.join(all)
      assert.deepStrictEqual(
        offsets,
        tasks.map((inputs) => inputs.map(({ partition }) => offsetOf(partition)))
      )
      assert.strictEqual(requests.length, NODES)
      // A partition of two tasks is requested once.
      assert.strictEqual(requests.flatMap(({ partitions }) => partitions).length, 51)
    })
  )

  it.effect("share no request if they want different offsets", () =>
    Effect.gen(function* () {
      const { requests, cluster } = fakeCluster(answered)
      const query = queryIn(cluster)
      const both = yield* Effect.forkChild(
        Effect.all([query([input(0)], "end"), query([input(0)], "earliest")], { concurrency: "unbounded" })
      )
      yield* pass
      yield* Fiber.join(both)
      assert.deepStrictEqual(requests.map(({ fromBeginning }) => fromBeginning).toSorted(), [false, true])
    })
  )

  it.effect("fail for all partitions at once if the login is refused", () =>
    Effect.gen(function* () {
      const refused = Object.assign(new Error("bad password"), { name: "KafkaJSSASLAuthenticationError" })
      const { cluster, requests } = fakeCluster(() => Promise.reject(refused))
      const query = queryIn(cluster)
      const failing = yield* Effect.forkChild(Effect.flip(query([input(0), input(2)], "end")))
      yield* pass
      assert.strictEqual((yield* Fiber.join(failing)).reason, "Unauthorized")
      assert.strictEqual(requests.length, 1)
    })
  )

  it.effect("fail only for the partition that is unavailable", () =>
    Effect.gen(function* () {
      const unavailable = Object.assign(new Error("no leader"), {
        name: "KafkaJSProtocolError",
        type: "LEADER_NOT_AVAILABLE"
      })
      const { cluster } = fakeCluster((partitions) =>
        partitions.includes(4) ? Promise.reject(unavailable) : answered()
      )
      const query = queryIn(cluster)
      const both = yield* Effect.forkChild(
        Effect.all([Effect.exit(query([input(2)], "end")), Effect.exit(query([input(4)], "end"))], {
          concurrency: "unbounded"
        })
      )
      yield* pass
      const [found, failed] = yield* Fiber.join(both)
      assert.deepStrictEqual(found, Exit.succeed([offsetOf(2)]))
      assert.include(String(Exit.isFailure(failed) && failed.cause), "LEADER_NOT_AVAILABLE")
    })
  )

  it.effect("do not wait for a node that hangs if they need another", () =>
    Effect.gen(function* () {
      const { cluster } = fakeCluster((partitions) => (partitions.includes(1) ? new Promise(() => {}) : answered()))
      const query = queryIn(cluster)
      const hanging = yield* Effect.forkChild(query([input(1)], "end"))
      const other = yield* Effect.forkChild(query([input(0)], "end"))
      yield* pass
      assert.deepStrictEqual(yield* Fiber.join(other), [offsetOf(0)])
      yield* Fiber.interrupt(hanging)
    })
  )
})
