import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Batch } from "../../../src/domain/Batch.ts"
import { FROM_FILES, type TaskDefinition } from "../../../src/domain/Task.ts"
import { type Demand, EventLog } from "../../../src/source/EventLog.ts"
import * as FileLog from "../../../src/source/file/FileLog.ts"

type Bytes = string | Uint8Array

/** Writes the files into a folder of their own and gives their names. */
const write = Effect.fnUntraced(function* (contents: ReadonlyArray<Bytes>) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const names: Array<string> = []
  for (const [index, content] of contents.entries()) {
    const name = `${folder}/${index}.ndjson`
    yield* fs.writeFile(name, typeof content === "string" ? Buffer.from(content) : content)
    names.push(name)
  }
  return names
})

const logOf = (names: ReadonlyArray<string>, maxLineBytes = 1000) =>
  FileLog.layer({ files: names.map((name) => ({ name, path: name })), maxLineBytes })

/** The only task of the log, and the log itself. */
const opened = Effect.gen(function* () {
  const log = yield* EventLog
  const assignments = yield* Stream.runCollect(log.assignments)
  assert.strictEqual(assignments.length, 1)
  const task = assignments[0]?.tasks[0]
  if (task === undefined) return yield* Effect.die("no task")
  return { log, task, tasks: assignments[0]?.tasks.length }
})

/** The first file's chat by itself. */
const chatOf = (task: TaskDefinition): TaskDefinition => ({ ...task, inputs: task.inputs.slice(0, 1) })

const everything =
  (task: TaskDefinition): Demand =>
  () =>
    task.inputs.map((_, index) => index)

const lines = (batches: ReadonlyArray<Batch>): ReadonlyArray<readonly [number, bigint, string]> =>
  batches.flatMap(({ input, records }) =>
    Array.from(
      records,
      ({ offset, value }) => [input, offset, Buffer.from(value ?? new Uint8Array(0)).toString("latin1")] as const
    )
  )

