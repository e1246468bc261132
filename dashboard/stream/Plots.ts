/**
 * The charts of a stream on one time axis, with one cursor. It draws on canvas and loads no data.
 */
import uPlot from "uplot"
import type { MomentItem } from "../api/Wire.ts"
import { count, signed } from "../format/Numbers.ts"
import { DAY_MS, type Span } from "../routing/View.ts"
import { colour } from "../shell/Theme.ts"
import { times } from "../shell/Time.tsx"
import { type Columns, nearest } from "./Series.ts"

export const CHARTS = ["chat", "score", "sentiment", "chatters", "viewers"] as const
export type ChartName = (typeof CHARTS)[number]

/** The plotting area within its host, in pixels. */
export interface Area {
  readonly left: number
  readonly width: number
}

export interface PlotsOptions {
  readonly hosts: Readonly<Record<ChartName, HTMLElement>>
  /** The row under the cursor; `undefined` when the cursor has left. */
  readonly onCursor: (row: number | undefined) => void
  /** The user marked a time range. */
  readonly onZoom: (span: Span) => void
  /** The user dragged the charts to another time range. */
  readonly onPan: (span: Span) => void
  readonly onArea: (area: Area) => void
}

export interface Shown {
  readonly columns: Columns
  readonly span: Span
  readonly moments: ReadonlyArray<MomentItem>
  readonly selected: MomentItem | undefined
}

const NOTHING: Shown = {
  columns: {
    x: [],
    index: [],
    chat: [],
    anomalies: [],
    score: [],
    sentiment: [],
    chatters: [],
    viewers: []
  },
  span: { fromMs: 0, toMs: 1000 },
  moments: [],
  selected: undefined
}

/**
 * Room for the labels of the y axes: the same in all charts, or their times would not lie below
 * each other.
 */
export const AXIS_WIDTH = 54
export const RIGHT_MARGIN = 20
const NARROW = 640

/** More lines than these would cover what they stand for. */
const MOST_LINES = 40

/** Less of a movement is a click. */
const CLICK_PX = 5

export const font = (): string => `11px ${getComputedStyle(document.body).fontFamily}`

/** Times at the foot of a chart; where a day begins, the day. */
export const timeLabels = (_: uPlot, splits: ReadonlyArray<number>, __: number, ___: number, step: number) =>
  splits.map((seconds) => {
    const ms = seconds * 1000
    if (step * 1000 >= DAY_MS || times.clock(ms) === times.clock(new Date(ms).setHours(0, 0, 0, 0)))
      return times.day(ms)
    return step >= 60 ? times.minute(ms) : times.clock(ms)
  })

/** Points between two gaps, which no line shows. */
const alone = (u: uPlot, series: number): Array<number> => {
  const values = u.data[series] ?? []
  const rows: Array<number> = []
  for (let row = 0; row < values.length; row++) {
    if (values[row] != null && values[row - 1] == null && values[row + 1] == null) rows.push(row)
  }
  return rows
}

/** The series that the cursor shows a dot on. */
const POINTED = 1

const line = (name: string, width = 1.5): uPlot.Series => ({
  stroke: () => colour(name),
  width,
  points: { show: true, size: 4, filter: alone, fill: () => colour(name) }
})

/** Between the labels of a y axis, times powers of 10: the usual threshold of scores is 3. */
const STEPS = { count: [1, 2, 5], score: [3, 6] } as const

/** The y axis of a count starts at 0. Scores below the baseline are shown as well. */
const rangeOf = (name: ChartName): uPlot.Scale => {
  if (name === "sentiment") return { range: [-1, 1] }
  const least = name === "score" ? -3 : 0
  return {
    range: (_, low, high) => [Math.min(least, low ?? 0), Math.max(name === "score" ? 4 : 1, (high ?? 0) * 1.08)]
  }
}

export class Plots {
  readonly #options: PlotsOptions
  readonly #plots: ReadonlyMap<ChartName, uPlot>
  readonly #sizes: ResizeObserver
  readonly #ended = new AbortController()
  #shown: Shown = NOTHING
  /**
   * The time range on the screen. It differs from the shown one while the user drags the charts.
   */
  #span: Span = NOTHING.span
  #width = 0

