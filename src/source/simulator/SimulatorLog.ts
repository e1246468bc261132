/**
 * The simulator as an {@link EventLog}. A record is there once the Effect clock has reached its log time, so history is read
 * at full speed and what follows comes live. Nothing is stored: `commit` does nothing.
 */
import { Clock, Effect, Layer, Stream } from "effect"
import type { Batch } from "../../domain/Batch.ts"
import { ALL_PARTITIONS, type Input, type InputKind, type TaskDefinition } from "../../domain/Task.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { type Demand, EventLog, EventLogError } from "../EventLog.ts"
import { endOffsetAt, firstOffsetFrom } from "./LogTime.ts"
import { type SimulatedRecord, Simulator } from "./Simulator.ts"
import type { SimulatorOptions } from "./SimulatorOptions.ts"

export interface SimulatorLogOptions {
  /** The platform; left out options have the defaults of the demo. */
  readonly simulator: Partial<SimulatorOptions>
  readonly topics: Readonly<Record<InputKind, string>>
  /** One task per partition, or a single one with every partition of both topics. */
  readonly taskScope: "partition" | "all"
  /** Where a task without checkpoint starts; `earliest` is `historyMs` ago, or offset 0 in a bounded log. */
  readonly startingOffsets: "earliest" | "latest"
  /** 15 minutes where left out. */
  readonly historyMs?: number
  /** The first offset that each partition of a topic does not have: then the log is bounded and reading ends. Endless where left out. */
  readonly endOffset?: Readonly<Record<InputKind, bigint>>
}

const BATCH_RECORDS = 1000
const WAIT_MS = 100
const HISTORY_MS = 15 * 60_000

/** A simulated log. Dies with a `RangeError` for options out of bounds: they come from code. */
export const layer = (options: SimulatorLogOptions): Layer.Layer<EventLog> =>
  Layer.sync(EventLog, () => {
    const simulator = new Simulator(options.simulator)
    const generation = 1
    const assignment = Stream.make({ generation, tasks: tasksOf(simulator.options, options) })

    const endAt = (input: Input, nowMs: number): bigint => {
      const now = BigInt(endOffsetAt(simulator.pace(input.kind), nowMs))
      const bound = options.endOffset?.[input.kind]
      return bound !== undefined && bound < now ? bound : now
    }

    const startAt = (input: Input, nowMs: number): bigint => {
      if (options.startingOffsets === "latest") return endAt(input, nowMs)
      if (options.endOffset !== undefined) return 0n
      return BigInt(firstOffsetFrom(simulator.pace(input.kind), nowMs - (options.historyMs ?? HISTORY_MS)))
    }

    const batchFrom = (input: number, of: Input, position: bigint, nowMs: number): Batch | undefined => {
      const available = Number(endAt(of, nowMs) - position)
      if (available <= 0) return undefined
      const records: Array<SimulatedRecord> = []
      const length = Math.min(available, BATCH_RECORDS)
      for (let i = 0; i < length; i++) records.push(simulator.recordAt(of.kind, of.partition, position + BigInt(i)))
      return { input, records, nextOffset: position + BigInt(length) }
    }

    const outside = (task: TaskDefinition, positions: ReadonlyArray<bigint>): EventLogError | undefined => {
      for (const [index, input] of task.inputs.entries()) {
        const position = positions[index] ?? -1n
        const bound = options.endOffset?.[input.kind]
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

    const read = (
      task: TaskDefinition,
      positions: ReadonlyArray<bigint>,
      demand: Demand
    ): Stream.Stream<Batch, EventLogError> => {
      const error = outside(task, positions)
      if (error !== undefined) return Stream.fail(error)

      const ended = (at: ReadonlyArray<bigint>): boolean =>
        task.inputs.every(({ kind }, index) => (at[index] ?? 0n) >= (options.endOffset?.[kind] ?? at[index] ?? 0n))

      const next = (at: ReadonlyArray<bigint>): Effect.Effect<Batch | undefined> =>
        Effect.map(Clock.currentTimeMillis, (nowMs) => {
          for (const input of demand()) {
            const of = task.inputs[input]
            const batch = of === undefined ? undefined : batchFrom(input, of, at[input] ?? 0n, nowMs)
            if (batch !== undefined) return batch
          }
          return undefined
        })

      return Stream.unfold(
        positions,
        Effect.fnUntraced(function* (at: ReadonlyArray<bigint>) {
          if (options.endOffset !== undefined && ended(at)) return undefined
          let batch = yield* next(at)
          if (batch === undefined) {
            yield* Effect.sleep(WAIT_MS)
            batch = yield* next(at)
          } else {
            // a long history is made without waiting for anything: let timers and sockets have their turn
            yield* Effect.yieldNow
          }
          if (batch === undefined) {
            const input = demand()[0] ?? 0
            batch = { input, records: [], nextOffset: at[input] ?? 0n }
          }
          return [batch, at.with(batch.input, batch.nextOffset)] as const
        })
      )
    }

    const ends = (task: TaskDefinition) =>
      Effect.map(Clock.currentTimeMillis, (nowMs) => task.inputs.map((input) => endAt(input, nowMs)))

    return {
      assignments: options.endOffset === undefined ? Stream.concat(assignment, Stream.never) : assignment,
      read,
      startOffsets: (task) =>
        Effect.map(Clock.currentTimeMillis, (nowMs) => task.inputs.map((input) => startAt(input, nowMs))),
      endOffsets: ends,
      readableEnds: ends,
      openTransactions: () => Effect.succeed([]),
      problem: Effect.undefined,
      commit: () => Effect.void
    }
  })

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
