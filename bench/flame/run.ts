/** `npm run bench:flame`: profiles a worker over a backlog. Ends with 1 where it failed, or wrote other rows than it should. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { replaceSection } from "../../test/harness/Section.ts"
import { writeIfFull } from "../Full.ts"
import { benchmark } from "../Benchmark.ts"
import { isEqual } from "../Results.ts"
import type { System } from "../System.ts"
import { telemetra } from "../Telemetra.ts"
import { flameGraph } from "./FlameGraph.ts"
import { decodeProfile, profileOf } from "./Profile.ts"
import { caption, describe } from "./Report.ts"
import { sharesOf } from "./Shares.ts"

const SAMPLE_INTERVAL_US = 500
/** As in the whole benchmark. */
const EVENTS_PER_STREAM = 3_000

const DOCUMENT = new URL("../../docs/profiles.md", import.meta.url).pathname
const SOURCE = new URL("../../src/main.ts", import.meta.url).pathname

/** The worker, which leaves its profile in a folder; from its sources, since a bundle would not say whose a function is. */
const profiled = (folder: string): System => {
  const system = telemetra(1, {}, SOURCE)
  return {
    ...system,
    program: (place) => {
      const program = system.program(place)
      const options = `--cpu-prof --cpu-prof-dir=${folder} --cpu-prof-interval=${SAMPLE_INTERVAL_US}`
      return { ...program, env: { ...program.env, NODE_OPTIONS: options } }
    }
  }
}

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "telemetra-flame-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** The run whose figures docs/ has. */
const FULL = { events: 1_000_000 }

const positive = Schema.Int.check(Schema.isGreaterThan(0))

const flame = Command.make(
  "bench:flame",
  {
    events: Flag.Int("events").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("Chat events of the backlog"),
      Flag.withDefault(FULL.events)
    ),
    document: Flag.String("document").pipe(
      Flag.withDescription("The document whose last report is replaced by this one; the picture is put beside it"),
      Flag.withDefault(DOCUMENT)
    )
  },
  Effect.fnUntraced(function* ({ document, events }) {
    const folder = yield* temporaryFolder
    const results = yield* benchmark({
      command: `npm run bench:flame -- --events ${events}`,
      systems: [profiled(folder)],
      rounds: 1,
      load: {
        seed: 1,
        chatEvents: events,
        streams: Math.max(1, Math.round(events / EVENTS_PER_STREAM)),
        partitions: 3,
        seconds: 600
      },
      onRun: () => Effect.void
    })
    const [run] = results.runs
    if (run === undefined) return yield* Effect.fail("The worker came to nothing: see above")
    if (run.rows === null || !isEqual(run.rows)) return yield* Effect.fail(`Its rows differ: ${run.rows?.example}`)
    const [file] = yield* Effect.promise(() => readdir(folder))
    const recorded = yield* Effect.promise(() => readFile(join(folder, file ?? ""), "utf8"))
    const fromUs = run.startToFetchSeconds * 1e6
    const profile = profileOf(yield* decodeProfile(recorded), fromUs, fromUs + run.seconds * 1e6)
    const shares = sharesOf(profile)
    const picture = document.replace(/\.md$/, ".svg")
    const told = { command: results.command, results, run, picture: basename(picture) }
    const written = Effect.andThen(
      Effect.promise(() => writeFile(picture, flameGraph(profile, shares, caption(told)))),
      replaceSection(document, "flame graph", describe(told, profile, shares))
    )
    yield* writeIfFull(document, { events }, FULL, written)
    yield* Console.log(`${caption(told)}: ${picture}, ${document}`)
  }, Effect.scoped)
).pipe(Command.withDescription("Draws where the time of a worker goes"))

flame.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
