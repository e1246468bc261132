import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { check, type Checked, fine } from "../../src/doctor/Check.ts"
import { positionCheck, type PositionSources } from "../../src/doctor/Positions.ts"
import type { Checkpoint } from "../../src/domain/Checkpoint.ts"
import { checkpointOf } from "../contract/ResultStoreContract.ts"

const [input] = checkpointOf().inputs
const at = (nextOffset: bigint, rereadOffset = nextOffset): ReadonlyArray<Checkpoint> =>
  input === undefined ? [] : [checkpointOf({ inputs: [{ ...input, nextOffset, rereadOffset }] })]
const name = `${input?.topic}[${input?.partition}]`

const there: Effect.Effect<Checked<ReadonlyArray<Checkpoint>>> = check(
  "it",
  undefined,
  Effect.succeed(fine("there", []))
)

/** Every read moves the world on. */
const moving = (move: () => void, state: { start: bigint; next: bigint; end: bigint }): PositionSources => {
  const read = <A>(value: () => A) =>
    Effect.sync(() => {
      const seen = value()
      move()
      return seen
    })
  return {
    starts: read(() => new Map([[name, state.start]])),
    checkpoints: read(() => at(state.next)),
    ends: read(() => new Map([[name, state.end]]))
  }
}

const found = (sources: PositionSources) =>
  Effect.gen(function* () {
    const known = yield* there
    const { finding } = yield* positionCheck(known, known, sources)
    return `${finding.status}: ${finding.found}`
  })

describe("positions", () => {
  it.live("are within the logs while a backlog is read fast and retention deletes what was read", () =>
    Effect.gen(function* () {
      const state = { start: 0n, next: 900n, end: 1000n }
      const move = () => {
        state.start += 900n
        state.next += 1000n
        state.end += 1000n
      }
      assert.strictEqual(yield* found(moving(move, state)), "ok: within the logs")
    })
  )

  it.live("are beyond the log only if every query shows it", () =>
    Effect.gen(function* () {
      const state = { start: 0n, next: 50n, end: 40n }
      assert.match(
        yield* found(moving(() => {}, state)),
        /^failure: .*ends at offset 40, but the next offset to read is 50/
      )
      let reads = 0
      // A leader that has just changed catches up.
      const move = () => {
        if (++reads === 4) state.end = 60n
      }
      assert.strictEqual(yield* found(moving(move, state)), "ok: within the logs")
    })
  )

  it.live("are looked up again if the partitions came with the task", () =>
    Effect.gen(function* () {
      const state = { start: 0n, next: 5n, end: 5n }
      const sources = moving(() => {}, state)
      assert.strictEqual(
        yield* found({ ...sources, starts: Effect.succeed(new Map<string, bigint>()) }),
        "ok: within the logs"
      )
      assert.match(
        yield* found({ ...sources, ends: Effect.succeed(new Map<string, bigint>()) }),
        /^failure: .* does not exist/
      )
    })
  )

  it.live("behind the log's start are lost to retention", () =>
    Effect.gen(function* () {
      assert.match(
        yield* found(moving(() => {}, { start: 10n, next: 4n, end: 20n })),
        /^warning: retention deleted records that were not read yet: 6 of /
      )
    })
  )
})
