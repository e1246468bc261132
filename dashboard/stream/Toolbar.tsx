/** Chooses the time range. */
import { formatRoute, type StreamRoute } from "../routing/Routes.ts"
import { RANGES, type Span, type View } from "../routing/View.ts"
import { Earlier, Later, Minus, Plus } from "../shell/Icons.tsx"
import { now } from "../live/Live.ts"
import { Time, times } from "../shell/Time.tsx"

const Tool = ({
  children,
  label,
  onClick
}: {
  readonly label: string
  readonly onClick: () => void
  readonly children: preact.ComponentChildren
}) => (
  <button type="button" class="button icon-button" aria-label={label} title={label} onClick={onClick}>
    {children}
  </button>
)

export const Toolbar = ({
  moment,
  onScale,
  onStep,
  span,
  stream,
  view
}: {
  readonly stream: string
  readonly moment: string | undefined
  readonly view: View
  readonly span: Span | undefined
  readonly onStep: (share: number) => void
  readonly onScale: (factor: number) => void
}) => {
  const live = (range: (typeof RANGES)[number]["name"]): string => {
    const route: StreamRoute = { page: "stream", stream, moment, view: { kind: "live", range } }
    return formatRoute(route)
  }
  // If the range covers several days, both ends show their day.
  const nearMs = span === undefined || times.isSameDay(span.fromMs, span.toMs) ? now.peek() : 0
  return (
    <div class="toolbar">
      <nav class="ranges" aria-label="Show the latest">
        {RANGES.map(({ label, name }) => (
          <a
            key={name}
            href={live(name)}
            aria-current={view.kind === "live" && view.range === name ? "true" : undefined}
          >
            {label}
          </a>
        ))}
      </nav>
      <div class="tools" role="group" aria-label="Move and zoom">
        <Tool label="Earlier" onClick={() => onStep(-0.5)}>
          <Earlier />
        </Tool>
        <Tool label="Later" onClick={() => onStep(0.5)}>
          <Later />
        </Tool>
        <Tool label="Zoom in" onClick={() => onScale(0.5)}>
          <Plus />
        </Tool>
        <Tool label="Zoom out" onClick={() => onScale(2)}>
          <Minus />
        </Tool>
      </div>
      {span === undefined ? null : (
        <p class="span">
          <Time ms={span.fromMs} nearMs={nearMs} /> to <Time ms={span.toMs} nearMs={nearMs} />
        </p>
      )}
      {view.kind === "live" ? null : (
        <a class="button button-strong" href={live("1h")}>
          Back to live
        </a>
      )}
    </div>
  )
}
