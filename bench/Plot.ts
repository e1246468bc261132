/** The results as a picture: a row a system, a panel a measure, with the range over all rounds. */
import type { Spread, Summary } from "./Results.ts"

const WIDTH = 1000
const LABELS = 230
const GAP = 30
const TOP = 58
const ROW = 34
const BAR = 16
const FOOT = 40

export const INK = "#1f2328"
export const FAINT = "#656d76"
export const GRID = "#d8dee4"
export const COLOURS = { ours: "#0969da", peer: "#9aa4ae", limit: "#d4dae0" } as const

interface Panel {
  readonly title: string
  readonly unit: string
  readonly of: (summary: Summary) => Spread | undefined
}

const panels: ReadonlyArray<Panel> = [
  { title: "Speed", unit: "thousand events a second; more is better", of: (s) => scaled(s.eventsPerSecond, 1e-3) },
  { title: "CPU", unit: "seconds per million events; less is better", of: (s) => s.cpuPerMillion },
  { title: "Memory", unit: "peak in MiB; less is better", of: (s) => s.peakMemoryMiB }
]

const scaled = ({ least, median, most }: Spread, factor: number): Spread => ({
  least: least * factor,
  median: median * factor,
  most: most * factor
})

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

export const text = (x: number, y: number, content: string, style = ""): string =>
  `<text x="${round(x)}" y="${round(y)}" ${style}>${escape(content)}</text>`

export const round = (value: number): string => String(Math.round(value * 10) / 10)

/** Three digits are what the spread lets one believe. */
export const short = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toLocaleString("en", { maximumSignificantDigits: 2 })

const drawPanel = (panel: Panel, summaries: ReadonlyArray<Summary>, left: number, width: number): string => {
  const spreads = summaries.map(panel.of)
  const most = Math.max(...spreads.map((spread) => spread?.most ?? 0))
  // room for the number behind the longest bar
  const scale = (width - 52) / most
  const bottom = TOP + summaries.length * ROW
  const bars = summaries.map(({ kind }, index) => {
    const spread = spreads[index]
    if (spread === undefined) return ""
    const middle = TOP + index * ROW + ROW / 2
    const from = left + spread.least * scale
    const to = left + spread.most * scale
    return [
      `<rect x="${round(left)}" y="${round(middle - BAR / 2)}" width="${round(spread.median * scale)}" height="${BAR}" fill="${COLOURS[kind]}"/>`,
      `<path d="M${round(from)} ${round(middle)}H${round(to)}M${round(from)} ${round(middle - 4)}v8M${round(to)} ${round(middle - 4)}v8" stroke="${INK}" fill="none"/>`,
      text(Math.max(to, left + spread.median * scale) + 6, middle + 4, short(spread.median))
    ].join("")
  })
  return [
    text(left, 24, panel.title, `font-weight="600" font-size="14"`),
    text(left, 42, panel.unit, `fill="${FAINT}" font-size="11"`),
    `<path d="M${round(left)} ${TOP}V${bottom}" stroke="${GRID}"/>`,
    ...bars
  ].join("\n")
}

/** An SVG. */
export const plot = (summaries: ReadonlyArray<Summary>, caption: string): string => {
  const height = TOP + summaries.length * ROW + FOOT
  const width = (WIDTH - LABELS - GAP * panels.length) / panels.length
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>Speed, CPU and memory of ${summaries.length} systems over one load</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...summaries.map(({ kind, name }, index) =>
      text(
        LABELS - 14,
        TOP + index * ROW + ROW / 2 + 4,
        name,
        `text-anchor="end"${kind === "ours" ? ` font-weight="600"` : ""}`
      )
    ),
    ...panels.map((panel, index) => drawPanel(panel, summaries, LABELS + index * (width + GAP), width)),
    text(LABELS, height - 14, caption, `fill="${FAINT}" font-size="11"`),
    "</svg>",
    ""
  ].join("\n")
}
