/**
 * `npm run bench:settings`: compares the settings that docs/PRODUCTION.md proposes with the
 * defaults and with those of the Spark job. Exits with 1 if the tables lack anything.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { replaceSection } from "../../test/harness/Section.ts"
import { number, seconds, table } from "../report/Text.ts"
import { measure } from "./Measure.ts"
import type { Measured } from "./Observed.ts"
import { perMillion, records, whereAndWhen } from "./Report.ts"
import type { Case } from "./Results.ts"
import { AS_SHIPPED, type Variant } from "./Variant.ts"

interface Contender {
  readonly name: string
  readonly workers: number
  readonly variant: Variant
}

interface Purpose {
  readonly name: string
  readonly mode: Case["mode"]
  /** Event time. */
  readonly minutes: number
  readonly contenders: ReadonlyArray<Contender>
}

interface Contended extends Measured {
  readonly contender: Contender
}

const listed = (env: Readonly<Record<string, string>>): string =>
  Object.entries(env)
    .map(([name, value]) => `\`${name}=${value.includes(" ") ? `'${value}'` : value}\``)
    .join(", ")

const contender = (
  what: string,
  env: Readonly<Record<string, string>>,
  { workers = 1, ...known }: Partial<Variant> & { readonly workers?: number } = {}
): Contender => ({
  name: [what, listed({ ...env, ...(workers === 1 ? {} : { WORKERS: String(workers) }) })].filter(Boolean).join(": "),
  workers,
  variant: { ...AS_SHIPPED, ...known, env }
})

const FEWER_ROWS = { SLIDE_DURATION: "30 seconds", PARTITION_BY: "day" }

const SOON = {
  WATERMARK_DELAY: "2 seconds",
  IDLE_TIMEOUT: "5 seconds",
  SLIDE_DURATION: "5 seconds",
  KAFKA_SESSION_TIMEOUT: "10 seconds"
}

const PURPOSES: ReadonlyArray<Purpose> = [
  {
    name: "high volume",
    mode: "full",
    minutes: 6,
    contenders: [
      contender("as shipped", {}),
      contender("as for Spark", { TRIGGER_INTERVAL: "30 seconds", MAX_OFFSETS_PER_TRIGGER: "100000" }),
      contender("proposed", FEWER_ROWS, { slideMs: 30_000 }),
      contender("proposed", FEWER_ROWS, { slideMs: 30_000, workers: 2 })
    ]
  },
  {
    name: "low latency",
    mode: "live",
    minutes: 3,
    contenders: [
      contender("as shipped", {}),
      contender("as for Spark", { TRIGGER_INTERVAL: "200 milliseconds" }),
      contender("proposed", SOON, { slideMs: 5_000, watermarkDelayMs: 2_000 })
    ]
  }
]

type Column = readonly [string, (one: Contended) => string]

const COSTS: ReadonlyArray<Column> = [
  ["worker's CPU s per million records", ({ result }) => perMillion(result.cpu.worker, result)],
  ["PostgreSQL's", ({ result }) => perMillion(result.cpu.postgres, result)],
  ["rows", ({ result }) => number(result.room.rows)],
  ["peak memory, MiB", ({ result }) => number(result.peakMemoryMiB)]
]

const COLUMNS: Readonly<Record<Purpose["mode"], ReadonlyArray<Column>>> = {
  full: [
    ["records/s", ({ result }) => number(records(result) / result.seconds)],
    ...COSTS,
    ["MiB of tables", ({ result }) => number(result.room.table / 2 ** 20)],
    ["MiB of write-ahead log", ({ result }) => number(result.room.wal / 2 ** 20)]
  ],
  live: [
    ["end of a window to its rows, p50", ({ agesMs }) => seconds(agesMs.p50)],
    ["p99", ({ agesMs }) => seconds(agesMs.p99)],
    ["event to the next window's end, at most", ({ contender }) => seconds(contender.variant.slideMs)],
    ["late", ({ result }) => number(result.counted.late)],
    ...COSTS
  ]
}

const LOAD = { streams: 10_000, messagesPerSecond: 10_000, partitions: 6 }

/** The other facts are those of docs/capacity.md. */
const where = (contenders: ReadonlyArray<Contended>): string =>
  whereAndWhen(
    contenders.map(({ result }) => result),
    ["processor", "memory", "the worker", "Node"]
  )

const figures = ({ minutes, mode, name }: Purpose, contenders: ReadonlyArray<Contended>): string => {
  const columns = COLUMNS[mode]
  const how = mode === "full" ? "all in the log at the start" : "in real time"
  return `${number(LOAD.streams)} streams, ${number(LOAD.messagesPerSecond)} messages/s, ${minutes} minutes, ${how}; no row lost a message (\`npm run bench:settings -- --only '${name}'\`, ${where(contenders)}):

${table(
  ["", ...columns.map(([head]) => head)],
  contenders.map((one) => [one.contender.name, ...columns.map(([, cell]) => cell(one))])
)}`
}

const DOCUMENT = new URL("../../docs/PRODUCTION.md", import.meta.url).pathname

const contend = ({ minutes, mode, name }: Purpose, contender: Contender) =>
  Effect.map(
    measure(
      { ...LOAD, mode, minutes, workers: contender.workers },
      `npm run bench:settings -- --only '${name}'`,
      contender.variant
    ),
    (measured): Contended => ({ ...measured, contender })
  )

const settings = Command.make(
  "bench:settings",
  {
    only: Flag.Literals("only", ["all", ...PURPOSES.map(({ name }) => name)]).pipe(
      Flag.withDescription("Which purpose"),
      Flag.withDefault("all")
    )
  },
  Effect.fnUntraced(function* ({ only }) {
    const missing: Array<string> = []
    for (const purpose of PURPOSES.filter(({ name }) => only === "all" || only === name)) {
      const contenders = yield* Effect.forEach(purpose.contenders, (contender) => contend(purpose, contender))
      const text = figures(purpose, contenders)
      yield* Console.log(text)
      missing.push(...contenders.flatMap(({ result }) => result.counted.differences))
      if (missing.length === 0) yield* replaceSection(DOCUMENT, purpose.name, text)
    }
    if (missing.length > 0) return yield* Effect.fail(["The tables differ from the load:", ...missing].join("\n  "))
  })
).pipe(Command.withDescription("Compares the proposed settings with the defaults and with those of the Spark job"))

settings.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
