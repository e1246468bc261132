import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { BEFORE_ALL } from "../../../src/domain/EventTime.ts"
import { NO_COUNTS } from "../../../src/domain/Flush.ts"
import { firstCheckpoint, INPUTS, settingsOf } from "../../pipeline/Script.ts"
import { noFaults } from "./Plan.ts"
import { Random } from "../../harness/Random.ts"
import { Process, Simulation } from "./Simulation.ts"
import { Tables } from "./Tables.ts"

const settings = settingsOf(0, 0, false)

/** A process and the tables that it queries; the task is at its first checkpoint. */
const world = () => {
  const simulation = new Simulation(new Random(1))
  const process = new Process("worker", simulation, 0)
  const tables = new Tables(simulation, noFaults(), (store) => store)
  let losses = 0
  const store = tables.storeOf(process, settings, () => losses)
  const play = <A, E>(call: Effect.Effect<A, E>): void => {
    Effect.runForkWith(process.context)(call)
    simulation.run(1000)
  }
  const takeOver = () => store.takeOver(0, "worker")
  play(store.create({ ...firstCheckpoint({ inputs: INPUTS.slice(0, 2), settings }), epoch: 0 }))
  return {
    play,
    takeOver,
    lose: () => losses++,
    findings: tables.findings,
    takeOverAndCommit: () =>
      play(
        Effect.flatMap(takeOver(), (checkpoint) =>
          store.commit({
            checkpoint: { ...checkpoint, flushNumber: checkpoint.flushNumber + 1 },
            watermarkBeforeMs: BEFORE_ALL,
            rows: [],
            moments: [],
            baselines: [],
            broadcasts: [],
            deadLetters: [],
            gaps: [],
            inputCounts: checkpoint.inputs.map(() => NO_COUNTS),
            status: {
              ...NO_COUNTS,
              owner: "worker",
              lastFlushWithRows: null,
              lagRecords: null,
              recordsPerSecond: null
            }
          })
        )
      )
  }
}

describe("a task that a process takes over again", () => {
  it("is a broken promise if the process has not lost it", () => {
    const { findings, play, takeOver, takeOverAndCommit } = world()
    takeOverAndCommit()
    play(takeOver())
    assert.deepStrictEqual(findings, ["worker takes task 0 over again, which it has not lost"])
  })

  it("is none if the process has lost it", () => {
    const { findings, lose, play, takeOver, takeOverAndCommit } = world()
    takeOverAndCommit()
    lose()
    play(takeOver())
    assert.deepStrictEqual(findings, [])
  })

  it("is none if the request was sent before the task was lost and arrives after that of its next run", () => {
    const { findings, lose, play, takeOver, takeOverAndCommit } = world()
    const late = takeOver()
    lose()
    takeOverAndCommit()
    play(late)
    assert.deepStrictEqual(findings, [])
  })
})
