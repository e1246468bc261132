/** One task's reading: a buffer per input, and the choice among them. */
import { Effect, Latch } from "effect"
import type { Batch } from "../../domain/Batch.ts"
import type { TaskDefinition } from "../../domain/Task.ts"
import { type Demand, EventLogError } from "../EventLog.ts"
import { PartitionBuffer } from "./PartitionBuffer.ts"
import type { ReadMemory } from "./ReadMemory.ts"

/** How long a read waits for records before it gives an empty batch. */
const PATIENCE = "100 millis"

export class TaskReader {
  readonly task: TaskDefinition
  readonly buffers: ReadonlyArray<PartitionBuffer>
  private readonly batchRecords: number
  private readonly changed = Latch.makeUnsafe()
  private revoked: EventLogError | undefined

  /** Reads from `positions`, one per input of the task. */
  constructor(task: TaskDefinition, positions: ReadonlyArray<bigint>, memory: ReadMemory, batchRecords: number) {
    this.task = task
    this.batchRecords = batchRecords
    this.buffers = task.inputs.map((input, index) => {
      const position = positions[index]
      if (position === undefined) throw new Error(`no position for input ${index} of task ${task.sourcePartition}`)
      return new PartitionBuffer(input, position, memory, () => this.changed.openUnsafe())
    })
  }

  /** The inputs in which a transaction is open. */
  get openTransactions(): ReadonlyArray<number> {
    return this.buffers.flatMap(({ openTransaction }, input) => (openTransaction === undefined ? [] : [input]))
  }

  /** From now on reading fails, whatever is in the buffers. */
  revoke(why: string): void {
    this.revoked = new EventLogError({
      reason: "Revoked",
      detail: `Task ${this.task.sourcePartition} was revoked: ${why}`
    })
    this.changed.openUnsafe()
  }

  /**
   * The next batch by `demand`, an empty one after {@link PATIENCE} without any. What a batch holds is taken in the same step in which it is given: an interrupted
   * wait loses nothing.
   */
  next(demand: Demand): Effect.Effect<Batch, EventLogError> {
    return Effect.suspend(() => this.poll(demand) ?? this.wait(demand))
  }

  private wait(demand: Demand): Effect.Effect<Batch, EventLogError> {
    return this.available(demand).pipe(
      Effect.timeoutOrElse({ duration: PATIENCE, orElse: () => Effect.void }),
      Effect.andThen(Effect.suspend(() => this.poll(demand) ?? Effect.succeed(this.empty(demand))))
    )
  }

  private available(demand: Demand): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.changed.closeUnsafe()
      const ready =
        this.revoked !== undefined ||
        demand().some((input) => {
          const buffer = this.buffers[input]
          return buffer !== undefined && (buffer.hasMore || buffer.failure !== undefined)
        })
      return ready ? Effect.void : Effect.andThen(this.changed.await, this.available(demand))
    })
  }

  private poll(demand: Demand): Effect.Effect<Batch, EventLogError> | undefined {
    if (this.revoked !== undefined) return Effect.fail(this.revoked)
    for (const input of this.demanded(demand)) {
      const buffer = this.buffers[input]
      if (buffer === undefined) continue
      const taken = buffer.hasMore ? buffer.take(this.batchRecords) : undefined
      if (taken !== undefined) return Effect.succeed({ input, ...taken })
      if (buffer.failure !== undefined) return Effect.fail(buffer.failure)
    }
    return undefined
  }

  /** What is demanded, noted in the buffers: they share memory by it. */
  private demanded(demand: Demand): ReadonlyArray<number> {
    const inputs = demand()
    const demanded = new Set(inputs)
    this.buffers.forEach((buffer, input) => (buffer.isDemanded = demanded.has(input)))
    return inputs
  }

  private empty(demand: Demand): Batch {
    const input = demand()[0] ?? 0
    return { input, records: [], nextOffset: this.buffers[input]?.nextOffset ?? 0n }
  }
}
