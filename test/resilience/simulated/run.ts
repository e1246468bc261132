/**
 * `npm run faults -- --seeds 1000` or `--minutes 5`: ends with 1 if a seed's tables differ from the
 * recount, or the seeds prove too little. `--seed 7` plays one and prints everything; `--failed`
 * plays the seeds of FailedSeeds.ts; `--sabotage` plants faults that must be found.
 */
import { availableParallelism } from "node:os"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { MOMENT_TYPES, type MomentCounts, noMoments } from "../../pipeline/Script.ts"
import { FAILED_SEEDS } from "./FailedSeeds.ts"
import { FAULTS, noFaults } from "./Plan.ts"
import { makePlayer } from "./Player.ts"
import { SABOTAGES } from "./Sabotage.ts"
import { runSeed } from "./Scenario.ts"

const positive = Schema.Finite.check(Schema.isGreaterThan(0))

/** The default count of seeds to play. */
const SEEDS = 1000
/** So many seeds find a planted fault, at most. */
const SABOTAGE_SEEDS = 200
/**
 * Each kind of fault and each type of moment must have happened once in so many seeds; fewer seeds
 * prove only what they play.
 */
const SEEDS_PER_FAULT = 100

/** In words. */
const listed = (moments: MomentCounts): string => MOMENT_TYPES.map((type) => `${type} ${moments[type]}`).join(", ")

const fail = Effect.sync(() => void (process.exitCode = 1))

const one = Effect.fnUntraced(function* (seed: number) {
  const { counts, findings, moments, rows } = runSeed({
    seed,
    narrate: (line) => void process.stdout.write(`${line}\n`)
  })
  const happened = FAULTS.flatMap((fault) => (counts[fault] === 0 ? [] : [`${fault} ${counts[fault]}`]))
  yield* Console.log(`seed ${seed}: ${rows} rows; moments: ${listed(moments)}; ${happened.join(", ")}`)
  yield* Console.log(findings.length === 0 ? "All is well." : findings.join("\n"))
  if (findings.length > 0) yield* fail
})

function* seedsFrom(first: number, count: number): Generator<number> {
  for (let seed = first; seed < first + count; seed++) yield seed
}

interface Bounds {
  readonly seeds: Iterable<number>
  /** For people. */
  readonly which: string
  readonly minutes: number
  readonly threads: number
}

const many = Effect.fnUntraced(function* ({ minutes, seeds, threads, which }: Bounds) {
  const queue = seeds[Symbol.iterator]()
  const startedAtMs = yield* Clock.currentTimeMillis
  const total = noFaults()
  let rows = 0
  const moments = noMoments()
  let red = 0
  let played = 0
  const player = Effect.scoped(
    Effect.gen(function* () {
      const { play } = yield* makePlayer
      while ((yield* Clock.currentTimeMillis) - startedAtMs < minutes * 60_000) {
        const { done, value: seed } = queue.next()
        if (done === true) return
        played++
        const outcome = yield* play(seed)
        for (const fault of FAULTS) total[fault] += outcome.counts[fault]
        rows += outcome.rows
        for (const type of MOMENT_TYPES) moments[type] += outcome.moments[type]
        if (outcome.findings.length === 0) continue
        red++
        yield* Console.log(
          `seed ${seed} differs; alone: npm run faults -- --seed ${seed}\n  ${outcome.findings.join("\n  ")}`
        )
      }
    })
  )
  yield* Effect.all(
    Array.from({ length: threads }, () => player),
    { concurrency: "unbounded", discard: true }
  )
  const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
  yield* Console.log(
    `${played} seeds ${which} in ${seconds.toFixed(0)} s: ${red} differ; compared ${rows} rows, and moments: ${listed(moments)}`
  )
  yield* Console.log(FAULTS.map((fault) => `${fault} ${total[fault]}`).join(", "))
  const least = Math.floor(played / SEEDS_PER_FAULT)
  const missed = [
    ...FAULTS.filter((fault) => total[fault] < least),
    ...MOMENT_TYPES.filter((type) => moments[type] < least)
  ]
  if (missed.length > 0) yield* Console.log(`too rare to mean anything: ${missed.join(", ")}`)
  if (red > 0 || missed.length > 0) yield* fail
})

const sabotaged = Effect.fnUntraced(function* (from: number) {
  for (const { fault, sabotage } of SABOTAGES) {
    let seed = from
    let [finding] = runSeed({ seed, sabotage }).findings
    while (finding === undefined && ++seed < from + SABOTAGE_SEEDS) [finding] = runSeed({ seed, sabotage }).findings
    const verdict = finding === undefined ? "NOT FOUND" : `found by seed ${seed}`
    yield* Console.log(`${verdict}: ${fault}${finding === undefined ? "" : ` (${finding.split("\n")[0]})`}`)
    if (finding === undefined) yield* fail
  }
})

const faults = Command.make(
  "faults",
  {
    seeds: Flag.Int("seeds").pipe(
      Flag.withSchema(positive),
      Flag.withDescription(`How many seeds; ${SEEDS} where no minutes are given`),
      Flag.optional
    ),
    from: Flag.Int("from").pipe(Flag.withDescription("The first of them"), Flag.withDefault(1)),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Play this one alone, and log everything"), Flag.optional),
    minutes: Flag.Finite("minutes").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("Begin no seed after so long"),
      Flag.optional
    ),
    threads: Flag.Int("threads").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("How many seeds are played at once"),
      Flag.withDefault(availableParallelism())
    ),
    failed: Flag.Boolean("failed").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Play the seeds of FailedSeeds.ts alone")
    ),
    sabotage: Flag.Boolean("sabotage").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Plant faults that must be found")
    )
  },
  ({ failed, from, minutes, sabotage, seed, seeds, threads }) => {
    if (sabotage) return sabotaged(from)
    if (Option.isSome(seed)) return one(seed.value)
    const bounds = { threads, minutes: Option.getOrElse(minutes, () => Number.POSITIVE_INFINITY) }
    if (failed) return many({ ...bounds, seeds: FAILED_SEEDS, which: "that have failed before" })
    const most = Option.isSome(minutes) ? Number.POSITIVE_INFINITY : SEEDS
    const count = Option.getOrElse(seeds, () => most)
    return many({ ...bounds, seeds: seedsFrom(from, count), which: `from ${from}` })
  }
).pipe(Command.withDescription("Plays workers through faults in virtual time and counts again what they have written"))

faults.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
