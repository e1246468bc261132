/**
 * `npm run bench`, `npm run bench:quick`: ends with 1 where a system failed, or wrote other rows
 * than it should.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { benchmark } from "./Benchmark.ts"
import { clientLimit } from "./peers/ClientLimit.ts"
import { smaller } from "./report/Full.ts"
import { limitOneThread, limitTwoThreads } from "./peers/Limit.ts"
import { flinkCheckpoints, flinkPlain, kafkaStreamsHeap, kafkaStreamsStores } from "./peers/Jvm.ts"
import { document } from "./Document.ts"
import { kept } from "./report/Kept.ts"
import { number } from "./report/Text.ts"
import { isEqual, Results, type Run } from "./Results.ts"
import { spark } from "./peers/Spark.ts"
import { telemetra } from "./Telemetra.ts"

const tuning = [telemetra(2), telemetra(1), clientLimit]
const all = [
  telemetra(2),
  telemetra(1),
  kafkaStreamsHeap,
  kafkaStreamsStores,
  flinkPlain,
  flinkCheckpoints,
  spark,
  clientLimit,
  limitTwoThreads,
  limitOneThread
]

const { keep, render } = kept("latest.json", Results, "benchmarks.md", document)

const QUICK_EVENTS = 600_000
const WHOLE_EVENTS = 3_000_000
const WHOLE_ROUNDS = 3
/** A smaller load has fewer streams, so that there are as many events to a row. */
const EVENTS_PER_STREAM = 3_000

const verdict = ({ rows }: Run): string =>
  rows === null
    ? "writes no rows"
    : isEqual(rows)
      ? `${number(rows.expected)} rows equal`
      : `ROWS DIFFER: ${rows.missing} missing, ${rows.unexpected} unexpected, ${rows.different} different of ${rows.expected}; ${rows.example}`

const line = (run: Run, records: number): string => {
  const perMillion = (seconds: number) => number(seconds / (records / 1e6), 2)
  return [
    `round ${run.round}  ${run.system.padEnd(15)} ${number(records / run.seconds).padStart(9)} events/s`,
    `CPU s per M events ${perMillion(run.cpuSeconds)} (broker ${perMillion(run.brokerCpuSeconds)}, PostgreSQL ${perMillion(run.postgresCpuSeconds)})`,
    `peak ${number(run.peakMemoryMiB)} MiB`,
    `fetch to commit ${number(run.seconds, 1)} s, start to fetch ${number(run.startToFetchSeconds, 1)} s, whole process ${number(run.wallSeconds, 1)} s`,
    `others' CPU ${number(run.otherCpuSeconds, 1)} s`,
    verdict(run)
  ].join(", ")
}

const print = ({ records, runs }: Results): Effect.Effect<void> => {
  const last = runs.at(-1)
  return last === undefined ? Effect.void : Console.log(line(last, records))
}

class BenchmarkError extends Data.TaggedError("BenchmarkError")<{ readonly wrong: number; readonly failed: number }> {
  override get message(): string {
    return `${this.failed} runs came to nothing, and ${this.wrong} wrote other rows than they should: see above`
  }
}

const bench = Command.make(
  "bench",
  {
    quick: Flag.Boolean("quick").pipe(
      Flag.withDescription("A minute for tuning the worker: no peers, a smaller load, one round"),
      Flag.withDefault(false)
    ),
    events: Flag.Int("events").pipe(
      Flag.withDescription("Chat events of the load; 0 = 600,000 if quick, else 3,000,000"),
      Flag.withDefault(0)
    ),
    rounds: Flag.Int("rounds").pipe(
      Flag.withDescription("How often each runs; 0 = once if quick, else three times"),
      Flag.withDefault(0)
    ),
    only: Flag.String("only").pipe(Flag.withDescription("Which run, by commas"), Flag.withDefault(""))
  },
  Effect.fnUntraced(function* ({ events, only, quick, rounds }) {
    const wanted = only.split(",")
    const chosen = only === "" ? (quick ? tuning : all) : all.filter(({ id }) => wanted.includes(id))
    const chatEvents = events > 0 ? events : quick ? QUICK_EVENTS : WHOLE_EVENTS
    const chosenRounds = rounds > 0 ? rounds : quick ? 1 : WHOLE_ROUNDS
    // The page is made from the whole benchmark alone.
    const isWhole =
      !quick &&
      only === "" &&
      smaller({ events: chatEvents, rounds: chosenRounds }, { events: WHOLE_EVENTS, rounds: WHOLE_ROUNDS }).length === 0
    const results = yield* benchmark({
      command: "npm run bench",
      systems: chosen,
      rounds: chosenRounds,
      load: { seed: 1, chatEvents, streams: Math.round(chatEvents / EVENTS_PER_STREAM), partitions: 3, seconds: 600 },
      onRun: (results) => Effect.andThen(print(results), isWhole ? keep(results) : Effect.void)
    })
    if (isWhole) yield* render
    const wrong = results.runs.filter(({ rows }) => rows !== null && !isEqual(rows)).length
    if (wrong + results.failures.length > 0)
      return yield* new BenchmarkError({ wrong, failed: results.failures.length })
  })
).pipe(Command.withDescription("Measures the worker and its peers on real servers"))

bench.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
