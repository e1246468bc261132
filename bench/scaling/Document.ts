/** docs/scaling.md, made from the results alone. */
import { type Column, number, perEvent } from "./Columns.ts"
import { type Curve, curves, warmUpOf } from "./Curves.ts"
import type { PointResult, Results } from "./Results.ts"

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

const valueText = ({ value }: PointResult): string => number(value, Number.isInteger(value) ? 0 : 1)

const section = (
  { columns = [], id, kept, over, title, trends }: Curve,
  points: ReadonlyArray<PointResult>,
  warmUp: number | undefined
): string => {
  const named = points.some((point) => point.label !== valueText(point))
  const parameter: ReadonlyArray<Column> = named
    ? [
        ["", ({ label }) => label],
        [over, valueText]
      ]
    : [[over, valueText]]
  const all = [...parameter, ...perEvent.filter(([name]) => name !== over), ...columns]
  return `## ${title}

${kept} (\`--only ${id}\`)

${table(
  all.map(([name]) => name),
  points.map((point) => all.map(([, cell]) => cell(point)))
)}

${trends.map((trend) => `- ${trend(points, warmUp)}`).join("\n")}
`
}

export const document = (results: Results): string => {
  const { at, command, events, machine } = results
  const warmUp = warmUpOf(results.curves)
  const points = results.curves.flatMap((curve) => curve.points)
  const others = Math.max(...points.map(({ otherCpuSeconds, wallSeconds }) => otherCpuSeconds / wallSeconds))
  return `# Scaling

What an event costs the worker, while one thing grows and the rest stays. This page and its picture are written by \`${command}\` from \`bench/results/scaling.json\`; nothing in it comes from anywhere else.

![CPU, speed and memory of the worker over each parameter](scaling.svg)

Each point is one run of \`node bin/telemetra.js run\` as a process of its own over a backlog of about ${number(events)} events where a curve says nothing else, on one Kafka broker and one PostgreSQL on the same machine. Where nothing else is said: WORKERS=1, 3 partitions, windows of 60 s every 10 s, every other setting by default. Streams are as popular as each other; messages and viewer samples are JSON of about 230 bytes, up to 2 s out of order, a function of a seed ([bench/Load.ts](../bench/Load.ts)).

- **CPU** is the user and system time of the worker's process from its first fetch to its end, so its start is left out. PostgreSQL's is what all its processes took meanwhile, the start included.${warmUp === undefined ? "" : ` A constant ${number(warmUp, 2)} s of each run is no event's, by the line through the backlogs below: mostly the warming up of its code, ${number(warmUp / (events / 1e6), 2)} s per million events here. It makes a curve look flatter than it is, so exponents are told without it, too.`}
- **events/s**: all events, by the time from the first fetch to the last commit.
- **peak RSS**: the most resident memory of the process by the kernel's own account (\`VmHWM\`). The garbage collector gives memory back late, so it is more than what is live.
- **exponent n**: the cost goes with the parameter to the power of n, by least squares over the logarithms: 0 = flat, 1 = in proportion; 0.1 makes it 1.26 times as much when the parameter grows tenfold. Lines are by least squares, too; R² is the share of the variance that the line explains.
- Every run's rows must hold each message as often as there are windows that it falls into; if not, nothing is written here.
- Anything else on the machine used at most ${number(others * 100)} % of one core during any run. A point is one run: differences of a few per cent mean nothing.

${results.curves
  .flatMap(({ curve, points }) => {
    const found = curves.find(({ id }) => id === curve)
    return found === undefined ? [] : [section(found, points, warmUp)]
  })
  .join("\n")}
## The machine

${table(["", ""], machine)}

Measured on ${at}.
`
}
