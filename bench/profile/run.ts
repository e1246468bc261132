/**
 * `npm run bench:profile`: profiles a worker over a backlog. Exits with 1 if the worker failed or
 * wrote wrong rows.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { replaceSection } from "../../test/harness/Section.ts"
import { benchmark } from "../Benchmark.ts"
import { limitStages, STAGES } from "../peers/Limit.ts"
import { writeIfFull } from "../report/Full.ts"
import { factsOf, number, percent, table } from "../report/Text.ts"
import { isEqual, type Results, type Run } from "../Results.ts"
import type { System } from "../System.ts"
import { telemetra } from "../Telemetra.ts"
import { PARTS_OF_STAGE } from "./Parts.ts"
import { busyUs, decodeProfile, type Profile, profileOf, sharesOf, usOf } from "./Profile.ts"

const SAMPLE_INTERVAL_US = 500
/** The same as in the whole benchmark. */
const EVENTS_PER_STREAM = 3_000
/** The report lists this many functions. */
const MOST_FUNCTIONS = 25
const FACTS = ["processor", "system", "the worker", "Node", "kafkajs", "Kafka broker", "PostgreSQL"]

const DOCUMENT = new URL("../../docs/profiles.md", import.meta.url).pathname
const SOURCE = new URL("../../src/main.ts", import.meta.url).pathname

/**
 * The worker, which writes its profile into a folder. It runs from its sources, because a bundle
 * hides the rooms.
 */
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

/** µs of one event with two digits, and how many times the limit's they are. */
const distance = (name: string, ownUs: number, limitUs: number): ReadonlyArray<string> => [
  name,
  number(ownUs, 2),
  number(limitUs, 2),
  number(ownUs / limitUs, 1)
]

/**
 * The CPU of an event by stage, for the worker and the native limit; empty if the limit did not
 * run. A part's CPU is its share of the busy time.
 */
const distances = ({ records, runs }: Results, run: Run, profile: Profile): string => {
  const perEventUs = ({ cpuSeconds }: Run): number => (cpuSeconds / records) * 1e6
  const limits = limitStages.flatMap(({ id }) => runs.filter(({ system }) => system === id)).map(perEventUs)
  if (limits.length < STAGES.length) return ""
  const ofBusyUs = perEventUs(run) / busyUs(profile)
  const rows = STAGES.map((stage, index) =>
    distance(
      `${stage} (${PARTS_OF_STAGE[stage].join(", ")})`,
      usOf(profile, PARTS_OF_STAGE[stage]) * ofBusyUs,
      (limits[index] ?? Number.NaN) - (limits[index - 1] ?? 0)
    )
  )
  return `How far each stage is from the native limit (\`bench/peers/limit\`, one thread), in µs of CPU per event. The
figures include the start of each process. The limit's cost of a stage is the difference between two runs, so a small
one is inaccurate:

${table(
  ["stage", "worker", "limit", "times the limit"],
  [...rows, distance("all, with the runtime's own work", perEventUs(run), limits.at(-1) ?? Number.NaN)]
)}

`
}

const describe = (results: Results, run: Run, profile: Profile): string => {
  const functions = profile.selves.filter(({ file }) => file !== "").toSorted((a, b) => b.us - a.us)
  return `${results.at}, \`${results.command}\`. ${factsOf(results.machine, FACTS)}.

The worker ran from its sources with WORKERS=1. It read a backlog of ${number(results.records)} records in
${run.seconds.toFixed(1)} s, with the profiler on. That is ${number(results.records / run.seconds)} records/s
(${number(profile.samples)} samples from the first fetch to the last commit). Its ${number(
    run.rows?.expected ?? Number.NaN
  )} rows equal the recount. The profile covers the main thread only.

${table(
  ["part", "% of the time", "% of the busy time"],
  sharesOf(profile).map(({ ofAll, ofBusy, part }) => [part, percent(ofAll), percent(ofBusy)])
)}

${distances(results, run, profile)}The functions with the most own time:

${table(
  ["function", "file", "% of the busy time"],
  functions
    .slice(0, MOST_FUNCTIONS)
    .map(({ file, name, us }) => [`\`${name}\``, `\`${file}\``, percent(us / busyUs(profile))])
)}`
}

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "telemetra-profile-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** The documents take figures only from a run of this size. */
const FULL = { events: 1_000_000 }

const profile = Command.make(
  "bench:profile",
  {
    events: Flag.Int("events").pipe(
      Flag.withSchema(Schema.Int.check(Schema.isGreaterThan(0))),
      Flag.withDescription("Chat events of the backlog"),
      Flag.withDefault(FULL.events)
    )
  },
  Effect.fnUntraced(function* ({ events }) {
    const folder = yield* temporaryFolder
    const results = yield* benchmark({
      command: `npm run bench:profile -- --events ${events}`,
      systems: [profiled(folder), ...limitStages],
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
    if (run === undefined) return yield* Effect.fail("The worker failed: its error is above")
    if (run.rows === null || !isEqual(run.rows)) return yield* Effect.fail(`The rows differ: ${run.rows?.example}`)
    const [file] = yield* Effect.promise(() => readdir(folder))
    const recorded = yield* Effect.promise(() => readFile(join(folder, file ?? ""), "utf8"))
    const fromUs = run.startToFetchSeconds * 1e6
    const found = profileOf(yield* decodeProfile(recorded), fromUs, fromUs + run.seconds * 1e6)
    const text = describe(results, run, found)
    yield* Console.log(text)
    yield* writeIfFull(DOCUMENT, { events }, FULL, replaceSection(DOCUMENT, "profile", text))
  }, Effect.scoped)
).pipe(Command.withDescription("Reports which parts of the worker use the CPU"))

profile.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
