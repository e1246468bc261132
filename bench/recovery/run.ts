/** `npm run bench:recovery -- --histories 0,15,60`: ends with 1 where a task needed longer than the aim. */
import { writeFile } from "node:fs/promises"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, DateTime, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { KafkaBroker } from "../../test/harness/Kafka.ts"
import { measureRecovery } from "./Recovery.ts"
import { describe, isGood } from "./Report.ts"
import { replaceSection } from "../../test/harness/Section.ts"
import { writeIfFull } from "../Full.ts"

const minutesOf = Schema.decodeUnknownEffect(Schema.Array(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))))
const positive = Schema.Int.check(Schema.isGreaterThan(0))

/** The smallest run that counts as full; docs/ takes no figures of smaller ones. */
const FULL = { minutes: 1, times: 3, streams: 10_000, rate: 2_000 }

const recovery = Command.make(
  "bench:recovery",
  {
    histories: Flag.String("histories").pipe(
      Flag.withDescription(
        "Minutes of event time that the tables hold before the load begins, by commas: one measurement each"
      ),
      Flag.withDefault("0,15,60")
    ),
    minutes: Flag.Finite("minutes").pipe(
      Flag.withSchema(Schema.Finite.check(Schema.isGreaterThan(0))),
      Flag.withDescription("How long the workers run before the first end"),
      Flag.withDefault(2)
    ),
    times: Flag.Int("times").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("How often a worker is ended by each signal"),
      Flag.withDefault(5)
    ),
    streams: Flag.Int("streams").pipe(Flag.withSchema(positive), Flag.withDefault(10_000)),
    rate: Flag.Int("rate").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("Records a second"),
      Flag.withDefault(2_000)
    ),
    session: Flag.String("session").pipe(
      Flag.withDescription("KAFKA_SESSION_TIMEOUT of the workers"),
      Flag.withDefault("10 seconds")
    ),
    workers: Flag.Int("workers").pipe(
      Flag.withSchema(positive),
      Flag.withDescription("WORKERS of each of the two processes"),
      Flag.withDefault(1)
    ),
    report: Flag.String("report").pipe(Flag.withDescription("A file for the figures, as JSON"), Flag.optional),
    document: Flag.String("document").pipe(
      Flag.withDescription("A document whose last report is replaced by this one"),
      Flag.optional
    )
  },
  ({ document, histories, minutes, rate, report, session, streams, times, workers }) =>
    Effect.gen(function* () {
      const all = yield* minutesOf(histories.split(",").map(Number))
      const reports = yield* Effect.forEach(all, (history) =>
        measureRecovery({
          streams,
          eventsPerSecond: rate,
          historyMs: history * 60_000,
          runMs: minutes * 60_000,
          times,
          sessionTimeout: session,
          workers
        }).pipe(Effect.timeout("90 minutes"))
      )
      const command = `npm run bench:recovery -- --histories ${histories} --minutes ${minutes} --times ${times} --streams ${streams} --rate ${rate} --session "${session}" --workers ${workers}`
      const text = describe(command, DateTime.formatIsoDateUtc(yield* DateTime.now), reports)
      yield* Console.log(text)
      if (Option.isSome(report)) {
        yield* Effect.promise(() => writeFile(report.value, `${JSON.stringify(reports, null, 2)}\n`))
      }
      if (Option.isSome(document)) {
        const write = replaceSection(document.value, "recovery report", text)
        yield* writeIfFull(document.value, { minutes, times, streams, rate }, FULL, write)
      }
      if (!isGood(reports)) return yield* Effect.fail("The run is not good: see above")
    }).pipe(Effect.provide(KafkaBroker.layer()))
).pipe(Command.withDescription("Measures how long it takes until another worker goes on"))

recovery.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
