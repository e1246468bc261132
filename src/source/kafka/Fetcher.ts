/**
 * Fills partition buffers from the brokers. Each broker gets one request at a time for all of its
 * partitions, because a broker answers the requests of a connection in order. A full buffer is left
 * out of the request, so nothing is paused that a rebalance could forget.
 *
 * kafkajs's own fetch loop is unusable here. It resets an offset that is out of range to a default
 * and commits that. It lets records of aborted transactions through if transactions of several
 * producers interleave. It does not report transaction markers at the end of the log. It sleeps
 * while any partition is paused.
 */
import { Clock, Effect, FiberMap, Latch, Schedule, type Scope } from "effect"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { present } from "../../domain/Invariant.ts"
import { partitionKey, partitionLabel } from "../../domain/TopicPartition.ts"
import { backoff, reportRetry } from "../../retry/Retry.ts"
import { EventLogError } from "../EventLog.ts"
import type { Brokers, FetchError } from "./Brokers.ts"
import { isStale } from "./ClusterMetadata.ts"
import { Committed } from "./Committed.ts"
import type { FetchedPartition } from "./FetchResponse.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { retryForever } from "./KafkaRetry.ts"
import type { PartitionBuffer } from "./PartitionBuffer.ts"
import { outOfRange, unreadable } from "./ReadFailures.ts"
import type { ReadMemory } from "./ReadMemory.ts"
import { RecordBatchError } from "./RecordCursor.ts"

export interface FetchLimits {
  /** How long a broker may wait for the first byte. */
  readonly maxWaitMs: number
  /** Bytes of one response. The first batch of the first partition comes whole, however large. */
  readonly maxBytes: number
}

/** The wait at the end of the log while another partition of the broker waits for memory. */
const HURRIED_WAIT_MS = 10

export class Fetcher {
  readonly #config: KafkaConfig
  readonly #brokers: Brokers
  readonly #memory: ReadMemory
  readonly #limits: FetchLimits
  readonly #buffers = new Set<PartitionBuffer>()
  /** The request loop of each broker, by node. */
  readonly #loops: FiberMap.FiberMap<number>
  /** Opened when a broker's loop may have work. */
  readonly #work = new Map<number, Latch.Latch>()
  /** Opened when buffers may lack a loop: new buffers, or new leaders. */
  readonly #unassigned = Latch.makeUnsafe()

