/**
 * NDJSON files as a bounded {@link EventLog}: one event a line, one task, one input per file. The topic is the file's name as it was
 * given, the partition its place among the files of its kind, the offset the line's number from 0. Blank lines give no record but count as lines.
 */
import { Effect, FileSystem, Layer, type PlatformError, type Scope, Stream } from "effect"
import type { Batch, LogRecord } from "../../domain/Batch.ts"
import { FROM_FILES, type Input, type InputKind, type TaskDefinition } from "../../domain/Task.ts"
import { type Demand, EventLog, EventLogError } from "../EventLog.ts"
import { LineCutter } from "./LineCutter.ts"

export interface FileLogOptions {
  /** The files of each kind. */
  readonly files: Readonly<Record<InputKind, ReadonlyArray<string>>>
  /** Longer lines are cut at this size. One byte more than MAX_EVENT_BYTES lets decoding call them too large while memory stays bounded. */
  readonly maxLineBytes: number
}

const BATCH_RECORDS = 1000
const CHUNK_BYTES = 256 * 1024
const WAIT_MS = 100
/** Files have no time of their own for a line. */
const NO_TIMESTAMP = -1

/** The files as a log. Files are read in chunks and only as far as asked; at most a batch, a chunk and a line per file are in memory. */
export const layer = (options: FileLogOptions): Layer.Layer<EventLog, never, FileSystem.FileSystem> =>
  Layer.effect(
    EventLog,
    Effect.map(FileSystem.FileSystem, (fs) => {
      const task = taskOf(options)
      const open = (input: Input): Effect.Effect<OpenFile, EventLogError, Scope.Scope> =>
        Effect.map(
          Effect.mapError(fs.open(input.topic), (error) => unreadable(input, error)),
          (handle) => new OpenFile(input, handle, options.maxLineBytes)
        )

      return {
        assignments: Stream.fromEffect(
          Effect.gen(function* () {
            const twice = task.inputs.find(({ topic }, index) =>
              task.inputs.some((a, i) => i < index && a.topic === topic)
            )
            if (twice !== undefined) return yield* givenTwice(twice)
            // a file that is missing is named before the first line of another one is read
            for (const input of task.inputs) yield* Effect.scoped(Effect.flatMap(open(input), (file) => file.probe))
            return { generation: 1, tasks: [task] }
          })
        ),
        read: ({ inputs }, positions, demand) =>
          Stream.unwrap(Effect.map(Effect.forEach(inputs, open), (files) => batches(files, positions, demand))),
        startOffsets: ({ inputs }) => Effect.succeed(inputs.map(() => 0n)),
        endOffsets: ({ inputs }) =>
          Effect.forEach(inputs, (input) => Effect.scoped(Effect.flatMap(open(input), countLines))),
        problem: Effect.undefined,
        commit: () => Effect.void
      }
    })
  )

const taskOf = ({ files }: FileLogOptions): TaskDefinition => {
  const inputsOf = (kind: InputKind): ReadonlyArray<Input> =>
    files[kind].map((topic, partition) => ({ kind, topic, partition }))
  return { sourcePartition: FROM_FILES, inputs: [...inputsOf("chat"), ...inputsOf("viewer")] }
}

const unreadable = (input: Input, error: PlatformError.PlatformError): EventLogError =>
  new EventLogError({
    reason: "Unreadable",
    detail:
      `The ${input.kind} file ${input.topic} can't be read (${error.reason._tag}). ` +
      "Give the name of a regular file that exists and that this user may read.",
    cause: error
  })

const givenTwice = (input: Input): EventLogError =>
  new EventLogError({
    reason: "Topics",
    detail: `The file ${input.topic} is given twice. Each event would count twice: give each file once, as chat or as viewer.`
  })

const outOfRange = (input: Input, position: bigint, lines: bigint): EventLogError =>
  new EventLogError({
    reason: "OffsetOutOfRange",
    detail:
      `The ${input.kind} file ${input.topic} has no line ${position} to go on from: it has ${lines} lines. ` +
      "Was it cut or replaced since it was last read?"
  })

