/** A log in memory for tests, which choose its records and its end. */
import { Effect, Layer, Stream } from "effect"
import type { Batch, LogRecord } from "../../domain/Batch.ts"
import { present } from "../../domain/Invariant.ts"
import { RecordsBuilder } from "../../domain/RecordsBuilder.ts"
import type { TaskDefinition } from "../../domain/Task.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { type Demand, emptyBatch, EventLog, EventLogError, positionOf } from "../EventLog.ts"

export interface MemoryTask extends TaskDefinition {
  /** Records of each input, ascending by offset. Records that are pushed later are read, too. */
  readonly records: ReadonlyArray<Array<LogRecord>>
  /** The first offset that each input still holds, 0 by default. Earlier ones are lost. */
  readonly starts?: ReadonlyArray<bigint>
}

export interface MemoryLogOptions {
  readonly tasks: ReadonlyArray<MemoryTask>
  /** A bounded log ends after its last record; an unbounded one waits for more. */
  readonly bounded: boolean
  /** Records of one batch at most. */
  readonly batchRecords: number
}

const POLL = "100 millis"

const endOf = (records: ReadonlyArray<LogRecord>): bigint => (records.at(-1)?.offset ?? -1n) + 1n

export const layer = ({ batchRecords, bounded, tasks }: MemoryLogOptions): Layer.Layer<EventLog> =>
  Layer.sync(EventLog, () => {
    const find = (task: TaskDefinition): MemoryTask | undefined =>
      tasks.find(({ sourcePartition }) => sourcePartition === task.sourcePartition)

    /** A task that the log does not have has no records. */
    const recordsOf = (task: TaskDefinition): ReadonlyArray<ReadonlyArray<LogRecord>> => find(task)?.records ?? []

    const read = (
      task: TaskDefinition,
      positions: ReadonlyArray<bigint>,
      demand: Demand
    ): Effect.Effect<Batch | undefined, EventLogError> =>
      Effect.gen(function* () {
        const records = recordsOf(task)
        const lost = lossOf(task, find(task)?.starts ?? [], positions, records)
        if (lost !== undefined) return yield* lost
        const batch = nextBatch(records, demand(), positions, batchRecords)
        if (batch !== undefined) return batch
        if (bounded && nextBatch(records, records.keys(), positions, batchRecords) === undefined) return undefined
        yield* Effect.sleep(POLL)
        return nextBatch(records, demand(), positions, batchRecords) ?? emptyBatch([], positions)
      })

    return EventLog.of({
      assignments: Stream.succeed({ generation: 1, tasks }).pipe(Stream.concat(bounded ? Stream.empty : Stream.never)),
      startOffsets: (task) => Effect.succeed(recordsOf(task).map((records) => records[0]?.offset ?? 0n)),
      endOffsets: (task) => Effect.succeed(recordsOf(task).map(endOf)),
      readableEnds: (task) => Effect.succeed(recordsOf(task).map(endOf)),
      openTransactions: () => Effect.succeed([]),
      problem: Effect.undefined,
      commit: () => Effect.void,
      read: (task, positions, demand) =>
        Stream.unfold(positions, (now) =>
          Effect.map(read(task, now, demand), (batch) =>
            batch === undefined ? undefined : ([batch, now.with(batch.input, batch.nextOffset)] as const)
          )
        )
    })
  })

/** The next batch of the first of these inputs that has records; `undefined` = none has. */
const nextBatch = (
  records: ReadonlyArray<ReadonlyArray<LogRecord>>,
  inputs: Iterable<number>,
  positions: ReadonlyArray<bigint>,
  size: number
): Batch | undefined => {
  for (const input of inputs) {
    const position = positionOf(positions, input)
    const found = records[input]?.filter(({ offset }) => offset >= position).slice(0, size) ?? []
    if (found.length > 0) return { input, records: RecordsBuilder.of(found), nextOffset: endOf(found) }
  }
  return undefined
}

/** The failure of the first input whose position the log no longer holds. */
const lossOf = (
  task: TaskDefinition,
  starts: ReadonlyArray<bigint>,
  positions: ReadonlyArray<bigint>,
  records: ReadonlyArray<ReadonlyArray<LogRecord>>
): EventLogError | undefined => {
  for (const [index, start] of starts.entries()) {
    const expected = positionOf(positions, index)
    if (expected >= start) continue
    const { partition, topic } = present(task.inputs[index], "every start belongs to an input")
    const end = endOf(present(records[index], "every input has records"))
    const range = { topic, partition, expected, start, end }
    const detail = `memory: ${partitionLabel(range)} starts at ${start}, after the expected offset ${expected}`
    return new EventLogError({ reason: "OffsetOutOfRange", detail, range })
  }
  return undefined
}
