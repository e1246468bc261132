/**
 * The simulator as an {@link EventLog}. A record exists once the Effect clock has reached its log
 * time, so history is read at full speed and later records arrive live. Nothing is stored: `commit`
 * does nothing.
 */
import { Clock, Effect, Layer, Stream } from "effect"
import type { Batch } from "../../domain/Batch.ts"
import { present } from "../../domain/Invariant.ts"
import { RecordsBuilder } from "../../domain/RecordsBuilder.ts"
import { ALL_PARTITIONS, type Input, type InputKind, type TaskDefinition } from "../../domain/Task.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { type Demand, emptyBatch, EventLog, EventLogError, positionOf } from "../EventLog.ts"
import { Simulator } from "./Simulator.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"

export interface SimulatorLogOptions {
  /** The platform; absent options have the defaults of the demo. */
  readonly simulator: Partial<SimulatorOptions>
  readonly topics: Readonly<Record<InputKind, string>>
  /** One task per partition, or a single one with every partition of both topics. */
  readonly taskScope: "partition" | "all"
  /**
   * The start of a task without checkpoint; `earliest` is `historyMs` ago, or offset 0 in a bounded
   * log and in one with a past.
   */
  readonly startingOffsets: "earliest" | "latest"
  /** Default: 15 minutes. */
  readonly historyMs?: number
  /**
   * The end offset of each partition of a topic: it makes the log bounded, so reading ends.
   * Default: endless.
   */
  readonly endOffset?: Readonly<Record<InputKind, bigint>>
}

const BATCH_RECORDS = 1000
const WAIT_MS = 100
const HISTORY_MS = 15 * 60_000

/** Computes one offset per input at the present time. */
const perInput =
  (offsetAt: (input: Input, nowMs: number) => bigint) =>
  ({ inputs }: TaskDefinition): Effect.Effect<ReadonlyArray<bigint>> =>
    Effect.map(Clock.currentTimeMillis, (nowMs) => inputs.map((input) => offsetAt(input, nowMs)))

class SimulatorLog {
  readonly #options: SimulatorLogOptions
  readonly #simulator: Simulator

  constructor(options: SimulatorLogOptions) {
    this.#options = options
    this.#simulator = new Simulator(options.simulator)
  }

  get service(): EventLog["Service"] {
    const tasks = tasksOf(this.#simulator.options, this.#options)
    const assignment = Stream.make({ generation: 1, tasks })
    const ends = perInput((input, nowMs) => this.#endAt(input, nowMs))
    return {
      assignments: this.#options.endOffset === undefined ? Stream.concat(assignment, Stream.never) : assignment,
      read: (task, positions, demand) => this.#read(task, positions, demand),
      startOffsets: perInput((input, nowMs) => this.#startAt(input, nowMs)),
      endOffsets: ends,
      readableEnds: ends,
      openTransactions: () => Effect.succeed([]),
      problem: Effect.undefined,
      commit: () => Effect.void
    }
  }

  /** The end of a bounded log's partition; `undefined` in an endless one. */
  #bound({ kind }: Input): bigint | undefined {
    return this.#options.endOffset?.[kind]
  }

  #endAt(input: Input, nowMs: number): bigint {
    const now = BigInt(this.#simulator.endOffsetAt(input.kind, input.partition, nowMs))
    const bound = this.#bound(input)
    return bound !== undefined && bound < now ? bound : now
  }

  #startAt(input: Input, nowMs: number): bigint {
    const { endOffset, historyMs = HISTORY_MS, startingOffsets } = this.#options
    if (startingOffsets === "latest") return this.#endAt(input, nowMs)
    if (endOffset !== undefined || this.#simulator.options.past.length > 0) return 0n
    // The first offset with this log time or a later one.
    return BigInt(this.#simulator.endOffsetAt(input.kind, input.partition, nowMs - historyMs - 1))
  }

  #read(task: TaskDefinition, positions: ReadonlyArray<bigint>, demand: Demand): Stream.Stream<Batch, EventLogError> {
    const error = this.#outOfRange(task, positions)
    if (error !== undefined) return Stream.fail(error)
    const next = (at: ReadonlyArray<bigint>): Effect.Effect<Batch | undefined> =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => this.#next(task, at, demand(), nowMs))
    return Stream.unfold(positions, (at) =>
      Effect.gen({ self: this }, function* () {
        if (this.#isAtEnd(task, at)) return undefined
        let batch = yield* next(at)
        if (batch === undefined) {
          yield* Effect.sleep(WAIT_MS)
          batch = yield* next(at)
        } else {
          // A long history is generated without a wait: timers and sockets need a turn.
          yield* Effect.yieldNow
        }
        batch ??= emptyBatch(demand(), at)
        return [batch, at.with(batch.input, batch.nextOffset)] as const
      })
    )
  }

  /** The next batch of the first demanded input that has records. */
  #next(
    { inputs }: TaskDefinition,
    at: ReadonlyArray<bigint>,
    demanded: ReadonlyArray<number>,
    nowMs: number
  ): Batch | undefined {
    for (const input of demanded) {
      const of = present(inputs[input], "demand names inputs of the task")
      const position = positionOf(at, input)
      const available = Number(this.#endAt(of, nowMs) - position)
      if (available <= 0) continue
      const length = Math.min(available, BATCH_RECORDS)
      const records = new RecordsBuilder()
      for (let i = 0; i < length; i++) {
        records.push(this.#simulator.recordAt(of.kind, of.partition, position + BigInt(i)))
      }
      return { input, records: records.finish(), nextOffset: position + BigInt(length) }
    }
    return undefined
  }

  #isAtEnd({ inputs }: TaskDefinition, at: ReadonlyArray<bigint>): boolean {
    return inputs.every((input, index) => {
      const bound = this.#bound(input)
      return bound !== undefined && positionOf(at, index) >= bound
    })
  }

  #outOfRange({ inputs }: TaskDefinition, positions: ReadonlyArray<bigint>): EventLogError | undefined {
    for (const [index, input] of inputs.entries()) {
      const position = positionOf(positions, index)
      const bound = this.#bound(input)
      if (position >= 0n && (bound === undefined || position <= bound)) continue
      return new EventLogError({
        reason: "OffsetOutOfRange",
        detail:
          `Simulated topic ${partitionLabel(input)} has no offset ${position}: it holds ${bound === undefined ? "0 and above" : `0 to ${bound}`}; ` +
          "start with an empty schema or with the simulator options of the checkpoint"
      })
    }
    return undefined
  }
}

/**
 * A simulated log. Dies with a `RangeError` for options out of bounds, because they come from code.
 */
export const layer = (options: SimulatorLogOptions): Layer.Layer<EventLog> =>
  Layer.sync(EventLog, () => new SimulatorLog(options).service)

const tasksOf = (
  { partitions }: SimulatorOptions,
  { topics, taskScope }: SimulatorLogOptions
): ReadonlyArray<TaskDefinition> => {
  const numbers = Array.from({ length: partitions }, (_, partition) => partition)
  const inputsOf = (partition: number): ReadonlyArray<Input> => [
    { kind: "chat", topic: topics.chat, partition },
    { kind: "viewer", topic: topics.viewer, partition }
  ]
  return taskScope === "all"
    ? [{ sourcePartition: ALL_PARTITIONS, inputs: numbers.flatMap(inputsOf) }]
    : numbers.map((partition) => ({ sourcePartition: partition, inputs: inputsOf(partition) }))
}
