/** `npm run bench:fleet`: many worker processes on many partitions, under a small load. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { KafkaBroker } from "../../test/harness/Kafka.ts"
import { BROKER_JVM } from "../Servers.ts"
import { makeFleet } from "./Fleet.ts"
import { measureQuiet, measureRoll, measureUpdates, PAGES } from "./FleetMeasures.ts"

const count = (name: string, standard: number, what: string) =>
  Flag.Int(name).pipe(
    Flag.withSchema(Schema.Int.check(Schema.isGreaterThan(0))),
    Flag.withDescription(what),
    Flag.withDefault(standard)
  )

/** Connections and caches of the start are gone. */
const CALM = "15 seconds"

const fleet = Command.make(
  "bench:fleet",
  {
    processes: count("processes", 20, "Worker processes"),
    partitions: count("partitions", 200, "Partitions of each topic"),
    rate: count("rate", 400, "Records per second"),
    streams: count("streams", 600, "Live streams"),
    seconds: count("seconds", 30, "Length of each measurement"),
    roll: Flag.Boolean("roll").pipe(Flag.withDescription("Measure a rolling restart too"), Flag.withDefault(true))
  },
  Effect.fnUntraced(
    function* ({ partitions, processes, rate, roll, seconds, streams }) {
      const fleet = yield* makeFleet({ processes, partitions, eventsPerSecond: rate, streams })
      yield* Effect.sleep(CALM)
      yield* Console.log("per second:", yield* measureQuiet(fleet, seconds))
      const [first] = fleet.members
      for (const [page, include] of Object.entries(PAGES)) {
        if (first === undefined) break
        const rate = yield* measureUpdates(first.port, include, seconds)
        yield* Console.log(`live updates of page ${page}: ${rate.toFixed(1)} KiB/s`)
      }
      if (roll) yield* Console.log("rolling restart:", yield* measureRoll(fleet))
      yield* fleet.end
    },
    Effect.scoped,
    Effect.provide(KafkaBroker.layer({ jvm: BROKER_JVM }))
  )
).pipe(Command.withDescription("Measures many worker processes on many partitions"))

fleet.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
