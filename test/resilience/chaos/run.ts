/**
 * `npm run chaos -- --minutes 10 --seed 1`: ends with 1 if anything differs, a worker ended
 * unexpectedly, or the run proves too little.
 */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { KafkaBroker } from "../../harness/Kafka.ts"
import { replaceSection } from "../../harness/Section.ts"
import { runChaos } from "./Chaos.ts"
import { describe, isGood } from "./Report.ts"

const positive = Flag.withSchema(Schema.Finite.check(Schema.isGreaterThan(0)))
const counts = Schema.decodeUnknownEffect(Schema.Array(Schema.Int.check(Schema.isGreaterThan(0))))

const chaos = Command.make(
  "chaos",
  {
    minutes: Flag.Finite("minutes").pipe(
      positive,
      Flag.withDescription("How long faults happen"),
      Flag.withDefault(10)
    ),
    seed: Flag.Int("seed").pipe(Flag.withDescription("Decides the faults and the load"), Flag.withDefault(1)),
    workers: Flag.String("workers").pipe(
      Flag.withDescription("WORKERS of each process, by commas: so many processes there are"),
      Flag.withDefault("1,1,1")
    ),
    rate: Flag.Int("rate").pipe(Flag.withDescription("Records a second"), Flag.withDefault(5000)),
    report: Flag.String("report").pipe(Flag.withDescription("A file for the report, as JSON"), Flag.optional),
    document: Flag.String("document").pipe(
      Flag.withDescription("A document whose last report is replaced by this one"),
      Flag.optional
    ),
    logs: Flag.String("logs").pipe(Flag.withDescription("A folder for the output of every process"), Flag.optional)
  },
  ({ document, logs, minutes, rate, report, seed, workers }) =>
    Effect.gen(function* () {
      const folder = Option.getOrUndefined(logs)
      if (folder !== undefined) yield* Effect.promise(() => mkdir(folder, { recursive: true }))
      const result = yield* runChaos({
        minutes,
        seed,
        workers: yield* counts(workers.split(",").map(Number)),
        eventsPerSecond: rate,
        onOutput: (name, output) =>
          folder === undefined ? Effect.void : Effect.promise(() => writeFile(join(folder, name), output))
      }).pipe(Effect.timeout(`${Math.ceil(minutes) + 20} minutes`))
      yield* Console.log(describe(result))
      if (Option.isSome(report)) {
        yield* Effect.promise(() => writeFile(report.value, `${JSON.stringify(result, null, 2)}\n`))
      }
      if (Option.isSome(document)) {
        const command = `npm run chaos -- --minutes ${minutes} --seed ${seed} --workers ${workers}`
        yield* replaceSection(document.value, "chaos report", `\`\`\`text\n$ ${command}\n${describe(result)}\n\`\`\``)
      }
      // An exit code that is only set gets lost: the embedded PostgreSQL brings exit hooks of its
      // own.
      if (!isGood(result)) return yield* Effect.fail("The run is not good: see above")
    }).pipe(Effect.provide(KafkaBroker.layer()))
).pipe(Command.withDescription("Proves exactly-once delivery on real servers while things go wrong"))

chaos.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
