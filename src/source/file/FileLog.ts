/**
 * NDJSON files as a bounded {@link EventLog}: one event per line, chat and viewer events in any
 * mixture. There is one task with two inputs per file: its lines of each kind. The topic is the
 * file's name as given, the partition 0, the offset the line's number from 0. A blank line has an
 * offset but no record. A byte order mark before a line is removed.
 */
import { Effect, FileSystem, Layer, type PlatformError, type Scope, Stream } from "effect"
import type { Batch } from "../../domain/Batch.ts"
import type { FieldMaps } from "../../domain/FieldMap.ts"
import { present } from "../../domain/Invariant.ts"
import type { Records } from "../../domain/Records.ts"
import { RecordsBuilder } from "../../domain/RecordsBuilder.ts"
import { FROM_FILES, type Input, type TaskDefinition } from "../../domain/Task.ts"
import { type Demand, emptyBatch, EventLog, EventLogError, positionOf } from "../EventLog.ts"
import { isBlank, withoutMark } from "./Line.ts"
import { LineCutter } from "./LineCutter.ts"
import { kindOf } from "./LineKind.ts"

export interface FileSource {
  /** Its name in messages and tables. */
  readonly name: string
  /** The path of a regular file: it is read several times. */
  readonly path: string
}

export interface FileLogOptions {
  readonly files: ReadonlyArray<FileSource>
  /**
   * Longer lines are cut at this size. With one byte more than MAX_EVENT_BYTES, decoding reports
   * them as too large while memory stays bounded.
   */
  readonly maxLineBytes: number
  /** The mapped fields of the lines, by which their kinds are known. */
  readonly fields?: FieldMaps | undefined
}

const BATCH_RECORDS = 1000
const CHUNK_BYTES = 256 * 1024
const WAIT_MS = 100
/** A line of a file has no timestamp. */
const NO_TIMESTAMP = -1

/**
 * The files as a log. Files are read in chunks on demand; at most a batch, a chunk and a line per
 * input are in memory.
 */
export const layer = (options: FileLogOptions): Layer.Layer<EventLog, never, FileSystem.FileSystem> =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const task = taskOf(options)
      const paths = new Map(options.files.map(({ name, path }) => [name, path]))

      const open = (input: Input): Effect.Effect<OpenFile, EventLogError, Scope.Scope> =>
        Effect.map(
          Effect.mapError(fs.open(present(paths.get(input.topic), "every input is a file of the options")), (error) =>
            unreadable(input, error)
          ),
          (handle) => new OpenFile(input, handle, options)
        )

      /** Counts each file once: files do not change while they are read. */
      const counts = new Map(
        yield* Effect.forEach(task.inputs, (input) =>
          Effect.map(
            Effect.cached(Effect.scoped(Effect.flatMap(open(input), countLines))),
            (count) => [input.topic, count] as const
          )
        )
      )

      const ends = ({ inputs }: TaskDefinition) =>
        Effect.forEach(inputs, ({ topic }) => present(counts.get(topic), "every input is a file of the options"))

      return {
        assignments: Stream.fromEffect(
          Effect.gen(function* () {
            const twice = options.files.find(({ name }, index) =>
              options.files.some((file, other) => other < index && file.name === name)
            )
            if (twice !== undefined) return yield* listedTwice(twice)
            // Names a missing file before the first line of another one is read.
            for (const input of task.inputs) yield* Effect.scoped(Effect.flatMap(open(input), (file) => file.probe))
            return { generation: 1, tasks: [task] }
          })
        ),
        read: ({ inputs }, positions, demand) =>
          Stream.unwrap(Effect.map(Effect.forEach(inputs, open), (files) => batches(files, positions, demand))),
        startOffsets: ({ inputs }) => Effect.succeed(inputs.map(() => 0n)),
        endOffsets: ends,
        readableEnds: ends,
        openTransactions: () => Effect.succeed([]),
        problem: Effect.undefined,
        commit: () => Effect.void
      }
    })
  )

const taskOf = ({ files }: FileLogOptions): TaskDefinition => ({
  sourcePartition: FROM_FILES,
  inputs: files.flatMap(({ name }): ReadonlyArray<Input> => [
    { kind: "chat", topic: name, partition: 0 },
    { kind: "viewer", topic: name, partition: 0 }
  ])
})

const unreadable = (input: Input, error: PlatformError.PlatformError): EventLogError =>
  new EventLogError({
    reason: "Unreadable",
    detail: `Cannot read file ${input.topic}: ${error.reason._tag}; pass a regular file that exists and that this user may read`,
    cause: error
  })

