import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as EmbeddedPostgres from "../../src/embedded/EmbeddedPostgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { until as bounded } from "../harness/Until.ts"
import { type Running, start } from "./Command.ts"
import { squatter } from "./Squatter.ts"

/** Waits for what is wanted as long as there is a process that could bring it about. */
const until = <A, E, R>(demo: Running, what: string, probe: Effect.Effect<A | undefined, E, R>) =>
  Effect.raceFirst(
    bounded(what, probe, () => JSON.stringify(demo.printed())),
    Effect.flatMap(demo.ended, (ended) => Effect.die(`it ended: ${JSON.stringify(ended)}`))
  )

const greeted = (demo: Running) =>
  until(
    demo,
    "the greeting",
    Effect.sync(() => {
      const { stdout } = demo.printed()
      const url = /Dashboard +(http:\S+)/.exec(stdout)?.[1]
      const folder = /Ctrl-C ends it.*?(\/\S+?)[).]*$/m.exec(stdout)?.[1]
      return url === undefined || folder === undefined ? undefined : { url, folder }
    })
  )

/** The streams of the moments that a greeting tells of. */
const streamsOf = (stdout: string) =>
  [...stdout.matchAll(/(?:a raid|hype train|silent|turns): (\w+)/g)].map((match) => match[1])

it.live("shows an evening with its moments, on another port where its own is taken, and leaves nothing behind", () =>
  Effect.gen(function* () {
    const taken = yield* squatter
    const demo = yield* start(["demo"], { env: { HTTP_PORT: String(taken.port) } })
    const { folder, url } = yield* greeted(demo)
    assert.include(demo.printed().stdout, `port ${taken.port} is taken`)
    assert.notInclude(url, String(taken.port))
    assert.match(demo.printed().stdout, /a raid: .*\n(.*\n)*.*falls silent|falls silent.*\n(.*\n)*.*a raid: /)

    const isReady = Effect.promise(async () => ((await fetch(new URL("health/ready", url))).ok ? true : undefined))
    yield* until(demo, "the worker to be ready", isReady)
    const wanted = ["chat_drop", "chat_spike", "viewer_surge"]
    yield* until(
      demo,
      "the moments",
      Effect.gen(function* () {
        const postgres = yield* EmbeddedPostgres.running(folder)
        return yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          const found = yield* sql<{ type: string }>`SELECT DISTINCT moment_type AS type FROM moments`
          return wanted.every((type) => found.some((moment) => moment.type === type)) ? found : undefined
        }).pipe(Effect.provide(PostgresTables.pool({ postgres, store: { schema: "public" } })))
      })
    )

    yield* demo.signal("SIGINT")
    const { code, stdout } = yield* demo.ended
    assert.strictEqual(code, 0, stdout)
    assert.isFalse(existsSync(folder))
    assert.notMatch(stdout, / (WARN|ERROR) /)
  }).pipe(Effect.scoped)
)

it.live("keeps a folder that it is given, and goes on with the same platform", () =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-demo-test-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    )
    const evening = Effect.gen(function* () {
      const demo = yield* start(["demo", "--data-dir", folder], { env: { HTTP_PORT: "0" } })
      yield* until(
        demo,
        "a task",
        Effect.sync(() => (demo.printed().stdout.includes("taken over") ? true : undefined))
      )
      yield* demo.signal("SIGTERM")
      const { code, stdout } = yield* demo.ended
      assert.strictEqual(code, 0, stdout)
      return stdout
    }).pipe(Effect.scoped)
    const first = yield* evening
    assert.isTrue(existsSync(join(folder, "postgres", "data")))
    const second = yield* evening
    assert.include(second, "epoch 2")
    // the start moved by seconds, the moments did not
    const again = streamsOf(second)
    assert.isAbove(streamsOf(first).filter((stream) => again.includes(stream)).length, 3)
  }).pipe(Effect.scoped)
)
