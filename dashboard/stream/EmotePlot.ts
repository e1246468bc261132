/** Draws the counts of emotes over time. It loads no data. */
import uPlot from "uplot"
import { count } from "../format/Numbers.ts"
import type { Span } from "../routing/View.ts"
import { colour } from "../shell/Theme.ts"
import { type EmoteColumns, PLACES } from "./EmoteSeries.ts"
import { AXIS_WIDTH, font, RIGHT_MARGIN, timeLabels } from "./Plots.ts"

const HEIGHT = 130

/** Names of tokens.css, by place. */
const COLOURS = ["accent", "up", "down", "turn", "bad"]

export class EmotePlot {
  readonly #plot: uPlot
  readonly #sizes: ResizeObserver
  #span: Span = { fromMs: 0, toMs: 1000 }

  constructor(host: HTMLElement) {
    const axis: uPlot.Axis = {
      stroke: () => colour("muted"),
      font: font(),
      grid: { stroke: () => colour("grid"), width: 1 },
      ticks: { show: false }
    }
    this.#plot = new uPlot(
      {
        width: Math.max(1, host.clientWidth),
        height: HEIGHT,
        padding: [10, RIGHT_MARGIN, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: {
          x: { time: true, range: () => [this.#span.fromMs / 1000, this.#span.toMs / 1000] },
          y: { range: (_, __, high) => [0, Math.max(1, (high ?? 0) * 1.08)] }
        },
        axes: [
          { ...axis, size: 26, space: 70, gap: 6, values: timeLabels },
          {
            ...axis,
            size: AXIS_WIDTH,
            gap: 8,
            space: 26,
            incrs: [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((n) => n * 10 ** power)),
            values: (_, splits) => splits.map(count)
          }
        ],
        series: [
          {},
          ...COLOURS.map((name): uPlot.Series => ({
            stroke: () => colour(name),
            width: 1.5,
            points: { show: false }
          }))
        ]
      },
      [[], ...Array.from({ length: PLACES }, () => [])],
      host
    )
    this.#sizes = new ResizeObserver(() => this.#plot.setSize({ width: Math.max(1, host.clientWidth), height: HEIGHT }))
    this.#sizes.observe(host)
  }

  show({ counts, x }: EmoteColumns, span: Span): void {
    this.#span = span
    // The plot only reads them.
    this.#plot.setData([x, ...counts] as unknown as uPlot.AlignedData)
  }

  /** With the colours of the present theme. */
  redraw(): void {
    this.#plot.redraw(false, true)
  }

  destroy(): void {
    this.#sizes.disconnect()
    this.#plot.destroy()
  }
}
