/** Compares the tables of a worker that reads the local log with a recount of that log. */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { untilDone } from "../../harness/Until.ts"
import { baselineFindings, learnedUnder } from "../../oracle/BaselineTable.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../../oracle/Compare.ts"
import { DEFAULTS } from "../../oracle/Defaults.ts"
import { recount } from "../../oracle/Recount.ts"
import { inputsOf, readLog } from "./LocalTable.ts"

/** The task of the local log. */
const LOCAL_TASK = 0

/** Waits until the worker has committed everything that the log holds; returns its checkpoint. */
export const untilRead = (output: () => string): Effect.Effect<Checkpoint, never, ResultStore | SqlClient> =>
  untilDone(
    "reading the local log",
    Effect.gen(function* () {
      const store = yield* ResultStore
      const inputs = inputsOf(yield* readLog)
      const checkpoint = yield* store.load(LOCAL_TASK)
      const isRead = inputs.every(({ records, topic }) => {
        const position = checkpoint?.inputs.find((input) => input.topic === topic)?.nextOffset ?? 0n
        return position >= BigInt(records.length)
      })
      const position = checkpoint?.inputs.map(({ nextOffset }) => nextOffset).join() ?? "nothing"
      return { done: isRead ? checkpoint : undefined, position }
    }).pipe(Effect.orDie),
    output
  )

/**
 * Asserts that rows, moments, baselines and dead letters equal the recount of the log, up to the
 * watermark of the checkpoint. Returns the number of rows.
 */
export const assertRecounted = (watermarkMs: Checkpoint["watermarkMs"]) =>
  Effect.gen(function* () {
    const tables = yield* ResultTables
    const expected = recount(inputsOf(yield* readLog), DEFAULTS, watermarkMs)
    const differences = [
      ...compareRows(expected.rows, yield* tables.rows),
      ...compareMoments(expected.moments, yield* tables.moments),
      ...baselineFindings(
        learnedUnder(expected.learned, DEFAULTS, { watermarkMs: watermarkMs ?? Number.POSITIVE_INFINITY }),
        yield* tables.baselines
      ),
      ...compareDeadLetters(expected.deadLetters, yield* tables.deadLetters)
    ]
    assert.strictEqual(differences.join("\n"), "")
    return expected.rows.length
  })