describe("FileLog", () => {
  it.effect("has one task with two inputs per file, and ends after the last line of all files", () =>
    Effect.gen(function* () {
      const [a, b, c] = yield* write(["a0\na1\n", 'b0\r\n\r\n \t\r\n{"viewer_count":3}\r\nb4', ""])
      assert(a !== undefined && b !== undefined && c !== undefined)
      const [batches, task, tasks, starts, ends] = yield* Effect.gen(function* () {
        const { log, task, tasks } = yield* opened
        const starts = yield* log.startOffsets(task)
        const batches = yield* Stream.runCollect(log.read(task, starts, everything(task)))
        yield* log.commit(task, starts)
        return [batches, task, tasks, starts, yield* log.endOffsets(task)] as const
      }).pipe(Effect.provide(logOf([a, b, c])))
      assert.strictEqual(tasks, 1)
      assert.deepStrictEqual(task, {
        sourcePartition: FROM_FILES,
        inputs: [a, b, c].flatMap((topic): TaskDefinition["inputs"] => [
          { kind: "chat", topic, partition: 0 },
          { kind: "viewer", topic, partition: 0 }
        ])
      })
      assert.deepStrictEqual(starts, [0n, 0n, 0n, 0n, 0n, 0n])
      assert.deepStrictEqual(ends, [2n, 2n, 5n, 5n, 0n, 0n])
      assert.deepStrictEqual(lines(batches), [
        [0, 0n, "a0"],
        [0, 1n, "a1"],
        [2, 0n, "b0"],
        [2, 4n, "b4"],
        [3, 3n, '{"viewer_count":3}']
      ])
      assert.deepStrictEqual(
        ends.map((_, input) => batches.findLast((batch) => batch.input === input)?.nextOffset),
        [2n, 2n, 5n, 5n, undefined, undefined]
      )
      assert(batches.every(({ records }) => records.timestampsMs.every((timestampMs) => timestampMs === -1)))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("blank lines at the end move the offset up to the end", () =>
    Effect.gen(function* () {
      const names = yield* write(["a\n\n\n"])
      const batches = yield* Effect.gen(function* () {
        const { log, task } = yield* opened
        return yield* Stream.runCollect(log.read(chatOf(task), [0n], () => [0]))
      }).pipe(Effect.provide(logOf(names)))
      assert.deepStrictEqual(batches.at(-1)?.nextOffset, 3n)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("reads big files in batches of at most 1,000, whole characters and broken bytes as they are", () =>
    Effect.gen(function* () {
      // Lengths that fall on every place of a chunk's border; long files, so that there are many
      // chunks.
      const text = Array.from({ length: 60_000 }, (_, i) => `${i} ${"ñ👏".repeat(i % 7)}`)
      const broken = Uint8Array.of(0xff, 0xfe, 0x80)
      const bytes = Buffer.concat([Buffer.from(text.join("\n")), Uint8Array.of(0x0a), broken])
      const names = yield* write([bytes])
      const batches = yield* Effect.gen(function* () {
        const { log, task } = yield* opened
        return yield* Stream.runCollect(log.read(chatOf(task), [0n], () => [0]))
      }).pipe(Effect.provide(logOf(names)))
      const records = batches.flatMap((batch) => [...batch.records])
      assert(batches.every((batch) => batch.records.count <= 1000))
      assert(batches.some((batch) => batch.records.count === 1000))
      let next = 0n
      for (const batch of batches) {
        assert.strictEqual(batch.records.offsetAt(0), next)
        next = batch.nextOffset
      }
      assert.deepStrictEqual(
        records.slice(0, -1).map(({ value }) => Buffer.from(value ?? broken).toString()),
        text
      )
      assert.deepStrictEqual([...(records.at(-1)?.value ?? [])], [...broken])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("cuts a line far longer than a chunk at maxLineBytes", () =>
    Effect.gen(function* () {
      const names = yield* write([`${"x".repeat(3_000_000)}\nnext\n`])
      const batches = yield* Effect.gen(function* () {
        const { log, task } = yield* opened
        return yield* Stream.runCollect(log.read(chatOf(task), [0n], () => [0]))
      }).pipe(Effect.provide(logOf(names, 300_001)))
      const records = batches.flatMap((batch) => [...batch.records])
      assert.strictEqual(records[0]?.value?.length, 300_001)
      assert.strictEqual(Buffer.from(records[1]?.value ?? "").toString(), "next")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("starts at any line, also at the end, and refuses to start beyond it", () =>
    Effect.gen(function* () {
      const names = yield* write(["0\n1\n\n3\n"])
      const from = (position: bigint) =>
        Effect.gen(function* () {
          const { log, task } = yield* opened
          return lines(yield* Stream.runCollect(log.read(chatOf(task), [position], () => [0]))).map((line) => line[1])
        }).pipe(Effect.provide(logOf(names)))
      assert.deepStrictEqual(yield* from(1n), [1n, 3n])
      assert.deepStrictEqual(yield* from(2n), [3n])
      assert.deepStrictEqual(yield* from(4n), [])
      const error = yield* Effect.flip(from(5n))
      assert.strictEqual(error.reason, "OffsetOutOfRange")
      assert.include(error.message, names[0] ?? "no name")
      assert.include(error.message, "line 5")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("reads the most wanted input that has not ended, and none without demand", () =>
    Effect.gen(function* () {
      const names = yield* write(["a0\n", "b0\n"])
      yield* Effect.gen(function* () {
        const { log, task } = yield* opened
        let wanted: ReadonlyArray<number> = []
        const batches: Array<Batch> = []
        const reading = Stream.runForEach(
          log.read({ ...task, inputs: task.inputs.filter(({ kind }) => kind === "chat") }, [0n, 0n], () => wanted),
          (batch) => {
            batches.push(batch)
            // One after the other: none, then the second, then none again, then all.
            wanted = [[], [1], [1], [1, 0]][batches.length] ?? wanted
            return Effect.void
          }
        )
        // Files are read in real time: the clock advances until they are.
        const ticking = Effect.forever(Effect.andThen(TestClock.adjust("100 millis"), Effect.yieldNow))
        yield* Effect.raceFirst(reading, ticking)
        assert.deepStrictEqual(
          batches.map(({ input, records, nextOffset }) => [input, records.count, nextOffset]),
          [
            [0, 0, 0n],
            [1, 1, 1n],
            [1, 0, 1n],
            [0, 1, 1n]
          ]
        )
      }).pipe(Effect.provide(logOf(names)))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect.each([["missing"], ["folder"]])("names a %s file that is unreadable", ([kind]) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const [good] = yield* write(["{}"])
      const bad = kind === "folder" ? folder : `${folder}/missing.ndjson`
      const error = yield* Effect.flip(opened.pipe(Effect.provide(logOf([good ?? "", bad]))))
      assert.strictEqual(error.reason, "Unreadable")
      assert.isFalse(error.isRetryable)
      assert.include(error.message, bad)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("refuses a file that is listed twice", () =>
    Effect.gen(function* () {
      const [name] = yield* write(["{}"])
      const error = yield* Effect.flip(opened.pipe(Effect.provide(logOf([name ?? "", name ?? ""]))))
      assert.strictEqual(error.reason, "Topics")
      assert.include(error.message, name ?? "no name")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})
