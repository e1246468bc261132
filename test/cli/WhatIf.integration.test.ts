import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { Detection } from "../../src/anomaly/Detection.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { ResultStore } from "../../src/sink/ResultStore.ts"
import { reaction, slide, summary, usual, WINDOW } from "../anomaly/Slides.ts"
import { flushOf, started } from "../contract/ResultStoreContract.ts"
import * as Postgres from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { telemetra } from "./Command.ts"

/** An evening with one shout, judged by a worker and stored. */
const filled = Effect.gen(function* () {
  const slides = [...usual(0, 66), slide(66, reaction(60, 30)), slide(67, reaction(60, 30)), ...usual(68, 90)]
  const detection = new Detection(WINDOW, { threshold: 3 }, Number.NEGATIVE_INFINITY, [])
  const detected = slides.map((each) => detection.step([summary(each)], each.endMs))
  const store = yield* ResultStore
  const last = slides.at(-1)?.endMs ?? 0
  yield* store.commit(
    flushOf(yield* started({ window: WINDOW, watermarkMs: EventTimeMs(last) }), {
      rows: detected.flatMap(({ rows }) => rows),
      moments: detected.flatMap(({ moments }) => moments).slice(-1)
    })
  )
  return new Date(slides[40]?.endMs ?? 0).toISOString()
})

/** Every row of the tables. */
const content = Effect.gen(function* () {
  const sql = yield* SqlClient
  return yield* sql`SELECT
    (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM chat_summary_minute t) AS rows,
    (SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM moments t) AS moments,
    (SELECT md5(string_agg(t::text, ',' ORDER BY source_partition)) FROM checkpoints t) AS checkpoints,
    (SELECT count(*) FROM sensitivity) AS changes, (SELECT count(*) FROM sensitivity_applied) AS applied`
})

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("telemetra replay --what-if", (it) => {
  it.effect("prints the difference in moments, and writes nothing", () =>
    PostgresTables.inSchema((schema) =>
      Effect.gen(function* () {
        const { postgres } = yield* Postgres.Postgres
        const env = postgresVariables(postgres, schema)
        const from = yield* filled
        const before = yield* content
        const run = (...args: ReadonlyArray<string>) =>
          telemetra(["replay", "--what-if", "--from", from, ...args], { env })
        const less = yield* run("--threshold", "900", "--type", "chat_spike")
        assert.strictEqual(less.code, 0, less.stderr)
        assert.match(less.stdout, /^lost +\S+ +chat_spike +\d+\.\d +\d+ s +stream$/m)
        assert.match(
          less.stdout,
          /With threshold 900 for chat_spike, all streams: 0 moments instead of 1 \(0 gained, 1 lost, 0 changed\)\. Nothing was written\n$/
        )
        const other = yield* run("--threshold", "900", "--stream", "another", "--json")
        assert.deepInclude(JSON.parse(other.stdout), {
          unchanged: 1,
          unexplained: 0,
          gained: [],
          lost: [],
          changed: []
        })
        assert.strictEqual((yield* run("--threshold", "0")).code, 2)
        assert.strictEqual((yield* run("--type", "hype")).code, 2)
        assert.strictEqual((yield* run("--watermark-delay", "5 minutes")).code, 2)
        assert.strictEqual((yield* telemetra(["replay", "--from", from, "--threshold", "3"], { env })).code, 2)
        assert.deepStrictEqual(yield* content, before)
      })
    )
  )
})
