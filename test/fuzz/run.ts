/**
 * `npm run fuzz -- --minutes 60`: hostile records through the worker's core, first all seeds that
 * ever failed, then new ones. Ends with 1 if a seed has findings or nothing was hostile enough.
 * `--seed 7` plays one seed alone. A seed that fails belongs into FailedSeeds.ts.
 */
import { availableParallelism } from "node:os"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Console, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { FAILED_SEEDS } from "./FailedSeeds.ts"
import { makePlayer } from "./Player.ts"

const positive = Schema.Finite.check(Schema.isGreaterThan(0))

const fail = Effect.sync(() => void (process.exitCode = 1))

const TOTALS = ["records", "rows", "moments", "deadLetters", "cut", "deadBatches"] as const

interface Bounds {
  readonly first: number
  readonly minutes: number
  readonly threads: number
}

/** Gives the seeds one by one: those that failed, then from `first` on. */
function* seedsFrom(first: number): Generator<number, never> {
  yield* FAILED_SEEDS
  for (let seed = first; ; seed++) yield seed
}

const play = Effect.fnUntraced(function* (seeds: Iterator<number>, { first, minutes, threads }: Bounds) {
  const startedAtMs = yield* Clock.currentTimeMillis
  const totals = { records: 0, rows: 0, moments: 0, deadLetters: 0, cut: 0, deadBatches: 0 }
  let played = 0
  let red = 0
  const player = Effect.scoped(
    Effect.gen(function* () {
      const thread = yield* makePlayer
      while (played < FAILED_SEEDS.length || (yield* Clock.currentTimeMillis) - startedAtMs < minutes * 60_000) {
        const next = seeds.next()
        if (next.done === true) return
        const seed: number = next.value
        played++
        const outcome = yield* thread.play(seed)
        for (const name of TOTALS) totals[name] += outcome[name]
        if (outcome.findings.length === 0) continue
        red++
        yield* Console.log(
          `seed ${seed} failed; alone: npm run fuzz -- --seed ${seed}\n  ${outcome.findings.slice(0, 10).join("\n  ")}`
        )
      }
    })
  )
  yield* Effect.all(
    Array.from({ length: threads }, () => player),
    { concurrency: "unbounded", discard: true }
  )
  const seconds = ((yield* Clock.currentTimeMillis) - startedAtMs) / 1000
  yield* Console.log(`${played} seeds (new ones from ${first}) in ${seconds.toFixed(0)} s: ${red} failed`)
  yield* Console.log(TOTALS.map((name) => `${name} ${totals[name]}`).join(", "))
  if (red > 0) yield* fail
  return { played, totals }
})

const fuzz = Command.make(
  "fuzz",
  {
    minutes: Flag.Finite("minutes").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("Begin no new seed after so long"),
      Flag.withDefault(1)
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Play this seed alone"), Flag.optional),
    from: Flag.Int("from").pipe(Flag.withDescription("The first new seed; by default the time"), Flag.optional),
    threads: Flag.Int("threads").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("How many seeds are played at once"),
      Flag.withDefault(availableParallelism())
    )
  },
  Effect.fnUntraced(function* ({ from, minutes, seed, threads }) {
    if (Option.isSome(seed)) {
      yield* play([seed.value].values(), { first: seed.value, minutes: Number.POSITIVE_INFINITY, threads: 1 })
      return
    }
    const first = Option.isSome(from) ? from.value : Math.floor((yield* Clock.currentTimeMillis) / 1000)
    const { totals } = yield* play(seedsFrom(first), { first, minutes, threads })
    const missed = TOTALS.filter((name) => totals[name] === 0)
    if (missed.length === 0) return
    yield* Console.log(`nothing of: ${missed.join(", ")}`)
    yield* fail
  })
).pipe(
  Command.withDescription(
    "Feeds hostile records to the worker's core and searches for faults that end it, grow or can't be stored"
  )
)

fuzz.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
