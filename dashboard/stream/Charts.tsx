/** The charts of a stream, with the marks of its moments above. */
import { useEffect, useRef, useState } from "preact/hooks"
import type { MomentItem } from "../api/Wire.ts"
import { momentDirection, momentLabel } from "../format/Labels.ts"
import { count, decimal, signed } from "../format/Numbers.ts"
import type { Span } from "../routing/View.ts"
import { Arrow } from "../shell/Marks.tsx"
import { spanText } from "../shell/SpanText.ts"
import { theme } from "../shell/Theme.ts"
import { times } from "../shell/Time.tsx"
import { placeMarkers } from "./Markers.ts"
import { type Area, type ChartName, CHARTS, Plots } from "./Plots.ts"
import { type Columns, descriptions, neighbour } from "./Series.ts"

const TITLES: Readonly<Record<ChartName, string>> = {
  chat: "Messages",
  score: "Activity",
  sentiment: "Mood",
  chatters: "People who wrote",
  viewers: "Viewers"
}

/** The units of the charts. `span` = the time that a point covers, for example "in 1 min". */
const unitOf = (name: ChartName, span: string): string => {
  if (name === "chat" || name === "chatters") return span
  if (name === "score") return "strength: 0 is as usual"
  return name === "sentiment" ? "−1 angry, +1 happy" : "mean number"
}

const FORMATS: Readonly<Record<ChartName, (value: number | null) => string>> = {
  chat: count,
  score: (value) => signed(value, 1),
  sentiment: (value) => signed(value, 2),
  chatters: count,
  viewers: (value) => decimal(value, 0)
}

/** Marks closer than this would cover each other. */
const MARKER_GAP_PX = 22

const Markers = ({
  area,
  hrefOf,
  moments,
  selected,
  span
}: {
  readonly area: Area
  readonly span: Span
  readonly moments: ReadonlyArray<MomentItem>
  readonly selected: string | undefined
  readonly hrefOf: (moment: MomentItem) => string
}) => {
  const leftOf = (ms: number): number => ((ms - span.fromMs) / (span.toMs - span.fromMs)) * area.width
  return (
    <ul class="markers" aria-label="Moments in the chart">
      {placeMarkers(moments, selected, leftOf, area.width, MARKER_GAP_PX).map(({ count, left, moment }) => (
        <li key={moment.id} ref={(item) => void item?.style.setProperty("left", `${area.left + left}px`)}>
          <a
            class={`marker marker-${momentDirection(moment.moment_type)}`}
            href={hrefOf(moment)}
            aria-current={moment.id === selected ? "true" : undefined}
            aria-label={`${momentLabel(moment.moment_type)} at ${times.clock(Date.parse(moment.timestamp))}${count > 1 ? `, and ${count - 1} more` : ""}: explain`}
            title={`${momentLabel(moment.moment_type)}, ${times.clock(Date.parse(moment.timestamp))}${count > 1 ? ` (and ${count - 1} more)` : ""}`}
          >
            {count > 1 ? (
              <span aria-hidden="true">{count}</span>
            ) : (
              <Arrow direction={momentDirection(moment.moment_type)} />
            )}
          </a>
        </li>
      ))}
    </ul>
  )
}

const Legend = () => (
  <ul class="legend" aria-hidden="true">
    <li class="legend-chat">messages</li>
    <li class="legend-anomaly">unusual</li>
  </ul>
)

export interface ChartsProps {
  readonly columns: Columns
  readonly span: Span
  readonly moments: ReadonlyArray<MomentItem>
  readonly selected: MomentItem | undefined
  /** The row under the cursor. */
  readonly row: number | undefined
  readonly onCursor: (row: number | undefined) => void
  readonly onZoom: (span: Span) => void
  readonly onPan: (span: Span) => void
  /** By a share of the span: 0.25 = a quarter later. */
  readonly onStep: (share: number) => void
  readonly onScale: (factor: number) => void
  readonly onLive: () => void
  readonly hrefOf: (moment: MomentItem) => string
}

/**
 * The charts of a stream with their keys and gestures. Longer than 70 lines: the handlers share the
 * state of one figure.
 */
export const Charts = (props: ChartsProps) => {
  const { columns, hrefOf, moments, row, selected, span } = props
  const hosts = useRef(new Map<ChartName, HTMLElement>())
  const plots = useRef<Plots | undefined>(undefined)
  const newest = useRef(props)
  newest.current = props
  const [area, setArea] = useState<Area>({ left: 0, width: 0 })

  useEffect(() => {
    const { current } = hosts
    const [chat, score, sentiment, chatters, viewers] = CHARTS.map((name) => current.get(name))
    if (!chat || !score || !sentiment || !chatters || !viewers) return
    const made = new Plots({
      hosts: { chat, score, sentiment, chatters, viewers },
      onArea: setArea,
      onCursor: (row) => newest.current.onCursor(row),
      onPan: (span) => newest.current.onPan(span),
      onZoom: (span) => newest.current.onZoom(span)
    })
    plots.current = made
    return () => made.destroy()
  }, [])

  useEffect(() => plots.current?.show({ columns, span, moments, selected }), [columns, span, moments, selected])

  const { value: currentTheme } = theme
  useEffect(() => plots.current?.redraw(), [currentTheme])

  const moveCursor = (direction: 1 | -1): void => {
    const last = columns.index.length
    const from = row ?? (direction === 1 ? -1 : last)
    const next = neighbour(columns, from, direction)
    if (next >= 0 && next < last) plots.current?.point(next)
  }

  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => props.onStep(-0.25),
    ArrowRight: () => props.onStep(0.25),
    "+": () => props.onScale(0.5),
    "-": () => props.onScale(2),
    "[": () => moveCursor(-1),
    "]": () => moveCursor(1),
    Escape: () => plots.current?.point(undefined),
    End: props.onLive
  }

  const texts = descriptions(columns)
  return (
    // oxlint-disable-next-line jsx_a11y/no-noninteractive-tabindex -- has keys
    <div
      class="charts"
      role="group"
      tabIndex={0}
      aria-label="Charts"
      aria-describedby="keys"
      onKeyDown={(event) => {
        const act = keys[event.key]
        if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        act()
      }}
    >
      {CHARTS.map((name) => (
        <figure key={name} class={`chart chart-${name}`}>
          <figcaption>
            <span class="chart-title">{TITLES[name]}</span>
            <span class="chart-unit">{unitOf(name, spanText())}</span>
            {name === "chat" ? <Legend /> : null}
            <span class="chart-value">{row === undefined ? "" : FORMATS[name](columns[name][row] ?? null)}</span>
          </figcaption>
          {name === "chat" ? (
            <Markers area={area} span={span} moments={moments} selected={selected?.id} hrefOf={hrefOf} />
          ) : null}
          <div
            class="plot"
            role="img"
            aria-label={texts[name]}
            ref={(host) => {
              if (host !== null) hosts.current.set(name, host)
            }}
          />
        </figure>
      ))}
      <p id="keys" class="keys">
        Drag to zoom, Shift and drag to move. Keys: <kbd>←</kbd> <kbd>→</kbd> move, <kbd>+</kbd> <kbd>−</kbd> zoom,{" "}
        <kbd>[</kbd> <kbd>]</kbd> cursor, <kbd>End</kbd> back to live.
      </p>
    </div>
  )
}
