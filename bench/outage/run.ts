/** `npm run bench:outage -- --outage 5`: ends with 1 where memory grew beyond the aim, or the tables lack anything. */
import { writeFile } from "node:fs/promises"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, DateTime, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { KafkaBroker } from "../../test/harness/Kafka.ts"
import { replaceSection } from "../../test/harness/Section.ts"
import { writeIfFull } from "../Full.ts"
import { measureOutage } from "./Outage.ts"
import { describe, isGood } from "./Report.ts"

const counts = Schema.decodeUnknownEffect(Schema.Array(Schema.Int.check(Schema.isGreaterThan(0))))
const minutes = Flag.withSchema(Schema.Finite.check(Schema.isGreaterThan(0)))
const positive = Flag.withSchema(Schema.Int.check(Schema.isGreaterThan(0)))

/** So much history a worker that is to be up to date begins with. */
const SHORT_MINUTES = 1

/** The smallest run that counts as full; docs/ takes no figures of smaller ones. */
const FULL = { minutes: 2, outage: 5, backlog: 15, streams: 10_000, rate: 5_000 }

const outage = Command.make(
  "bench:outage",
  {
    workers: Flag.String("workers").pipe(
      Flag.withDescription("WORKERS, by commas: one measurement of each case for each"),
      Flag.withDefault("1,2")
    ),
    steady: Flag.Finite("minutes").pipe(
      minutes,
      Flag.withDescription("How long the worker runs before the outage"),
      Flag.withDefault(2)
    ),
    length: Flag.Finite("outage").pipe(
      minutes,
      Flag.withDescription("Minutes without PostgreSQL"),
      Flag.withDefault(5)
    ),
    backlog: Flag.Finite("backlog").pipe(
      Flag.withSchema(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))),
      Flag.withDescription("Minutes of event time that are unread at the start of the second case; 0 leaves it out"),
      Flag.withDefault(30)
    ),
    streams: Flag.Int("streams").pipe(positive, Flag.withDefault(10_000)),
    rate: Flag.Int("rate").pipe(positive, Flag.withDescription("Records a second"), Flag.withDefault(5_000)),
    report: Flag.String("report").pipe(Flag.withDescription("A file for the figures, as JSON"), Flag.optional),
    document: Flag.String("document").pipe(
      Flag.withDescription("A document whose last report is replaced by this one"),
      Flag.optional
    )
  },
  ({ backlog, document, length, rate, report, steady, streams, workers }) =>
    Effect.gen(function* () {
      const all = yield* counts(workers.split(",").map(Number))
      const cases = all.flatMap((count) => [
        { workers: count, when: "up to date" as const, minutes: SHORT_MINUTES },
        ...(backlog === 0 ? [] : [{ workers: count, when: "behind" as const, minutes: backlog }])
      ])
      const reports = yield* Effect.forEach(cases, (one) =>
        measureOutage({
          workers: one.workers,
          when: one.when,
          streams,
          eventsPerSecond: rate,
          historyMs: one.minutes * 60_000,
          steadyMs: steady * 60_000,
          outageMs: length * 60_000
        }).pipe(Effect.timeout("90 minutes"))
      )
      const command = `npm run bench:outage -- --workers ${workers} --minutes ${steady} --outage ${length} --backlog ${backlog} --streams ${streams} --rate ${rate}`
      const text = describe(command, DateTime.formatIsoDateUtc(yield* DateTime.now), reports)
      yield* Console.log(text)
      yield* Effect.forEach(reports, ({ complaints, options }) =>
        Console.log([`Complaints, WORKERS=${options.workers}, ${options.when}:`, ...complaints].join("\n  "))
      )
      if (Option.isSome(report)) {
        yield* Effect.promise(() => writeFile(report.value, `${JSON.stringify(reports, null, 2)}\n`))
      }
      if (Option.isSome(document)) {
        const sizes = { minutes: steady, outage: length, backlog, streams, rate }
        yield* writeIfFull(document.value, sizes, FULL, replaceSection(document.value, "outage report", text))
      }
      if (!isGood(reports)) return yield* Effect.fail("The run is not good: see above")
    }).pipe(Effect.provide(KafkaBroker.layer()))
).pipe(Command.withDescription("Measures what an outage of PostgreSQL does to a worker"))

outage.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