  constructor(options: PlotsOptions) {
    this.#options = options
    this.#plots = new Map(CHARTS.map((name) => [name, this.#make(name)]))
    this.#sizes = new ResizeObserver(() => this.#resize())
    this.#sizes.observe(options.hosts.chat)
    for (const plot of this.#plots.values()) this.#listen(plot)
    this.#resize()
  }

  show(shown: Shown): void {
    this.#shown = shown
    this.#span = shown.span
    for (const [name, plot] of this.#plots) plot.setData(this.#data(name))
  }

  /** With the colours of the present theme. */
  redraw(): void {
    for (const plot of this.#plots.values()) plot.redraw(false, true)
  }

  /** Puts the cursor on a row; `undefined` takes it away. */
  point(row: number | undefined): void {
    const seconds = row === undefined ? undefined : this.#shown.columns.x[row]
    for (const plot of this.#plots.values()) {
      const left = seconds === undefined ? -10 : plot.valToPos(seconds, "x")
      plot.setCursor({ left, top: seconds === undefined ? -10 : plot.over.clientHeight / 2 }, false)
    }
    this.#options.onCursor(row)
  }

  destroy(): void {
    this.#ended.abort()
    this.#sizes.disconnect()
    for (const plot of this.#plots.values()) plot.destroy()
  }

  #data(name: ChartName): uPlot.AlignedData {
    const { columns } = this.#shown
    const series = name === "chat" ? [columns.chat, columns.anomalies] : [columns[name]]
    // The plots only read them.
    return [columns.x, ...series] as unknown as uPlot.AlignedData
  }

  /** Longer than 70 lines: the options of one plot, as uPlot takes them. */
  #make(name: ChartName): uPlot {
    const isChat = name === "chat"
    const isSigned = name === "score" || name === "sentiment"
    const hasTimes = isChat || name === "viewers"
    const axis: uPlot.Axis = {
      stroke: () => colour("muted"),
      font: font(),
      grid: { stroke: () => colour("grid"), width: 1 },
      ticks: { show: false }
    }
    return new uPlot(
      {
        width: 300,
        height: this.#height(name),
        padding: [10, RIGHT_MARGIN, hasTimes ? 0 : 8, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: true, y: false, setScale: false, dist: CLICK_PX },
          sync: { key: "stream" },
          points: {
            size: (_, series) => (series === POINTED ? 7 : 0),
            width: (_, series) => (series === POINTED ? 2 : 0),
            fill: () => colour("surface")
          },
          bind: {
            // With Shift the charts move instead.
            mousedown: (_, __, handler) => (event) => (event.shiftKey ? null : handler(event)),
            dblclick: () => null
          }
        },
        scales: {
          x: { time: true, range: () => [this.#span.fromMs / 1000, this.#span.toMs / 1000] },
          y: rangeOf(name)
        },
        axes: [
          { ...axis, show: true, size: hasTimes ? 26 : 0, space: 70, gap: 6, values: hasTimes ? timeLabels : () => [] },
          {
            ...axis,
            size: AXIS_WIDTH,
            gap: 8,
            space: isChat ? 40 : name === "score" ? 18 : 26,
            ...(name === "sentiment"
              ? { splits: [-1, 0, 1] }
              : {
                  incrs: [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) =>
                    STEPS[isSigned ? "score" : "count"].map((n) => n * 10 ** power)
                  )
                }),
            values: (_, splits) => splits.map((value) => (isSigned ? signed(value, 0) : count(value)))
          }
        ],
        series: isChat
          ? [
              {},
              { ...line("chat", 1.75), fill: () => colour("chat-area") },
              {
                stroke: () => colour("up"),
                paths: () => null,
                points: { show: true, size: 6.5, width: 1.2, fill: () => colour("up"), stroke: () => colour("surface") }
              }
            ]
          : [{}, { ...line(name), ...(isSigned ? {} : { fill: () => colour(`${name}-area`) }) }],
        hooks: {
          drawClear: [(plot) => this.#shade(plot)],
          setCursor: [(plot) => this.#reportCursor(plot)],
          setSelect: [(plot) => this.#reportZoom(plot)],
          ...(isChat ? { setSize: [(plot) => this.#reportArea(plot)], ready: [(plot) => this.#reportArea(plot)] } : {})
        }
      },
      this.#data(name),
      this.#options.hosts[name]
    )
  }

  #height(name: ChartName): number {
    const isNarrow = this.#width < NARROW
    if (name === "chat") return isNarrow ? 220 : 290
    return (isNarrow ? 84 : 96) + (name === "viewers" ? 26 : 0)
  }

  #resize(): void {
    const width = Math.floor(this.#options.hosts.chat.clientWidth)
    if (width === 0 || width === this.#width) return
    this.#width = width
    for (const [name, plot] of this.#plots) plot.setSize({ width, height: this.#height(name) })
  }

  #reportArea(plot: uPlot): void {
    const ratio = uPlot.pxRatio
    this.#options.onArea({ left: plot.bbox.left / ratio, width: plot.bbox.width / ratio })
  }

  /** A line at each moment; the time of the selected moment is shaded. */
  #shade(plot: uPlot): void {
    const { ctx } = plot
    const { height, left, top, width } = plot.bbox
    const { moments, selected } = this.#shown
    const x = (time: string): number => plot.valToPos(Date.parse(time) / 1000, "x", true)
    ctx.save()
    ctx.beginPath()
    ctx.rect(left, top, width, height)
    ctx.clip()
    if (selected !== undefined) {
      const from = x(selected.timestamp)
      const to = x(selected.ended_at ?? selected.timestamp)
      ctx.fillStyle = colour("shade")
      ctx.fillRect(from, top, Math.max(2 * uPlot.pxRatio, to - from), height)
    }
    if (moments.length <= MOST_LINES) this.#mark(ctx, plot)
    ctx.restore()
  }

  #mark(ctx: CanvasRenderingContext2D, plot: uPlot): void {
    const { height, top } = plot.bbox
    ctx.strokeStyle = colour("moment-line")
    ctx.lineWidth = uPlot.pxRatio
    for (const { timestamp } of this.#shown.moments) {
      const at = Math.round(plot.valToPos(Date.parse(timestamp) / 1000, "x", true)) + 0.5
      ctx.beginPath()
      ctx.moveTo(at, top)
      ctx.lineTo(at, top + height)
      ctx.stroke()
    }
  }

  #reportCursor(plot: uPlot): void {
    // The charts share the cursor, so only the first one reports it to the page.
    if (plot !== this.#plots.get("chat")) return
    const { idx, left = -1 } = plot.cursor
    if (idx === null || idx === undefined || left < 0) return this.#options.onCursor(undefined)
    const { columns } = this.#shown
    this.#options.onCursor(columns.index[idx] === -1 ? nearest(columns, columns.x[idx] ?? 0) : idx)
  }

  #reportZoom(plot: uPlot): void {
    const { left, width } = plot.select
    // The others hear of it by their common cursor.
    if (width < CLICK_PX || plot.cursor.event === undefined || plot.cursor.event === null) return
    for (const marked of this.#plots.values()) marked.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    this.#options.onZoom({
      fromMs: plot.posToVal(left, "x") * 1000,
      toMs: plot.posToVal(left + width, "x") * 1000
    })
  }

  /** Pulling: with a finger, or with shift held. */
  #listen({ over }: uPlot): void {
    const { signal } = this.#ended
    let pull: { readonly startX: number; readonly span: Span; readonly pointer: number } | undefined
    over.addEventListener(
      "pointerdown",
      (event) => {
        if (event.pointerType !== "touch" && !event.shiftKey) return
        pull = { startX: event.clientX, span: this.#shown.span, pointer: event.pointerId }
        over.setPointerCapture(event.pointerId)
      },
      { signal }
    )
    over.addEventListener(
      "pointermove",
      (event) => {
        if (pull === undefined || event.pointerId !== pull.pointer) return
        const { fromMs, toMs } = pull.span
        const byMs = ((pull.startX - event.clientX) * (toMs - fromMs)) / Math.max(1, over.clientWidth)
        this.#span = { fromMs: fromMs + byMs, toMs: toMs + byMs }
        for (const plot of this.#plots.values()) {
          plot.setScale("x", { min: this.#span.fromMs / 1000, max: this.#span.toMs / 1000 })
        }
      },
      { signal }
    )
    const end = (event: PointerEvent) => {
      if (pull === undefined || event.pointerId !== pull.pointer) return
      const isPulled = event.type === "pointerup" && Math.abs(event.clientX - pull.startX) >= CLICK_PX
      pull = undefined
      if (isPulled) this.#options.onPan(this.#span)
      else this.show(this.#shown)
    }
    over.addEventListener("pointerup", end, { signal })
    over.addEventListener("pointercancel", end, { signal })
  }
}
