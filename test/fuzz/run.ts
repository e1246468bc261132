/**
 * `npm run fuzz -- --minutes 60`: hostile records through the worker's core, first all seeds that
 * ever failed, then new ones. Ends with 1 if a seed has findings or nothing was hostile enough.
 * `--seed 7` plays one seed alone. A seed that fails belongs into FailedSeeds.ts.
 *
 * `npm run fuzz -- decode --minutes 60` does the same with batches for the decoder, whose fast path
 * must return what its plain reference returns.
 */
import { availableParallelism } from "node:os"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Clock, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { FAILED_DECODE_SEEDS, FAILED_SEEDS } from "./FailedSeeds.ts"
import { playMany, playOne, type Subject } from "./Play.ts"

const positive = Schema.Finite.check(Schema.isGreaterThan(0))

const core: Subject = {
  command: "npm run fuzz --",
  thread: new URL("thread.ts", import.meta.url),
  failedSeeds: FAILED_SEEDS,
  leastSeeds: 12
}

const decoder: Subject = {
  command: "npm run fuzz -- decode",
  thread: new URL("decode/thread.ts", import.meta.url),
  failedSeeds: FAILED_DECODE_SEEDS,
  leastSeeds: 20
}

const flags = {
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
}

interface Options {
  readonly minutes: number
  readonly seed: Option.Option<number>
  readonly from: Option.Option<number>
  readonly threads: number
}

const run = (subject: Subject) =>
  Effect.fnUntraced(function* ({ from, minutes, seed, threads }: Options) {
    if (Option.isSome(seed)) {
      yield* playOne(subject, seed.value)
      return
    }
    const first = Option.isSome(from) ? from.value : Math.floor((yield* Clock.currentTimeMillis) / 1000)
    yield* playMany(subject, { first, minutes, threads })
  })

const decode = Command.make("decode", flags, run(decoder)).pipe(
  Command.withDescription("Compares the decoder with its plain reference on batches of hostile records")
)

const fuzz = Command.make("fuzz", flags, run(core)).pipe(
  Command.withDescription(
    "Feeds hostile records to the worker's core and searches for faults that end it, grow or can't be stored"
  ),
  Command.withSubcommands([decode])
)

fuzz.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
