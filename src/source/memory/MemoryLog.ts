/** A log in memory: for tests, which say what it holds and when it ends. */
import { Effect, Layer, Stream } from "effect"
import type { Batch, LogRecord } from "../../domain/Batch.ts"
import type { TaskDefinition } from "../../domain/Task.ts"
import { partitionLabel } from "../../domain/TopicPartition.ts"
import { EventLog, EventLogError } from "../EventLog.ts"

export interface MemoryTask extends TaskDefinition {
  /** Records of each input, ascending by offset. Records pushed later are read, too. */
  readonly records: ReadonlyArray<Array<LogRecord>>
  /** Where each input's log starts by now; 0 where left out. What lies before is lost. */
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

/** The next batch of an input from a position, `undefined` where it has none. */
const batchFrom = (
  records: ReadonlyArray<LogRecord> | undefined,
  input: number,
  position: bigint,
  size: number
): Batch | undefined => {
  const found = records?.filter(({ offset }) => offset >= position).slice(0, size) ?? []
  return found.length === 0 ? undefined : { input, records: found, nextOffset: endOf(found) }
}

export const layer = ({ batchRecords, bounded, tasks }: MemoryLogOptions): Layer.Layer<EventLog> =>
  Layer.sync(EventLog, () => {
    const recordsOf = (task: TaskDefinition): ReadonlyArray<ReadonlyArray<LogRecord>> =>
      tasks.find(({ sourcePartition }) => sourcePartition === task.sourcePartition)?.records ?? []

    /** The first input whose position the log no longer holds, as the failure that says so. */
    const lossOf = (task: TaskDefinition, positions: ReadonlyArray<bigint>): EventLogError | undefined => {
      const starts = tasks.find(({ sourcePartition }) => sourcePartition === task.sourcePartition)?.starts ?? []
      const input = starts.findIndex((start, index) => (positions[index] ?? 0n) < start)
      const { partition, topic } = task.inputs[input] ?? {}
      if (topic === undefined || partition === undefined) return undefined
      const range = {
        topic,
        partition,
        expected: positions[input] ?? 0n,
        start: starts[input] ?? 0n,
        end: endOf(recordsOf(task)[input] ?? [])
      }
      const detail = `memory: ${partitionLabel(range)} starts at ${range.start}, after the expected offset ${range.expected}`
      return new EventLogError({ reason: "OffsetOutOfRange", detail, range })
    }

    return EventLog.of({
      assignments: Stream.succeed({ generation: 1, tasks }).pipe(Stream.concat(bounded ? Stream.empty : Stream.never)),
      startOffsets: (task) => Effect.succeed(recordsOf(task).map((records) => records[0]?.offset ?? 0n)),
      endOffsets: (task) => Effect.succeed(recordsOf(task).map(endOf)),
      readableEnds: (task) => Effect.succeed(recordsOf(task).map(endOf)),
      openTransactions: () => Effect.succeed([]),
      problem: Effect.undefined,
      commit: () => Effect.void,
      read: (task, positions, demand) =>
        Stream.unfold(
          positions,
          Effect.fnUntraced(function* (now) {
            const records = recordsOf(task)
            const lost = lossOf(task, now)
            if (lost !== undefined) return yield* lost
            const read = (inputs: Iterable<number>): Batch | undefined => {
              for (const input of inputs) {
                const batch = batchFrom(records[input], input, now[input] ?? 0n, batchRecords)
                if (batch !== undefined) return batch
              }
              return undefined
            }
            let batch = read(demand())
            if (batch === undefined) {
              if (bounded && read(records.keys()) === undefined) return undefined
              yield* Effect.sleep(POLL)
              batch = read(demand()) ?? { input: 0, records: [], nextOffset: now[0] ?? 0n }
            }
            const { input, nextOffset } = batch
            return [batch, now.map((position, index) => (index === input ? nextOffset : position))] as const
          })
        )
    })
  })
