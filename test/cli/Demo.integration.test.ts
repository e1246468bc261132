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
      const folder = /Ctrl-C stops the demo.*?(\/\S+?)[).]*$/m.exec(stdout)?.[1]
      return url === undefined || folder === undefined ? undefined : { url, folder }
    })
  )

/**
 * The announcements of a greeting: `kind: stream`, without the time, because "5 min ago" changes
 * from one start to the next.
 */
const announced = (stdout: string) =>
  [...stdout.matchAll(/^ {4}(?:\d+ min ago|now|in \d+ min) +([^:]+): (\w+)/gm)].map((match) => ({
    kind: String(match[1]),
    stream: String(match[2])
  }))

const RISE = /a raid|shout one word|chat at once|copypasta|one emote|viewers arrive/

it.live("shows an evening with its moments, on another port where its own is taken, and leaves nothing behind", () =>
  Effect.gen(function* () {
    const taken = yield* squatter
    const demo = yield* start(["demo"], { env: { HTTP_PORT: String(taken.port) } })
    const { folder, url } = yield* greeted(demo)
    assert.include(demo.printed().stdout, `port ${taken.port} is in use`)
    assert.notInclude(url, String(taken.port))
    const kinds = announced(demo.printed().stdout).map(({ kind }) => kind)
    for (const kind of ["a raid", "the mood turns"]) assert.include(kinds, kind)
    const rises = announced(demo.printed().stdout).filter(({ kind }) => RISE.test(kind))

    const isReady = Effect.promise(async () => ((await fetch(new URL("health/ready", url))).ok ? true : undefined))
    yield* until(demo, "the worker to be ready", isReady)
    yield* until(
      demo,
      "a moment of a rise that the greeting announces",
      Effect.gen(function* () {
        const postgres = yield* EmbeddedPostgres.running(folder)
        return yield* Effect.gen(function* () {
          const sql = yield* SqlClient
          const found = yield* sql<{ stream: string }>`
            SELECT DISTINCT stream_id AS stream FROM moments
            WHERE moment_type IN ('raid', 'host', 'hype', 'chat_spike', 'viewer_surge')
          `
          return found.find(({ stream }) => rises.some((rise) => rise.stream === stream))
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

const scenes = (stdout: string) => announced(stdout).map(({ kind, stream }) => `${kind}: ${stream}`)

it.live("keeps a given folder, and continues with the same platform", () =>
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
    // The second start is seconds later, so that at most the first and the last of the scenes
    // differ.
    const again = scenes(second)
    assert.isAbove(scenes(first).filter((scene) => again.includes(scene)).length, scenes(first).length / 2)
  }).pipe(Effect.scoped)
)
