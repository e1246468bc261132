/** The reader of one task: a buffer per input, and the choice among them. */
import { Effect } from "effect"
import { isReadonlyArrayNonEmpty, type NonEmptyReadonlyArray } from "effect/Array"
import type { Batch } from "../../domain/Batch.ts"
import { present } from "../../domain/Invariant.ts"
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

/** A read that waits for records. */
interface Waiting {
  readonly demand: Demand
  readonly patienceMs: number
  /** Ends the wait. */
  readonly resume: () => void
  /** The first {@link TaskReader.pass} of the wait. */
  sinceMs: number | undefined
  waitedMs: number
}

export class TaskReader {
  readonly task: TaskDefinition
  readonly buffers: ReadonlyArray<PartitionBuffer>
  readonly #readRecords: number
  #revoked: EventLogError | undefined
  #waiting: Waiting | undefined
  /** Whether the last batch came alone. */
  #isQuiet = false

  /** Reads from `positions`, one per input of the task; at most `readRecords` records at once. */
  constructor(task: TaskDefinition, positions: ReadonlyArray<bigint>, memory: ReadMemory, readRecords: number) {
    this.task = task
    this.#readRecords = readRecords
    this.buffers = task.inputs.map((input, index) => {
      return new PartitionBuffer(input, positionOf(positions, index), memory, () => this.#resumeIfReady())
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
    this.#resumeIfReady()
  }

  /** Lets time pass: a wait ends without records after some time. */
  pass(nowMs: number): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    waiting.sinceMs ??= nowMs
    waiting.waitedMs = nowMs - waiting.sinceMs
    if (waiting.waitedMs >= waiting.patienceMs) waiting.resume()
  }

  /**
   * The next batches by `demand`, at most one of each input, in its order; an empty one after some
   * time without records. Batches take their records in the step that returns them, so an
   * interrupted wait loses nothing.
   */
  next(demand: Demand): Effect.Effect<NonEmptyReadonlyArray<Batch>, EventLogError> {
    return Effect.suspend(() => {
      const found = this.#poll(demand)
      if (found !== undefined) {
        this.#isQuiet = false
        return found
      }
      return Effect.andThen(
        this.#wait(demand),
        Effect.suspend(() => this.#poll(demand) ?? Effect.succeed([this.#empty(demand)] as const))
      )
    })
  }

  /** Waits for records or a failure of a demanded input, or until {@link pass} ends the wait. */
  #wait(demand: Demand): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const waiting: Waiting = {
        demand,
        patienceMs: this.#isQuiet ? QUIET_PATIENCE_MS : PATIENCE_MS,
        resume: () => {
          this.#waiting = undefined
          this.#isQuiet = waiting.waitedMs >= PATIENCE_MS
          // The response may hold records of the other inputs, too: they are appended first.
          resume(Effect.yieldNow)
        },
        sinceMs: undefined,
        waitedMs: 0
      }
      this.#waiting = waiting
      // Records may have arrived since the poll.
      this.#resumeIfReady()
      return Effect.sync(() => (this.#waiting = undefined))
    })
  }

  #resumeIfReady(): void {
    if (this.#waiting !== undefined && this.#isReady(this.#waiting.demand)) this.#waiting.resume()
  }

  #isReady(demand: Demand): boolean {
    if (this.#revoked !== undefined) return true
    return demand().some((input) => {
      const { failure, hasMore } = this.#buffer(input)
      return hasMore || failure !== undefined
    })
  }

  #poll(demand: Demand): Effect.Effect<NonEmptyReadonlyArray<Batch>, EventLogError> | undefined {
    if (this.#revoked !== undefined) return Effect.fail(this.#revoked)
    const batches: Array<Batch> = []
    let records = 0
    for (const input of this.#demanded(demand)) {
      const buffer = this.#buffer(input)
      const taken = buffer.hasMore ? buffer.take(this.#readRecords - records) : undefined
      if (taken !== undefined) {
        batches.push({ input, ...taken })
        records += taken.records.count
        if (records >= this.#readRecords) break
      } else if (buffer.failure !== undefined) {
        // The batches of the other inputs come first.
        if (batches.length === 0) return Effect.fail(buffer.failure)
        break
      }
    }
    return isReadonlyArrayNonEmpty(batches) ? Effect.succeed(batches) : undefined
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
