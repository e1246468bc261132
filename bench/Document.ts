/** The text of docs/benchmarks.md, from the results alone. */
import type { Spread } from "./report/Spread.ts"
import { number, table } from "./report/Text.ts"
import { type Results, ratiosTo, type Run, type Summary, summarize } from "./Results.ts"

/** The median, with least and most over all rounds. */
const cell = ({ least, median, most }: Spread, digits = 0): string =>
  `${number(median, digits)} (${number(least, digits)}–${number(most, digits)})`

/** A bar chart in Mermaid, one bar for each system. */
const bars = (title: string, summaries: ReadonlyArray<Summary>, value: (summary: Summary) => number): string =>
  `\`\`\`mermaid
xychart-beta horizontal
  title "${title}"
  x-axis [${summaries.map(({ name }) => `"${name}"`).join(", ")}]
  bar [${summaries.map((summary) => number(value(summary), 1).replaceAll(",", "")).join(", ")}]
\`\`\``

/** The system that the others are compared with. */
const REFERENCE = "telemetra-2"
/** The native limit that the systems are compared with, if it ran. */
const LIMIT = "limit-2"

const nameOf = (summaries: ReadonlyArray<Summary>, wanted: string): string =>
  summaries.find(({ id }) => id === wanted)?.name ?? wanted

const speedRatio = (own: Run, other: Run): number => other.seconds / own.seconds
const cpuRatio = (own: Run, other: Run): number => own.cpuSeconds / other.cpuSeconds

type Column = readonly [head: string, cell: (summary: Summary) => string]

const tableOf = (
  columns: ReadonlyArray<Column>,
  summaries: ReadonlyArray<Summary>,
  more: ReadonlyArray<ReadonlyArray<string>> = []
): string =>
  table(
    columns.map(([head]) => head),
    [...summaries.map((summary) => columns.map(([, cell]) => cell(summary))), ...more]
  )

/** The columns that compare with the limit, if it ran. */
const ofLimit = (summaries: ReadonlyArray<Summary>, column: (name: string) => Column): ReadonlyArray<Column> =>
  summaries.filter(({ id }) => id === LIMIT).map(({ name }) => column(name))

const nameColumn: Column = ["system", ({ name }) => name]

const speed = (results: Results, summaries: ReadonlyArray<Summary>): string => {
  const ratio = (reference: string, id: string, digits: number) =>
    cell(ratiosTo(results, reference, id, speedRatio), digits)
  const columns: ReadonlyArray<Column> = [
    nameColumn,
    ["events/s", ({ eventsPerSecond }) => cell(eventsPerSecond)],
    [`of ${nameOf(summaries, REFERENCE)}`, ({ id }) => ratio(REFERENCE, id, 2)],
    ...ofLimit(summaries, (name) => [`of ${name}`, ({ id }) => ratio(LIMIT, id, 3)]),
    ["start to first fetch, s", ({ startToFetchSeconds }) => cell(startToFetchSeconds, 1)],
    ["start to first row, s", ({ startToRowSeconds: s }) => (s === undefined ? "" : cell(s, 1))],
    ["whole process, s", ({ wallSeconds }) => cell(wallSeconds, 1)],
    ["rows", ({ equal }) => (equal === undefined ? "none" : equal ? "equal" : "**differ**")]
  ]
  const unavailable = results.systems.flatMap(({ name, unavailable: why }) =>
    why === undefined ? [] : [[name, `not measured: ${why}`, ...columns.slice(2).map(() => "")]]
  )
  return tableOf(columns, summaries, unavailable)
}

const costs = (results: Results, summaries: ReadonlyArray<Summary>): string =>
  tableOf(
    [
      nameColumn,
      ["CPU s per million events", ({ cpuPerMillion }) => cell(cpuPerMillion, 2)],
      ...ofLimit(summaries, (name) => [`times ${name}`, ({ id }) => cell(ratiosTo(results, LIMIT, id, cpuRatio), 1)]),
      ["the broker's", ({ brokerCpuPerMillion }) => cell(brokerCpuPerMillion, 2)],
      [
        "PostgreSQL's",
        ({ equal, postgresCpuPerMillion }) => (equal === undefined ? "" : cell(postgresCpuPerMillion, 2))
      ],
      ["peak memory, MiB", ({ peakMemoryMiB }) => cell(peakMemoryMiB)]
    ],
    summaries
  )

/** Explains the columns of the limit; empty if it did not run. */
const aboutLimit = (summaries: ReadonlyArray<Summary>): string =>
  summaries.some(({ id }) => id === LIMIT)
    ? `The limit is a native program that writes the same rows with as little work as possible. The columns that name
${nameOf(summaries, LIMIT)} state how far each system is from what this machine can do.
[profiles.md](profiles.md) compares the worker's stages with it.

`
    : ""

