/** The text of docs/benchmarks.md, from the results alone. */
import type { Spread } from "./report/Spread.ts"
import { number, table } from "./report/Text.ts"
import { type Results, ratiosTo, type Summary, summarize } from "./Results.ts"

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

const speed = (results: Results, summaries: ReadonlyArray<Summary>): string => {
  const reference = summaries.find(({ id }) => id === REFERENCE)
  return table(
    [
      "system",
      "events/s",
      `of ${reference?.name ?? REFERENCE}`,
      "start to first fetch, s",
      "start to first row, s",
      "whole process, s",
      "rows"
    ],
    summaries.map((summary) => [
      summary.name,
      cell(summary.eventsPerSecond),
      cell(ratiosTo(results, REFERENCE, summary.id), 2),
      cell(summary.startToFetchSeconds, 1),
      summary.startToRowSeconds === undefined ? "" : cell(summary.startToRowSeconds, 1),
      cell(summary.wallSeconds, 1),
      summary.equal === undefined ? "none" : summary.equal ? "equal" : "**differ**"
    ])
  )
}

const costs = (summaries: ReadonlyArray<Summary>): string =>
  table(
    ["system", "CPU s per million events", "the broker's", "PostgreSQL's", "peak memory, MiB"],
    summaries.map((summary) => [
      summary.name,
      cell(summary.cpuPerMillion, 2),
      cell(summary.brokerCpuPerMillion, 2),
      summary.startToRowSeconds === undefined ? "" : cell(summary.postgresCpuPerMillion, 2),
      cell(summary.peakMemoryMiB)
    ])
  )

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
  const reference = summaries.find(({ id }) => id === REFERENCE)?.name ?? REFERENCE
  return `# Benchmarks

For engineers who choose a stream processor: speed, CPU and memory of the worker and of other systems in the same job.
\`${results.command}\` writes this page from \`bench/results/latest.json\`.

${bars("Thousand events per second: more is better", summaries, (summary) => summary.eventsPerSecond.median / 1000)}

${bars("CPU seconds per million events: less is better", summaries, (summary) => summary.cpuPerMillion.median)}

The tables show medians of ${rounds} rounds, with least and most in parentheses. The ratio to ${reference} is taken
within each round, because the speed of a machine drifts.

${speed(results, summaries)}

${costs(summaries)}

## The job

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
tolerance. The programs are in \`bench/peers\`.

## Method

All systems are measured from outside. Only the program *kafkajs alone* prints the time of its last record itself.

- **events/s**: all records, divided by the time from the first fetch to the last commit. The first fetch is the time
  when the broker has handed more than 100 KB to the kernel (\`/proc/PID/io\`, read every 10 ms). The last commit is
  PostgreSQL's own time of the last transaction that wrote a row (\`track_commit_timestamp\`). The start of a runtime
  is therefore not included. It has columns of its own.
- **CPU**: user and system time of all processes of the system, from start to end. The broker's and PostgreSQL's CPU
  are listed separately.
- **memory**: the peak of the proportional set size (PSS), summed over all processes of the system and sampled every
  second.
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

\`npm run bench\` takes most of an hour. It needs Java 17 and Maven like the tests, and Python 3 with pip for Spark.
It downloads the peers into \`~/.cache/telemetra-bench\`. \`npm run bench:quick\` takes a minute: only the worker and
kafkajs, over a smaller load, for tuning.
`
}
