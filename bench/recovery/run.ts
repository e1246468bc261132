/**
 * `npm run bench:recovery`: how long another worker needs to take tasks over.
 * `npm run bench:outage`: what an outage of PostgreSQL does to a worker.
 * Both exit with 1 if the aim is missed or the tables lack anything.
 */
import { writeFile } from "node:fs/promises"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, DateTime, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { present } from "../../src/domain/Invariant.ts"
import { KafkaBroker } from "../../test/harness/Kafka.ts"
import { replaceSection } from "../../test/harness/Section.ts"
import { type Sizes, writeIfFull } from "../report/Full.ts"
import { measureOutage } from "./Outage.ts"
import * as OutageReport from "./OutageReport.ts"
import { measureRecovery } from "./Recovery.ts"
import * as RecoveryReport from "./RecoveryReport.ts"

const atLeastZero = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const aboveZero = Schema.Finite.check(Schema.isGreaterThan(0))
const positive = Schema.Int.check(Schema.isGreaterThan(0))
const minutesOf = Schema.decodeUnknownEffect(Schema.Array(atLeastZero))
const countsOf = Schema.decodeUnknownEffect(Schema.Array(positive))

const count = (name: string, standard: number, what: string) =>
  Flag.Int(name).pipe(Flag.withSchema(positive), Flag.withDescription(what), Flag.withDefault(standard))
const minutes = (name: string, standard: number, what: string) =>
  Flag.Finite(name).pipe(Flag.withSchema(aboveZero), Flag.withDescription(what), Flag.withDefault(standard))
const text = (name: string, standard: string, what: string) =>
  Flag.String(name).pipe(Flag.withDescription(what), Flag.withDefault(standard))

const outputs = {
  report: Flag.String("report").pipe(Flag.withDescription("A file for the figures, as JSON"), Flag.optional),
  document: Flag.String("document").pipe(Flag.withDescription("A document whose section is replaced"), Flag.optional)
}

interface Outcome {
  readonly command: string
  readonly reports: ReadonlyArray<{ readonly surroundings: string }>
  /** The figures, with their aim. */
  readonly figures: string
  readonly isGood: boolean
  /** The section of the document. */
  readonly section: string
  readonly sizes: Sizes
  /** The documents take figures only from a run of at least this size. */
  readonly full: Sizes
}

const publish = Effect.fnUntraced(function* (
  { document, report }: { readonly document: Option.Option<string>; readonly report: Option.Option<string> },
  { command, figures, full, isGood, reports, section, sizes }: Outcome
) {
  const { surroundings } = present(reports[0], "a run has a report")
  const date = DateTime.formatIsoDateUtc(yield* DateTime.now)
  const text = `${date}, \`${command}\`. ${surroundings}.\n\n${figures}`
  yield* Console.log(text)
  if (Option.isSome(report)) {
    yield* Effect.promise(() => writeFile(report.value, `${JSON.stringify(reports, null, 2)}\n`))
  }
  if (Option.isSome(document)) {
    yield* writeIfFull(document.value, sizes, full, replaceSection(document.value, section, text))
  }
  if (!isGood) return yield* Effect.fail("The run missed its aim: the report above states which")
})

const recovery = Command.make(
  "recovery",
  {
    histories: text("histories", "0,15,60", "Minutes of event time in the tables before the load, one run for each"),
    minutes: minutes("minutes", 2, "Minutes until the first worker is ended"),
    times: count("times", 5, "Number of workers ended by each signal"),
    streams: count("streams", 10_000, "Live streams"),
    rate: count("rate", 2_000, "Records per second"),
    session: text("session", "10 seconds", "KAFKA_SESSION_TIMEOUT of the workers"),
    workers: count("workers", 1, "WORKERS of each of the two processes"),
    ...outputs
  },
  Effect.fnUntraced(function* ({ histories, minutes, rate, session, streams, times, workers, ...to }) {
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
    yield* publish(to, {
      command,
      reports,
      figures: RecoveryReport.describe(reports),
      isGood: RecoveryReport.isGood(reports),
      section: "recovery report",
      sizes: { minutes, times, streams, rate },
      full: { minutes: 1, times: 3, streams: 10_000, rate: 2_000 }
    })
  })
).pipe(Command.withDescription("Measures how long another worker needs to take tasks over"))

/** The history of a worker that is up to date before the outage. */
const SHORT_MINUTES = 1

const outage = Command.make(
  "outage",
  {
    workers: text("workers", "1,2", "WORKERS, by commas: one run of each case for each"),
    minutes: minutes("minutes", 2, "Minutes that the worker runs before the outage"),
    outage: minutes("outage", 5, "Minutes without PostgreSQL"),
    backlog: Flag.Finite("backlog").pipe(
      Flag.withSchema(atLeastZero),
      Flag.withDescription("Minutes of event time unread at the start of the second case; 0 skips that case"),
      Flag.withDefault(30)
    ),
    streams: count("streams", 10_000, "Live streams"),
    rate: count("rate", 5_000, "Records per second"),
    ...outputs
  },
  Effect.fnUntraced(function* ({ backlog, minutes, outage, rate, streams, workers, ...to }) {
    const all = yield* countsOf(workers.split(",").map(Number))
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
        steadyMs: minutes * 60_000,
        outageMs: outage * 60_000
      }).pipe(Effect.timeout("90 minutes"))
    )
    yield* Effect.forEach(reports, ({ complaints, options }) =>
      Console.log([`Warnings and errors, WORKERS=${options.workers}, ${options.when}:`, ...complaints].join("\n  "))
    )
    const command = `npm run bench:outage -- --workers ${workers} --minutes ${minutes} --outage ${outage} --backlog ${backlog} --streams ${streams} --rate ${rate}`
    yield* publish(to, {
      command,
      reports,
      figures: OutageReport.describe(reports),
      isGood: OutageReport.isGood(reports),
      section: "outage report",
      sizes: { minutes, outage, backlog, streams, rate },
      full: { minutes: 2, outage: 5, backlog: 15, streams: 10_000, rate: 5_000 }
    })
  })
).pipe(Command.withDescription("Measures what an outage of PostgreSQL does to a worker"))

Command.make("bench").pipe(
  Command.withSubcommands([recovery, outage]),
  Command.provide(KafkaBroker.layer()),
  Command.run({ version: "1" }),
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain()
)