/** A file that is being read, line by line, once. */
class OpenFile {
  readonly input: Input
  readonly #handle: FileSystem.File
  readonly #lines: LineCutter
  #next = 0n
  #ended = false

  constructor(input: Input, handle: FileSystem.File, maxLineBytes: number) {
    this.input = input
    this.#handle = handle
    this.#lines = new LineCutter(maxLineBytes)
  }

  /** The number of the next line; once the file has ended: how many there are. */
  get next(): bigint {
    return this.#next
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Reads a byte: fails where the file can be opened but not read, such as a folder. */
  get probe(): Effect.Effect<void, EventLogError> {
    return Effect.asVoid(this.#readInto(new Uint8Array(1)))
  }

  /** Reads on to the next records with a number >= `from`: at most 1,000, and at most a chunk's worth. None where the file has ended. */
  batch(from: bigint): Effect.Effect<ReadonlyArray<LogRecord>, EventLogError> {
    const records: Array<LogRecord> = []
    const more = (): boolean => {
      this.#cut(records, from)
      return records.length === 0 && !this.#ended
    }
    return Effect.as(
      Effect.whileLoop({ while: more, body: () => this.#fill(records, from), step: () => undefined }),
      records
    )
  }

  /** Reads the next chunk; at the end of the file, takes the last line. */
  #fill(records: Array<LogRecord>, from: bigint): Effect.Effect<void, EventLogError> {
    // a fresh buffer per chunk: the records are views of it
    const buffer = new Uint8Array(CHUNK_BYTES)
    return Effect.map(this.#readInto(buffer), (bytes) => {
      if (bytes > 0) return this.#lines.push(buffer.subarray(0, bytes))
      this.#ended = true
      const last = this.#lines.last()
      if (last !== undefined) this.#add(last, records, from)
    })
  }

  /** Moves whole lines of the chunk into `records`. */
  #cut(records: Array<LogRecord>, from: bigint): void {
    while (records.length < BATCH_RECORDS) {
      const line = this.#lines.next()
      if (line === undefined) return
      this.#add(line, records, from)
    }
  }

  #add(line: Uint8Array, records: Array<LogRecord>, from: bigint): void {
    const offset = this.#next++
    if (offset < from || isBlank(line)) return
    records.push({ offset, timestampMs: NO_TIMESTAMP, value: line })
  }

  #readInto(buffer: Uint8Array): Effect.Effect<number, EventLogError> {
    return Effect.mapError(this.#handle.read(buffer), (error) => unreadable(this.input, error))
  }
}

const isBlank = (line: Uint8Array): boolean => line.every((byte) => byte === 0x20 || byte === 0x09)

/** Reads the whole file and gives the number of its lines. */
const countLines = (file: OpenFile): Effect.Effect<bigint, EventLogError> =>
  Effect.map(file.batch(AFTER_ALL_LINES), () => file.next)

const AFTER_ALL_LINES = 2n ** 63n

/** The batches of files opened for this stream alone. Ends once all have ended, whatever the demand. */
const batches = (
  files: ReadonlyArray<OpenFile>,
  positions: ReadonlyArray<bigint>,
  demand: Demand
): Stream.Stream<Batch, EventLogError> =>
  Stream.unfold(
    positions,
    Effect.fnUntraced(function* (at: ReadonlyArray<bigint>) {
      const give = (batch: Batch) => [batch, at.with(batch.input, batch.nextOffset)] as const
      const wanted = demand()
      for (const input of wanted) {
        const file = files[input]
        const position = at[input] ?? 0n
        if (file === undefined || file.ended) continue
        const records = yield* file.batch(position)
        if (file.ended && file.next < position) return yield* outOfRange(file.input, position, file.next)
        // blank lines at the end are progress, too
        if (records.length > 0 || file.next > position) return give({ input, records, nextOffset: file.next })
      }
      if (files.every((file) => file.ended)) return undefined
      yield* Effect.sleep(WAIT_MS)
      const input = wanted[0] ?? 0
      return give({ input, records: [], nextOffset: at[input] ?? 0n })
    })
  )
