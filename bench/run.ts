/** `npm run bench`, `npm run bench:quick`: ends with 1 where a system wrote other rows than it should. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { benchmark } from "./Benchmark.ts"
import { clientLimit } from "./ClientLimit.ts"
import { flinkCheckpoints, flinkPlain, kafkaStreamsHeap, kafkaStreamsStore } from "./Jvm.ts"
import { isEqual, type Run } from "./Results.ts"
import { spark } from "./Spark.ts"
import { telemetra } from "./Telemetra.ts"

const systems = [
  telemetra(2),
  telemetra(1),
  kafkaStreamsHeap,
  kafkaStreamsStore("memory"),
  kafkaStreamsStore("rocks"),
  flinkPlain,
  flinkCheckpoints,
  spark("simple"),
  spark("chained"),
  clientLimit
]
const QUICK = new Set(["telemetra-2", "telemetra-1", "kafkajs"])

/** A smaller load has fewer streams, so that there are as many events to a row. */
const EVENTS_PER_STREAM = 3_000

const number = (value: number, digits = 0): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })

const verdict = ({ rows }: Run): string =>
  rows === null
    ? "writes no rows"
    : isEqual(rows)
      ? `${number(rows.expected)} rows equal`
      : `ROWS DIFFER: ${rows.missing} missing, ${rows.unexpected} unexpected, ${rows.different} different of ${rows.expected}; ${rows.example}`

const line = (run: Run, records: number): string =>
  [
    `round ${run.round}  ${run.system.padEnd(12)} ${number(records / run.seconds).padStart(9)} events/s`,
    `CPU s per M events ${number(run.cpuSeconds / (records / 1e6), 2)}`,
    `(broker ${number(run.brokerCpuSeconds / (records / 1e6), 2)}, PostgreSQL ${number(run.postgresCpuSeconds / (records / 1e6), 2)})`,
    `peak ${number(run.peakMemoryMiB)} MiB`,
    `fetch to commit ${number(run.seconds, 1)} s, whole process ${number(run.wallSeconds, 1)} s, start to fetch ${number(run.startToFetchSeconds, 1)} s`,
    `others' CPU ${number(run.otherCpuSeconds, 1)} s`,
    verdict(run)
  ].join(", ")

const bench = Command.make(
  "bench",
  {
    quick: Flag.Boolean("quick").pipe(
      Flag.withDescription(
        "A minute for tuning the worker: no peers, a smaller load, one round, nothing is written down"
      ),
      Flag.withDefault(false)
    ),
    events: Flag.Int("events").pipe(Flag.withDescription("Chat events of the load"), Flag.withDefault(0)),
    rounds: Flag.Int("rounds").pipe(Flag.withDescription("How often each runs"), Flag.withDefault(0)),
    only: Flag.String("only").pipe(Flag.withDescription("Which run, by commas; all by default"), Flag.withDefault(""))
  },
  Effect.fnUntraced(function* ({ events, only, quick, rounds }) {
    const wanted = only === "" ? undefined : new Set(only.split(","))
    const chosen = systems.filter(({ id }) => wanted?.has(id) ?? (!quick || QUICK.has(id)))
    const chatEvents = events > 0 ? events : quick ? 600_000 : 3_000_000
    const results = yield* benchmark({
      systems: chosen,
      rounds: rounds > 0 ? rounds : quick ? 1 : 3,
      load: { seed: 1, chatEvents, streams: Math.round(chatEvents / EVENTS_PER_STREAM), partitions: 3, seconds: 600 },
      onRun: (run, records) => Console.log(line(run, records))
    })
    if (results.runs.some(({ rows }) => rows !== null && !isEqual(rows)))
      yield* Effect.sync(() => (process.exitCode = 1))
  })
).pipe(Command.withDescription("Measures the worker beside its peers on real servers"))

bench.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
