/** The text of docs/scaling.md, from the results alone. */
import { factsOf, number, table } from "../report/Text.ts"
import { type Column, perEvent } from "./Columns.ts"
import { type Curve, curves, warmUpOf } from "./Curves.ts"
import { cpuPerMillion, type CurveResult, type PointResult, type Results } from "./Results.ts"

/** The other facts are those of docs/capacity.md. */
const FACTS = ["processor", "memory", "the worker", "Node"]

const valueText = ({ value }: PointResult): string => number(value, Number.isInteger(value) ? 0 : 1)

const section = (
  { columns = [], kept, over, title, trends }: Curve,
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

${kept}

${table(
  all.map(([name]) => name),
  points.map((point) => all.map(([, cell]) => cell(point)))
)}

${trends.map((trend) => `- ${trend(points, warmUp)}`).join("\n")}
`
}

const cost = (point: PointResult): string => number(cpuPerMillion(point), 1)

/** The costs of the least and the greatest value of a curve, as a sentence. */
const example = ({ curve, points }: CurveResult): string => {
  const [first, last] = [points[0], points.at(-1)]
  const over = curves.find(({ id }) => id === curve)?.over
  if (first === undefined || last === undefined || over === undefined) return ""
  return `**Example.** With ${valueText(first)} ${over} a million events take ${cost(first)} s of CPU, with ${valueText(last)} they take ${cost(last)} s.`
}

export const document = (results: Results): string => {
  const { at, command, events, machine } = results
  const warmUp = warmUpOf(results.curves)
  return `# Scaling

For operators who plan capacity: the cost of an event while one quantity grows and all others stay.

${results.curves.slice(0, 1).map(example).join("")}

\`${command}\` writes this page. A point is one run over about ${number(events)} events, so a few percent mean
nothing. The worker has one thread, 3 partitions, default settings and equally popular streams; broker and PostgreSQL
share its machine, as in [capacity](capacity.md). Measured on ${at}; ${factsOf(machine, FACTS)}.

- **CPU**: from the worker's first fetch to its end.${
    warmUp === undefined
      ? ""
      : ` Exponents, except that of WORKERS, leave out ${number(warmUp, 2)} s per run, which compile hot code.`
  }
- **exponent n**: the cost is proportional to the n-th power of the quantity. 0 is flat, 1 is proportional.

${results.curves
  .flatMap(({ curve, points }) => {
    const found = curves.find(({ id }) => id === curve)
    return found === undefined ? [] : [section(found, points, warmUp)]
  })
  .join("\n")}`
}