  /** Starts to fetch; stops with the scope. */
  static make(
    config: KafkaConfig,
    brokers: Brokers,
    memory: ReadMemory,
    limits: FetchLimits
  ): Effect.Effect<Fetcher, never, Scope.Scope> {
    return Effect.gen(function* () {
      const fetcher = new Fetcher(config, brokers, memory, limits, yield* FiberMap.make<number>())
      memory.onFreed(() => fetcher.wake())
      yield* fetcher.#assign().pipe(
        Effect.catch((failure) => Effect.sync(() => fetcher.#failAll(failure))),
        Effect.repeat(Schedule.forever),
        Effect.forkScoped
      )
      return fetcher
    })
  }

  private constructor(
    config: KafkaConfig,
    brokers: Brokers,
    memory: ReadMemory,
    limits: FetchLimits,
    loops: FiberMap.FiberMap<number>
  ) {
    this.#config = config
    this.#brokers = brokers
    this.#memory = memory
    this.#limits = limits
    this.#loops = loops
  }

  /** Fills these buffers until they are closed. */
  add(buffers: ReadonlyArray<PartitionBuffer>): void {
    for (const buffer of buffers) this.#buffers.add(buffer)
    this.#unassigned.openUnsafe()
  }

  /** Closes these buffers; responses in flight for them are discarded. */
  close(buffers: ReadonlyArray<PartitionBuffer>): void {
    for (const buffer of buffers) {
      buffer.close()
      this.#buffers.delete(buffer)
    }
  }

  /** Wakes the loops that wait for room in the buffers. Callers call it after they took records. */
  wake(): void {
    for (const latch of this.#work.values()) latch.openUnsafe()
  }

  #failAll(failure: EventLogError): void {
    for (const buffer of this.#buffers) buffer.fail(failure)
  }

  /** Starts a loop for the leader of every open buffer, then waits until that may have changed. */
  #assign() {
    return Effect.gen({ self: this }, function* () {
      this.#unassigned.closeUnsafe()
      const open = [...this.#buffers].filter(({ failure }) => failure === undefined)
      const hasLeaders = (): boolean => open.every(({ input }) => this.#brokers.leaderOf(input) !== undefined)
      if (!hasLeaders()) {
        yield* retryForever("Reading from Kafka is interrupted", whileRunning(this.#brokers.refresh(topicsOf(open))))
      }
      for (const { input } of open) {
        const node = this.#brokers.leaderOf(input)
        if (node !== undefined) yield* FiberMap.run(this.#loops, node, this.#loop(node), { onlyIfMissing: true })
      }
      this.wake()
      if (hasLeaders()) yield* this.#unassigned.await
      else yield* Effect.sleep("500 millis")
    })
  }

  /**
   * Refreshes the metadata, then assigns the buffers again. A failure leaves it to the caller's
   * next attempt.
   */
  #refresh() {
    return Effect.suspend(() => whileRunning(this.#brokers.refresh(topicsOf([...this.#buffers])))).pipe(
      Effect.tap(() => Effect.sync(() => this.#unassigned.openUnsafe())),
      Effect.ignore({ log: "Debug" })
    )
  }

  /** Sends requests to one broker for as long as the scope lives. */
  #loop(node: number) {
    return Effect.gen({ self: this }, function* () {
      const latch = this.#work.get(node) ?? (yield* Latch.make())
      this.#work.set(node, latch)
      while (true) {
        latch.closeUnsafe()
        const led = [...this.#buffers].filter(({ input }) => this.#brokers.leaderOf(input) === node)
        const wanted = led.filter((buffer) => buffer.wantsMore)
        if (wanted.length === 0 || !this.#memory.makeRoom(this.#limits.maxBytes)) {
          yield* latch.await
          continue
        }
        const isHurried = led.some((buffer) => buffer.failure === undefined && !buffer.wantsMore)
        yield* this.#fetch(node, wanted, isHurried ? HURRIED_WAIT_MS : this.#limits.maxWaitMs)
      }
    }).pipe(
      // A defect must reach the readers: they would wait for a dead loop for ever.
      Effect.catchDefect((thrown) => Effect.sync(() => this.#failAll(toEventLogError(this.#config, thrown))))
    )
  }

  /**
   * Fetches until it succeeds or the broker leads none of the buffers. A failed partition keeps its
   * failure.
   */
  #fetch(node: number, wanted: ReadonlyArray<PartitionBuffer>, maxWaitMs: number) {
    return Effect.suspend(() => {
      let attempt = 0
      return this.#request(node, wanted, maxWaitMs).pipe(
        Effect.catchIf(concernsPartition, () =>
          Effect.forEach(
            wanted.filter((buffer) => buffer.wantsMore),
            (buffer) => this.#fetchAlone(node, buffer),
            { discard: true }
          )
        ),
        Effect.tapError(({ thrown }) => {
          const failure = toEventLogError(this.#config, thrown)
          if (failure.reason === "Unauthorized") return Effect.sync(() => wanted.forEach((b) => b.fail(failure)))
          return Effect.logWarning(
            `Reading from Kafka is interrupted (attempt ${++attempt}): ${failure.detail.replace(/^Kafka /, "")}`
          ).pipe(Effect.andThen(reportRetry(failure)), Effect.andThen(this.#refresh()))
        }),
        // After a change of leaders, the loop chooses its buffers again.
        Effect.retry({
          schedule: backoff,
          while: () => wanted.some((b) => b.wantsMore && this.#brokers.leaderOf(b.input) === node)
        }),
        Effect.ignore
      )
    })
  }

  /**
   * Fetches one partition by itself to find the one that fails. An unreadable batch gets a second
   * attempt here.
   */
  #fetchAlone(node: number, buffer: PartitionBuffer): Effect.Effect<void, FetchError> {
    return this.#request(node, [buffer], 0).pipe(
      Effect.catchIf(concernsPartition, ({ thrown }): Effect.Effect<void, FetchError> => {
        if (thrown instanceof RecordBatchError) {
          return Effect.sync(() => buffer.fail(unreadable(buffer.input, buffer.fetchOffset, thrown)))
        }
        if (protocolError(thrown) === "OFFSET_OUT_OF_RANGE") return this.#checkRange(buffer)
        const failure = toEventLogError(this.#config, thrown)
        if (failure.reason === "Unauthorized") return Effect.sync(() => buffer.fail(failure))
        return Effect.logDebug(`Kafka ${partitionLabel(buffer.input)}: ${protocolError(thrown)}`).pipe(
          Effect.andThen(isStale(thrown) ? this.#refresh() : Effect.void),
          Effect.andThen(Effect.sleep("200 millis"))
        )
      })
    )
  }

  /**
   * Sends one request and appends its response to the buffers. Fails after that if a batch is
   * unreadable.
   */
  #request(node: number, buffers: ReadonlyArray<PartitionBuffer>, maxWaitMs: number) {
    const { maxBytes } = this.#limits
    return Effect.suspend(() => {
      for (const buffer of buffers) buffer.fetching = true
      this.#memory.holdFetched(maxBytes)
      const perPartition = this.#memory.perFetch
      const requests = buffers.map((buffer) => ({ buffer, offset: buffer.fetchOffset }))
      const partitions = requests.map(({ buffer: { input }, offset }) => ({ input, offset, maxBytes: perPartition }))
      return Effect.flatMap(this.#brokers.fetch({ node, maxWaitMs, maxBytes, partitions }), ({ responses }) =>
        Effect.flatMap(Clock.monotonicTimeNanos, (nowNanos) => {
          const fetched = responses.flatMap((topic) => topic.partitions)
          const thrown = appendAll(requests, fetched, Number(nowNanos / 1_000_000n))
          return thrown === undefined ? Effect.void : Effect.fail<FetchError>({ during: "fetch", thrown })
        })
      )
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          for (const buffer of buffers) buffer.fetching = false
          // Wakes all loops: another broker may lead a buffer by now.
          this.#memory.freeFetched(maxBytes)
        })
      )
    )
  }

  /** Finds out on which side of the log an offset lies that the broker does not have. */
  #checkRange(buffer: PartitionBuffer) {
    return Effect.gen({ self: this }, function* () {
      const [start] = yield* this.#brokers.offsets([buffer.input], "earliest")
      const [end] = yield* this.#brokers.offsets([buffer.input], "end")
      const failure = outOfRange(
        buffer.input,
        buffer.fetchOffset,
        present(start, "one offset per input"),
        present(end, "one offset per input")
      )
      if (failure !== undefined) buffer.fail(failure)
    }).pipe(Effect.mapError((thrown): FetchError => ({ during: "connect", thrown })))
  }
}

/**
 * Appends what was fetched for each buffer from an offset; returns the first error of an unreadable
 * batch.
 */
const appendAll = (
  requests: ReadonlyArray<{ readonly buffer: PartitionBuffer; readonly offset: bigint }>,
  fetched: ReadonlyArray<FetchedPartition>,
  nowMs: number
): RecordBatchError | undefined => {
  const byKey = new Map(fetched.map((found) => [partitionKey(found), found]))
  let unreadable: RecordBatchError | undefined
  for (const { buffer, offset } of requests) {
    const found = byKey.get(partitionKey(buffer.input))
    if (found === undefined) continue
    buffer.noteEnds(found.highWatermark, found.lastStableOffset, nowMs)
    if (found.batches.length === 0) continue
    try {
      buffer.append(new Committed(withOwnBytes(found), offset), offset)
    } catch (thrown) {
      if (!(thrown instanceof RecordBatchError)) throw thrown
      unreadable ??= thrown
    }
  }
  return unreadable
}

/** Copies the bytes of one partition; a view would keep the whole response in memory. */
const withOwnBytes = (fetched: FetchedPartition): FetchedPartition => ({
  ...fetched,
  batches: Buffer.from(fetched.batches)
})

const topicsOf = (buffers: ReadonlyArray<PartitionBuffer>): ReadonlyArray<string> => [
  ...new Set(buffers.map(({ input }) => input.topic))
]

/**
 * While the worker runs, a vanished topic may come back: only the group decides that it is missing.
 */
const whileRunning = <A>(effect: Effect.Effect<A, EventLogError>): Effect.Effect<A, EventLogError> =>
  Effect.mapError(effect, (error) =>
    error.reason === "Topics"
      ? new EventLogError({ reason: "Unreachable", detail: error.detail, cause: error.cause })
      : error
  )

/** Whether one of the partitions failed, rather than the connection to the broker. */
const concernsPartition = ({ during, thrown }: FetchError): boolean =>
  during === "fetch" && (thrown instanceof RecordBatchError || protocolError(thrown) !== undefined)
