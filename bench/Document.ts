/** docs/benchmarks.md, made from the results alone. */
import { type Results, ratiosTo, type Spread, type Summary, summarize } from "./Results.ts"

const number = (value: number, digits = 0): string =>
  value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** The median, and the range over all rounds. */
const cell = ({ least, median, most }: Spread, digits = 0): string =>
  `${number(median, digits)} (${number(least, digits)}–${number(most, digits)})`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** With what the others are compared. */
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
      summary.equal === undefined ? "writes none" : summary.equal ? "equal" : "**differ**"
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
        "Not every run did:",
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
  return `# Benchmarks

The worker beside other ways to do the same job, on one machine, one Kafka broker and one PostgreSQL. This page and its picture are written by \`${results.command}\` from \`bench/results/latest.json\`; nothing in it comes from anywhere else.

![Speed, CPU and memory of each system](benchmarks.svg)

Medians of ${rounds} rounds, with least and most in parentheses. The ratio to ${summaries.find(({ id }) => id === REFERENCE)?.name ?? REFERENCE} is taken within each round, since a machine's speed drifts.

${speed(results, summaries)}

${costs(summaries)}

## The job

${number(records)} records, ${load.seconds} s of event time: ${number(load.chatEvents)} chat messages and ${number(records - load.chatEvents - 2 * load.partitions)} viewer samples of ${number(load.streams)} streams whose popularity follows Zipf's law, up to 2 s out of order, as JSON of about 230 bytes, not compressed, in batches of about 100 KB. Two topics of ${load.partitions} partitions, keyed by stream and placed by Kafka's default partitioner, so that the largest partition holds almost half of everything. The load is a function of its seed (${load.seed}), written once, and read by every run.

From it, windows of 60 s every 10 s per stream: messages, exact distinct chatters, mean sentiment by a lexicon, positive and negative messages, mean viewers, the emotes used most. ${number(rows)} rows are upserted into a table. They are compared with an independent recount of the load, by SQL: keys, counts and distinct chatters exactly, means to 10^-6, the first five emotes in order. ${differences(results)}

## Who runs what

${table(
  ["system", "as it is run", "what it does without"],
  systems.map(({ name, settings, without }) => [name, settings, without === "" ? "nothing" : without])
)}

Each is as fast as we could make it with its own means, and the engines are run both in their fastest form and with what keeps their state safe. The programs are in \`bench/peers\`.

## How it is measured

From outside, alike for all; no system reports on itself, but for kafkajs alone, which prints when its last record came.

- **events/s**: all records, by the time from the first fetch to the last commit. The first fetch is when the broker's process has handed more than 100 KB to the kernel (\`/proc/PID/io\`, looked at every 10 ms). The last commit is the time that PostgreSQL itself has kept for the last transaction that wrote a row (\`track_commit_timestamp\`). So a runtime's start is left out, and stands beside it.
- **CPU**: user and system time of all processes of the system, from start to end, its start included. The broker's and PostgreSQL's own are what they spent meanwhile.
- **memory**: the proportional set size (PSS) of all its processes, summed, looked at every second; the most of it.
- **whole process**: from its start to its end. The worker ends by SIGTERM, once its checkpoints stand at the ends of the log; the others end by themselves.
- Each run has a consumer group, a schema and a folder of its own. Systems take turns within a round, and the order turns by one each round. Two seconds and a checkpoint of PostgreSQL lie between runs.
- Anything else on the machine used at most ${number(others * 100)} % of one core during any run.

## The machine

${table(
  ["", ""],
  machine.map(([name, value]) => [name, value])
)}

Everything shares this machine: what a system leaves of it, broker and PostgreSQL have. Measured on ${results.at}.

## Do it again

\`npm run bench\` takes most of an hour, and needs what the tests need (Java 17 and Maven), and Python 3 with pip for Spark; what the peers need is fetched into \`~/.cache/telemetra-bench\`. \`npm run bench:quick\` takes a minute: the worker and kafkajs alone over a smaller load, for tuning.
`
}
