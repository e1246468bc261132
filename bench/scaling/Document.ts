/** The text of docs/scaling.md, from the results alone. */
import { number, table } from "../report/Text.ts"
import { type Column, perEvent } from "./Columns.ts"
import { type Curve, curves, warmUpOf } from "./Curves.ts"
import type { PointResult, Results } from "./Results.ts"

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

For operators who plan capacity: the cost of an event while one quantity grows and all others stay.
\`${command}\` writes this page from \`bench/results/scaling.json\`.

Each point is one run of \`node bin/telemetra.js run\` over a backlog of about ${number(events)} events, unless a
curve states another load. The worker has one thread, 3 partitions, windows of 60 s every 10 s and default settings.
One Kafka broker and one PostgreSQL run on the same machine. All streams are equally popular. Events are JSON of about
230 bytes, up to 2 s out of order ([bench/Load.ts](../bench/Load.ts)).

- **CPU**: user and system time of the worker from its first fetch to its end. PostgreSQL's CPU includes the
  start.${
    warmUp === undefined
      ? ""
      : ` Each run spends a constant ${number(warmUp, 2)} s that no event explains (the
  fit of the backlog curve), chiefly to compile hot code. That is ${number(warmUp / (events / 1e6), 2)} s per million
  events here. It makes curves appear flatter, so exponents are also given without it.`
  }
- **events/s**: all events, divided by the time from the first fetch to the last commit.
- **peak RSS**: the peak resident memory by the kernel's own account (\`VmHWM\`).
- **exponent n**: the cost is proportional to the n-th power of the quantity, by least squares over logarithms. 0 is
  flat, 1 is proportional. With n = 0.1, ten times the quantity costs 1.26 times as much.
- Each run is checked: its rows must hold each message once per window that contains it.
- Other processes used at most ${number(others * 100)} % of one core during any run. A point is one run, so
  differences of a few percent mean nothing.

${results.curves
  .flatMap(({ curve, points }) => {
    const found = curves.find(({ id }) => id === curve)
    return found === undefined ? [] : [section(found, points, warmUp)]
  })
  .join("\n")}
## Machine

${table(["", ""], machine)}

Measured on ${at}.
`
}
