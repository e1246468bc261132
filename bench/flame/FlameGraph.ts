/** A profile as a picture: a frame is as wide as the time in it, and stands on what called it. Legible without a pointer. */
import { IDLE, PARTS } from "./Parts.ts"
import type { Frame, Profile } from "./Profile.ts"
import type { Share } from "./Shares.ts"

const WIDTH = 1200
const MARGIN = 10
const ROW = 17
const TITLE = 52
const LEGEND_ROW = 18
const LEGEND_COLUMNS = 4
/** Narrower frames are left out, with all on them. */
const NARROWEST = 1
/** Of a letter at this font size, generously. */
const LETTER = 7
const FONT_SIZE = 11
/** Letters that a name is cut to at least. */
const SHORTEST = 4

const INK = "#1f2328"
const FAINT = "#656d76"

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const round = (value: number): string => String(Math.round(value * 10) / 10)

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

const text = (x: number, y: number, content: string, style = ""): string =>
  `<text x="${round(x)}" y="${round(y)}"${style}>${escape(content)}</text>`

const labelOf = ({ file, name }: Frame): string => (file === "" ? name : `${name} · ${file.split("/").at(-1)}`)

/** What of a frame's label fits: with its file, or its name alone, or the name's begin; nothing where that would say nothing. */
const fitting = (frame: Frame, width: number): string => {
  const letters = Math.floor((width - 6) / LETTER)
  const whole = [labelOf(frame), frame.name].find(({ length }) => length <= letters)
  return whole ?? (letters < SHORTEST ? "" : `${frame.name.slice(0, letters - 1)}…`)
}

/** Widest first, and what is idle at the end. */
const ordered = (frames: ReadonlyMap<string, Frame>): ReadonlyArray<Frame> =>
  [...frames.values()].sort((a, b) => Number(a.part === IDLE) - Number(b.part === IDLE) || b.totalUs - a.totalUs)

interface Drawn {
  readonly frame: Frame
  readonly depth: number
  readonly x: number
  readonly width: number
}

const layOut = (
  frames: ReadonlyMap<string, Frame>,
  depth: number,
  from: number,
  perUs: number
): ReadonlyArray<Drawn> => {
  const drawn: Array<Drawn> = []
  let x = from
  for (const frame of ordered(frames)) {
    const width = frame.totalUs * perUs
    if (width >= NARROWEST) drawn.push({ frame, depth, x, width }, ...layOut(frame.children, depth + 1, x, perUs))
    x += width
  }
  return drawn
}

/** An SVG. */
export const flameGraph = (profile: Profile, shares: ReadonlyArray<Share>, caption: string): string => {
  const drawn = layOut(profile.roots, 0, MARGIN, (WIDTH - 2 * MARGIN) / profile.totalUs)
  const rows = drawn.reduce((most, { depth }) => Math.max(most, depth + 1), 0)
  const top = TITLE + Math.ceil(PARTS.length / LEGEND_COLUMNS) * LEGEND_ROW + 10
  const height = top + rows * ROW + MARGIN
  const legend = shares.map(({ ofAll, part }, index) => {
    const x = MARGIN + (index % LEGEND_COLUMNS) * ((WIDTH - 2 * MARGIN) / LEGEND_COLUMNS)
    const y = TITLE + Math.floor(index / LEGEND_COLUMNS) * LEGEND_ROW
    return `<rect x="${round(x)}" y="${y}" width="12" height="12" fill="${part.colour}" stroke="${FAINT}" stroke-width="0.5"/>${text(x + 18, y + 10, `${part.name} ${percent(ofAll)}`)}`
  })
  const frames = drawn.map(({ depth, frame, width, x }) => {
    const y = top + (rows - 1 - depth) * ROW
    const label = fitting(frame, width)
    return [
      `<g><title>${escape(labelOf(frame))}, ${escape(frame.part.name)}: ${percent(frame.totalUs / profile.totalUs)}</title>`,
      `<rect x="${round(x)}" y="${y}" width="${round(Math.max(0.5, width - 0.6))}" height="${ROW - 1}" rx="1.5" fill="${frame.part.colour}"/>`,
      label === "" ? "" : text(x + 3, y + 12, label),
      "</g>"
    ].join("")
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="${FONT_SIZE}" fill="${INK}">`,
    `<title>Flame graph of the worker: ${escape(caption)}</title>`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(MARGIN, 22, "Where the worker's time goes", ` font-weight="600" font-size="14"`),
    text(MARGIN, 40, caption, ` fill="${FAINT}"`),
    ...legend,
    ...frames,
    "</svg>",
    ""
  ].join("\n")
}
