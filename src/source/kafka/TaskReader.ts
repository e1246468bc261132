/** The reader of one task: a buffer per input, and the choice among them. */
import { Effect, Latch } from "effect"
import type { Batch } from "../../domain/Batch.ts"
import { present } from "../../domain/Invariant.ts"
import { monotonicMs } from "../../domain/Monotonic.ts"
import type { TaskDefinition } from "../../domain/Task.ts"
import { type Demand, emptyBatch, EventLogError, positionOf } from "../EventLog.ts"
import { PartitionBuffer } from "./PartitionBuffer.ts"
import type { ReadMemory } from "./ReadMemory.ts"

/**
 * How long a read waits for records before it returns an empty batch, by which time passes for the
 * task. A batch within this time of the one before may come without a tick.
 */
const PATIENCE_MS = 100

/**
 * The same, if the last batch came alone: with hundreds of quiet tasks the empty batches would cost
 * more than the records.
 */
const QUIET_PATIENCE_MS = 500

export class TaskReader {
  readonly task: TaskDefinition
  readonly buffers: ReadonlyArray<PartitionBuffer>
  readonly #batchRecords: number
  readonly #changed = Latch.makeUnsafe()
  #revoked: EventLogError | undefined
  #returnedMs = Number.NEGATIVE_INFINITY
  /** Whether the last batch came alone. */
  #isQuiet = false

  /** Reads from `positions`, one per input of the task. */
  constructor(task: TaskDefinition, positions: ReadonlyArray<bigint>, memory: ReadMemory, batchRecords: number) {
    this.task = task
    this.#batchRecords = batchRecords
    this.buffers = task.inputs.map((input, index) => {
      return new PartitionBuffer(input, positionOf(positions, index), memory, () => this.#changed.openUnsafe())
    })
  }

  /** The inputs in which a transaction is open. */
  get openTransactions(): ReadonlyArray<number> {
    return this.buffers.flatMap(({ openTransaction }, input) => (openTransaction === undefined ? [] : [input]))
  }

  /** Makes every read fail from now on, whatever is in the buffers. */
  revoke(why: string): void {
    this.#revoked = new EventLogError({
      reason: "Revoked",
      detail: `Task ${this.task.sourcePartition} was revoked: ${why}`
    })
    this.#changed.openUnsafe()
  }

  /**
   * The next batch by `demand`; an empty one after some time without records. A batch takes its
   * records in the step that returns it, so an interrupted wait loses nothing.
   */
  next(demand: Demand): Effect.Effect<Batch, EventLogError> {
    return Effect.suspend(() => this.#poll(demand) ?? this.#wait(demand)).pipe(
      Effect.tap(() => Effect.map(monotonicMs, (nowMs) => this.#returned(nowMs)))
    )
  }

  #returned(nowMs: number): void {
    this.#isQuiet = nowMs - this.#returnedMs >= PATIENCE_MS
    this.#returnedMs = nowMs
  }

  #wait(demand: Demand): Effect.Effect<Batch, EventLogError> {
    return this.#available(demand).pipe(
      Effect.timeoutOrElse({
        duration: this.#isQuiet ? QUIET_PATIENCE_MS : PATIENCE_MS,
        orElse: () => Effect.void
      }),
      Effect.andThen(Effect.suspend(() => this.#poll(demand) ?? Effect.succeed(this.#empty(demand))))
    )
  }

  /** Waits until a demanded input has records or a failure. */
  #available(demand: Demand): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.#changed.closeUnsafe()
      const isReady =
        this.#revoked !== undefined ||
        demand().some((input) => {
          const { failure, hasMore } = this.#buffer(input)
          return hasMore || failure !== undefined
        })
      return isReady ? Effect.void : Effect.andThen(this.#changed.await, this.#available(demand))
    })
  }

  #poll(demand: Demand): Effect.Effect<Batch, EventLogError> | undefined {
    if (this.#revoked !== undefined) return Effect.fail(this.#revoked)
    for (const input of this.#demanded(demand)) {
      const buffer = this.#buffer(input)
      const taken = buffer.hasMore ? buffer.take(this.#batchRecords) : undefined
      if (taken !== undefined) return Effect.succeed({ input, ...taken })
      if (buffer.failure !== undefined) return Effect.fail(buffer.failure)
    }
    return undefined
  }

  /** The demanded inputs. Notes the demand in the buffers, which share memory by it. */
  #demanded(demand: Demand): ReadonlyArray<number> {
    const inputs = demand()
    const demanded = new Set(inputs)
    this.buffers.forEach((buffer, input) => (buffer.isDemanded = demanded.has(input)))
    return inputs
  }

  #empty(demand: Demand): Batch {
    return emptyBatch(
      demand(),
      this.buffers.map(({ nextOffset }) => nextOffset)
    )
  }

  #buffer(input: number): PartitionBuffer {
    return present(this.buffers[input], "demand names inputs of the task")
  }
}
