/**
 * `npm run faults -- --seeds 1000`: ends with 1 where a seed's tables differ from the recount, or the seeds prove too little. `--seed 7` plays one and tells everything;
 * `--sabotage` plants faults that must be found.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { FAULTS, noFaults } from "./Plan.ts"
import { SABOTAGES } from "./Sabotage.ts"
import { runSeed } from "./Scenario.ts"

const positive = Schema.Finite.check(Schema.isGreaterThan(0))

/** So many seeds find a planted fault, at most. */
const SABOTAGE_SEEDS = 200
/** Each kind of fault must have happened once in so many seeds. */
const SEEDS_PER_FAULT = 100

const fail = Effect.sync(() => void (process.exitCode = 1))

const one = Effect.fnUntraced(function* (seed: number) {
  const { counts, findings, moments, rows } = runSeed({
    seed,
    narrate: (line) => void process.stdout.write(`${line}\n`)
  })
  const happened = FAULTS.flatMap((fault) => (counts[fault] === 0 ? [] : [`${fault} ${counts[fault]}`]))
  yield* Console.log(`seed ${seed}: ${rows} rows, ${moments} moments; ${happened.join(", ")}`)
  yield* Console.log(findings.length === 0 ? "All is well." : findings.join("\n"))
  if (findings.length > 0) yield* fail
})

const many = Effect.fnUntraced(function* (from: number, seeds: number, minutes: number) {
  const startedAtMs = yield* Clock.currentTimeMillis
  const total = noFaults()
  let rows = 0
  let moments = 0
  let red = 0
  let played = 0
  while (played < seeds && (yield* Clock.currentTimeMillis) - startedAtMs < minutes * 60_000) {
    const seed = from + played++
    const outcome = runSeed({ seed })
    for (const fault of FAULTS) total[fault] += outcome.counts[fault]
    rows += outcome.rows
    moments += outcome.moments
    if (outcome.findings.length > 0) {
      red++
      yield* Console.log(
        `seed ${seed} differs; alone: npm run faults -- --seed ${seed}\n  ${outcome.findings.join("\n  ")}`
      )
    }
  }
  const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
  yield* Console.log(
    `${played} seeds from ${from} in ${seconds.toFixed(0)} s: ${red} differ; ${rows} rows, ${moments} moments compared`
  )
  yield* Console.log(FAULTS.map((fault) => `${fault} ${total[fault]}`).join(", "))
  const missed = FAULTS.filter((fault) => total[fault] < Math.floor(played / SEEDS_PER_FAULT))
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
      Flag.withDescription("How many seeds"),
      Flag.withDefault(1000)
    ),
    from: Flag.Int("from").pipe(Flag.withDescription("The first of them"), Flag.withDefault(1)),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Play this one alone, and tell everything"), Flag.optional),
    minutes: Flag.Finite("minutes").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("Begin no seed after so long"),
      Flag.withDefault(Number.MAX_SAFE_INTEGER)
    ),
    sabotage: Flag.Boolean("sabotage").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Plant faults that must be found")
    )
  },
  ({ from, minutes, sabotage, seed, seeds }) => {
    if (sabotage) return sabotaged(from)
    return Option.match(seed, { onNone: () => many(from, seeds, minutes), onSome: one })
  }
).pipe(Command.withDescription("Plays workers through faults in virtual time and counts again what they have written"))

faults.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