const differences = ({ failures, runs }: Results): string => {
  const wrong = runs.filter(({ rows }) => rows !== null && rows.missing + rows.unexpected + rows.different > 0)
  return wrong.length + failures.length === 0
    ? "Every run of every system wrote exactly these rows."
    : [
        "These runs differ:",
        "",
        ...wrong.map(
          ({ round, rows, system }) =>
            `- ${system}, round ${round}: ${rows?.missing} missing, ${rows?.unexpected} unexpected, ${rows?.different} different`
        ),
        ...failures.map(({ round, system, why }) => `- ${system}, round ${round}: ${why}`)
      ].join("\n")
}

export const document = (results: Results): string => {
  const summaries = summarize(results)
  const { load, machine, records, rounds, rows, runs, systems } = results
  const others = Math.max(...runs.map(({ otherCpuSeconds, wallSeconds }) => otherCpuSeconds / wallSeconds))
  const reference = nameOf(summaries, REFERENCE)
  return `# Benchmarks

For engineers who choose a stream processor: speed, CPU and memory of the worker and of other systems in the same job.
\`${results.command}\` writes this page from \`bench/results/latest.json\`.

${bars("Thousand events per second: more is better", summaries, (summary) => summary.eventsPerSecond.median / 1000)}

${bars("CPU seconds per million events: less is better", summaries, (summary) => summary.cpuPerMillion.median)}

The tables show medians of ${rounds} rounds, with least and most in parentheses. The ratio to ${reference} is taken
within each round, because the speed of a machine drifts.

${speed(results, summaries)}

${costs(results, summaries)}

${aboutLimit(summaries)}## The job

The load is ${number(records)} records: ${number(load.chatEvents)} chat messages and ${number(
    records - load.chatEvents - 2 * load.partitions
  )} viewer samples of ${number(load.streams)} streams in ${load.seconds} s of
event time. Popularity follows Zipf's law, and events are up to 2 s out of order. Each record is JSON of about 230
bytes, not compressed, in batches of about 100 KB. Two topics have ${load.partitions} partitions each. Kafka's default
partitioner places the streams, so the largest partition holds almost half of all records. The load is a function of
its seed (${load.seed}). It is written once, and every run reads it.

Each system computes windows of 60 s every 10 s per stream. A window has messages, exact distinct chatters, mean
sentiment by a lexicon, positive and negative messages, mean viewers and top emotes. It upserts ${number(rows)} rows
into a table. SQL compares them with an independent recount of the load: keys, counts and distinct chatters exactly,
means to 10^-6, the first five emotes in order. ${differences(results)}

## Systems

${table(
  ["system", "settings", "missing, compared with the worker"],
  systems.map(({ name, settings, without }) => [name, settings, without === "" ? "nothing" : without])
)}

Each peer is as fast as we could make it with its own means. The engines run both in their fastest form and with fault
tolerance. The limits are upper bounds, not systems. The programs are in \`bench/peers\`.

## Method

All systems are measured from outside. Only the program *kafkajs alone* prints the time of its last record itself.

- **events/s**: all records, divided by the time from the first fetch to the last commit. The first fetch is the time
  when the broker has handed more than 100 KB to the kernel (\`/proc/PID/io\`, read every 10 ms). The last commit is
  PostgreSQL's own time of the last transaction that wrote a row (\`track_commit_timestamp\`). The start of a runtime
  is therefore not included. It has columns of its own.
- **CPU**: user and system time of all processes of the system, from start to end. The broker's and PostgreSQL's CPU
  are listed separately.
- **memory**: the peak of the proportional set size (PSS), summed over all processes of the system and sampled at least
  every second.
- **whole process**: from its start to its end. The worker ends by SIGTERM when its checkpoints reach the end of the
  log. The others end by themselves.
- Each run has a consumer group, a schema and a folder of its own. Systems take turns within a round, and the order
  rotates by one each round. A pause of two seconds and a checkpoint of PostgreSQL separate the runs.
- Other processes on the machine used at most ${number(others * 100)} % of one core during any run.

## Machine

${table(
  ["", ""],
  machine.map(([name, value]) => [name, value])
)}

The broker and PostgreSQL share this machine with the measured system. Measured on ${results.at}.

## Run it

\`npm run bench\` takes most of an hour. It needs Java 17 and Maven like the tests, Python 3 with pip for Spark, and
Cargo for the native limit. Without Cargo, or on a processor without AVX2, the limit is not measured. The peers are
downloaded into \`~/.cache/telemetra-bench\`. \`npm run bench:quick\` takes a minute: only the worker and kafkajs, over
a smaller load, for tuning.
`
}
