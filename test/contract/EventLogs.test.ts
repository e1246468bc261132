/** The sources without a server keep the contract of sources. */
import { NodeServices } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, FileSystem, Layer, type Scope, Stream } from "effect"
import type { LogRecord } from "../../src/domain/Batch.ts"
import type { TaskDefinition } from "../../src/domain/Task.ts"
import { EventLog } from "../../src/source/EventLog.ts"
import * as FileLog from "../../src/source/file/FileLog.ts"
import * as MemoryLog from "../../src/source/memory/MemoryLog.ts"
import { Simulator } from "../../src/source/simulator/Simulator.ts"
import * as SimulatorLog from "../../src/source/simulator/SimulatorLog.ts"
import { type Check, eventLogContract, type Held, type OpenedLog } from "./EventLogContract.ts"

const check: Check<never> = (name, test) => it.live(name, () => Effect.asVoid(test))

const opened = <E, R>(layer: Layer.Layer<EventLog, E, R>) =>
  Effect.map(Layer.build(layer), (context) => Context.get(context, EventLog))

const TASK: TaskDefinition = {
  sourcePartition: 0,
  inputs: [
    { kind: "chat", topic: "chat", partition: 0 },
    { kind: "viewer", topic: "viewers", partition: 0 }
  ]
}

const recordsOf = (values: ReadonlyArray<string>, from = 0): Array<LogRecord> =>
  values.map((value, index) => ({
    offset: BigInt(from + index),
    timestampMs: 1_700_000_000_000 + from + index,
    value: new Uint8Array(Buffer.from(value))
  }))

const heldOf = (values: ReadonlyArray<string>): ReadonlyArray<Held> =>
  values.map((value, index) => ({ offset: BigInt(index), value }))

const memory = (values: readonly [ReadonlyArray<string>, ReadonlyArray<string>]) =>
  Effect.gen(function* () {
    const records = values.map((some) => recordsOf(some))
    const starts = [0n, 0n]
    const log = yield* opened(
      MemoryLog.layer({ tasks: [{ ...TASK, records, starts }], bounded: false, batchRecords: 300 })
    )
    const result: OpenedLog = {
      log,
      task: TASK,
      holds: values.map(heldOf),
      ends: values.map(({ length }) => BigInt(length)),
      append: (input, more) =>
        Effect.sync(() => void records[input]?.push(...recordsOf(more, records[input]?.length ?? 0))),
      lose: (input, before) =>
        Effect.sync(() => {
          starts[input] = before
          records[input]?.splice(0, Number(before))
        })
    }
    return result
  })

/** One file in which the lines of both kinds mix. */
const file = (values: readonly [ReadonlyArray<string>, ReadonlyArray<string>]) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = `${yield* fs.makeTempDirectoryScoped()}/events.ndjson`
    const [chat, viewers] = values
    const lines: Array<readonly [input: number, value: string]> = []
    for (let index = 0; index < Math.max(chat.length, viewers.length); index++) {
      for (const [input, some] of values.entries()) {
        const value = some[index]
        if (value !== undefined) lines.push([input, value])
      }
    }
    yield* fs.writeFileString(path, lines.map(([, value]) => `${value}\n`).join(""))
    const log = yield* opened(FileLog.layer({ files: [{ name: path, path }], maxLineBytes: 1_000 }))
    const [assignment] = yield* Stream.runCollect(log.assignments)
    const task = assignment?.tasks[0]
    if (task === undefined) return assert.fail("no task")
    const result: OpenedLog = {
      log,
      task,
      holds: values.map((_, input) =>
        lines.flatMap(([of, value], line) => (of === input ? [{ offset: BigInt(line), value }] : []))
      ),
      ends: values.map(() => BigInt(lines.length))
    }
    return result
  }).pipe(Effect.provide(NodeServices.layer), Effect.orDie)

/** It ends after as many records as there are values: its own records take their place. */
const simulator = ([chat, viewers]: readonly [ReadonlyArray<string>, ReadonlyArray<string>]) =>
  Effect.gen(function* () {
    const options = { partitions: 1 }
    const endOffset = { chat: BigInt(chat.length), viewer: BigInt(viewers.length) }
    const log = yield* opened(
      SimulatorLog.layer({
        simulator: options,
        topics: { chat: "chat", viewer: "viewers" },
        taskScope: "partition",
        startingOffsets: "earliest",
        endOffset
      })
    )
    const own = new Simulator(options)
    const result: OpenedLog = {
      log,
      task: TASK,
      holds: TASK.inputs.map(({ kind }) =>
        Array.from({ length: Number(endOffset[kind]) }, (_, offset) => ({
          offset: BigInt(offset),
          value: Buffer.from(own.recordAt(kind, 0, BigInt(offset)).value ?? "").toString("utf8")
        }))
      ),
      ends: [endOffset.chat, endOffset.viewer]
    }
    return result
  })

type Open = (
  values: readonly [ReadonlyArray<string>, ReadonlyArray<string>]
) => Effect.Effect<OpenedLog, never, Scope.Scope>

const subjects: ReadonlyArray<readonly [name: string, open: Open, can: Parameters<typeof eventLogContract>[0]["can"]]> =
  [
    ["memory", memory, { grow: true, lose: true, refuseBeyondEnd: false, startLatest: false, serveSeveral: true }],
    ["a file", file, { grow: false, lose: false, refuseBeyondEnd: true, startLatest: false, serveSeveral: true }],
    [
      "the simulator",
      simulator,
      { grow: false, lose: false, refuseBeyondEnd: true, startLatest: false, serveSeveral: true }
    ]
  ]

describe.each(subjects)("%s keeps the contract of sources", (_, open, can) => {
  eventLogContract<never>({ open, can }, check)
})
