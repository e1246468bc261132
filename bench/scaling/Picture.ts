/** The curves as a picture: a row a curve, a panel a measure. What a curve is over is drawn by its logarithm, measures from zero. */
import { COLOURS, FAINT, GRID, INK, round, short, text } from "../Plot.ts"
import { curves } from "./Curves.ts"
import {
  type CurveResult,
  cpuPerMillion,
  eventsPerSecond,
  type PointResult,
  postgresCpuPerMillion,
  type Results
} from "./Results.ts"
import { exponent, exponentOf } from "./Trends.ts"

const WIDTH = 1000
const MARGIN = 20
const GAP = 44
const HEAD = 64
const ROW = 178
/** Of a row: above and below the panel itself. */
const ABOVE = 44
const BELOW = 34
const FOOT = 26
const DOT = 3.5
/** Of panel's width, left and right of the points. */
const INSET = 34
/** Labels closer than this would touch. */
const LABEL = 38

interface Series {
  readonly colour: string
  readonly of: (point: PointResult) => number
}

interface Panel {
  readonly title: string
  readonly unit: string
  readonly series: ReadonlyArray<Series>
}

const panels: ReadonlyArray<Panel> = [
  {
    title: "CPU",
    unit: "seconds per million events; grey: PostgreSQL's",
    series: [
      { colour: COLOURS.peer, of: postgresCpuPerMillion },
      { colour: COLOURS.ours, of: cpuPerMillion }
    ]
  },
  {
    title: "Speed",
    unit: "thousand events a second",
    series: [{ colour: COLOURS.ours, of: (point) => eventsPerSecond(point) / 1000 }]
  },
  {
    title: "Memory",
    unit: "peak RSS in MiB",
    series: [{ colour: COLOURS.ours, of: ({ peakResidentMiB }) => peakResidentMiB }]
  }
]

const PANEL = (WIDTH - 2 * MARGIN - GAP * (panels.length - 1)) / panels.length

const leftOf = (panel: number): number => MARGIN + panel * (PANEL + GAP)

const compact = (value: number): string =>
  value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 3 })

/** Places of the points from left to right. */
const places = (points: ReadonlyArray<PointResult>, left: number): ReadonlyArray<number> => {
  const logs = points.map(({ value }) => Math.log(value))
  const least = Math.min(...logs)
  const range = Math.max(...logs) - least || 1
  return logs.map((log) => left + INSET + ((log - least) / range) * (PANEL - 2 * INSET))
}

/** Those that have room, the last one before all others. */
const drawLabels = (points: ReadonlyArray<PointResult>, xs: ReadonlyArray<number>, y: number): string => {
  let right = Number.POSITIVE_INFINITY
  return points
    .map(({ value }, index) => ({ value, x: xs[index] ?? 0 }))
    .toReversed()
    .map(({ value, x }) => {
      if (right - x < LABEL) return ""
      right = x
      return text(x, y, compact(value), `text-anchor="middle" fill="${FAINT}" font-size="11"`)
    })
    .join("")
}

const drawPanel = ({ series }: Panel, points: ReadonlyArray<PointResult>, left: number, top: number): string => {
  const bottom = top + ROW - ABOVE - BELOW
  const most = Math.max(...series.flatMap(({ of }) => points.map(of)))
  const xs = places(points, left)
  const yOf = (value: number): number => bottom - (value / most) * (bottom - top)
  const lines = series.map(({ colour, of }) => {
    const ys = points.map((point) => yOf(of(point)))
    const path = xs.map((x, index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(ys[index] ?? bottom)}`).join("")
    const dots = xs.map(
      (x, index) => `<circle cx="${round(x)}" cy="${round(ys[index] ?? bottom)}" r="${DOT}" fill="${colour}"/>`
    )
    return `<path d="${path}" stroke="${colour}" stroke-width="1.5" fill="none"/>${dots.join("")}`
  })
  return [
    `<path d="M${round(left)} ${round(top)}H${round(left + PANEL)}" stroke="${GRID}" stroke-dasharray="2 3"/>`,
    `<path d="M${round(left)} ${round(bottom)}H${round(left + PANEL)}" stroke="${GRID}"/>`,
    text(left, top - 4, short(most), `fill="${FAINT}" font-size="11"`),
    text(left, bottom - 4, "0", `fill="${FAINT}" font-size="11"`),
    ...lines,
    drawLabels(points, xs, bottom + 16)
  ].join("\n")
}

const drawCurve = ({ curve, points }: CurveResult, top: number): string => {
  const title = curves.find(({ id }) => id === curve)?.title ?? curve
  return [
    `<text x="${MARGIN}" y="${top + 20}" font-weight="600" font-size="14">${title} <tspan font-weight="400" font-size="12" fill="${FAINT}">exponent of CPU per event ${exponent(exponentOf(points, cpuPerMillion))}</tspan></text>`,
    ...panels.map((panel, index) => drawPanel(panel, points, leftOf(index), top + ABOVE))
  ].join("\n")
}

/** An SVG. */
export const picture = (results: Results): string => {
  const height = HEAD + results.curves.length * ROW + FOOT
  const caption = `One run a point; ${results.machine[0]?.[1] ?? ""}, ${results.at}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>CPU, speed and memory of the worker over ${results.curves.length} parameters</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...panels.flatMap(({ title, unit }, index) => [
      text(leftOf(index), 28, title, `font-weight="600" font-size="14"`),
      text(leftOf(index), 46, unit, `fill="${FAINT}" font-size="11"`)
    ]),
    ...results.curves.map((curve, index) => drawCurve(curve, HEAD + index * ROW)),
    text(MARGIN, height - 10, caption, `fill="${FAINT}" font-size="11"`),
    "</svg>",
    ""
  ].join("\n")
}