const listedTwice = ({ name }: FileSource): EventLogError =>
  new EventLogError({
    reason: "Topics",
    detail: `File ${name} is listed twice: its events would count twice; list each file once`
  })

const outOfRange = (input: Input, position: bigint, lines: bigint): EventLogError =>
  new EventLogError({
    reason: "OffsetOutOfRange",
    detail: `File ${input.topic} has no line ${position} to continue from: it has ${lines} lines; check whether it was truncated or replaced`
  })

/** A file that is read once, line by line, for its lines of one kind. */
class OpenFile {
  readonly input: Input
  readonly #handle: FileSystem.File
  readonly #lines: LineCutter
  readonly #fields: FieldMaps | undefined
  #next = 0n
  #ended = false

  constructor(input: Input, handle: FileSystem.File, { fields, maxLineBytes }: FileLogOptions) {
    this.input = input
    this.#handle = handle
    this.#fields = fields
    this.#lines = new LineCutter(maxLineBytes)
  }

  /** The number of the next line; after the end of the file, the number of lines. */
  get next(): bigint {
    return this.#next
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Reads one byte: fails if the file can be opened but not read, such as a folder. */
  get probe(): Effect.Effect<void, EventLogError> {
    return Effect.asVoid(this.#readInto(new Uint8Array(1)))
  }

  /**
   * Reads beyond line `from`, by at most 1,000 records and one chunk (more for long lines). Returns
   * the records from there on. Lines of the other kind are progress without records.
   */
  batch(from: bigint): Effect.Effect<Records, EventLogError> {
    const records = new RecordsBuilder()
    const more = (): boolean => {
      this.#cut(records, from)
      return this.#next <= from && !this.#ended
    }
    return Effect.map(
      Effect.whileLoop({ while: more, body: () => this.#fill(records, from), step: () => undefined }),
      () => records.finish()
    )
  }

  /** Reads the next chunk; at the end of the file, takes the last line. */
  #fill(records: RecordsBuilder, from: bigint): Effect.Effect<void, EventLogError> {
    // A new buffer per chunk: the records are views of it.
    const buffer = new Uint8Array(CHUNK_BYTES)
    return Effect.map(this.#readInto(buffer), (bytes) => {
      if (bytes > 0) return this.#lines.push(buffer.subarray(0, bytes))
      this.#ended = true
      const last = this.#lines.last()
      if (last !== undefined) this.#add(last, records, from)
    })
  }

  /** Moves whole lines of the chunk into `records`. */
  #cut(records: RecordsBuilder, from: bigint): void {
    while (records.count < BATCH_RECORDS) {
      const line = this.#lines.next()
      if (line === undefined) return
      this.#add(line, records, from)
    }
  }

  #add(line: Uint8Array, records: RecordsBuilder, from: bigint): void {
    const offset = this.#next++
    const value = withoutMark(line)
    if (offset < from || isBlank(value) || kindOf(value, this.#fields) !== this.input.kind) return
    records.push({ offset, timestampMs: NO_TIMESTAMP, value })
  }

  #readInto(buffer: Uint8Array): Effect.Effect<number, EventLogError> {
    return Effect.mapError(this.#handle.read(buffer), (error) => unreadable(this.input, error))
  }
}

/** Reads the whole file and returns the number of its lines. */
const countLines = (file: OpenFile): Effect.Effect<bigint, EventLogError> =>
  Effect.map(file.batch(AFTER_ALL_LINES), () => file.next)

const AFTER_ALL_LINES = 2n ** 63n

/**
 * The batches of files that only this stream reads. Ends once all files have ended, whatever the
 * demand.
 */
const batches = (
  files: ReadonlyArray<OpenFile>,
  positions: ReadonlyArray<bigint>,
  demand: Demand
): Stream.Stream<Batch, EventLogError> =>
  Stream.unfold(
    positions,
    Effect.fnUntraced(function* (at: ReadonlyArray<bigint>) {
      const emit = (batch: Batch) => [batch, at.with(batch.input, batch.nextOffset)] as const
      const wanted = demand()
      for (const input of wanted) {
        const file = present(files[input], "demand names inputs of the task")
        if (file.ended) continue
        const position = positionOf(at, input)
        const records = yield* file.batch(position)
        if (file.ended && file.next < position) return yield* outOfRange(file.input, position, file.next)
        // Lines without records are progress, too.
        if (file.next > position) return emit({ input, records, nextOffset: file.next })
      }
      if (files.every((file) => file.ended)) return undefined
      yield* Effect.sleep(WAIT_MS)
      return emit(emptyBatch(wanted, at))
    })
  )
