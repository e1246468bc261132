/** How often chosen emotes occur in the shown time range. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { get } from "../api/Client.ts"
import { useResource } from "../api/Resource.ts"
import type { StreamEmotes } from "../api/Wire.ts"
import { count } from "../format/Numbers.ts"
import { iso } from "../format/Times.ts"
import { type Span, stepFor } from "../routing/View.ts"
import { Foreign } from "../shell/Marks.tsx"
import { Failure, Skeleton } from "../shell/Notice.tsx"
import { spanText } from "../shell/SpanText.ts"
import { theme } from "../shell/Theme.ts"
import { EmotePlot } from "./EmotePlot.ts"
import {
  chosen,
  describeEmotes,
  type EmoteColumns,
  NO_PLACES,
  placed,
  type Places,
  toEmoteColumns,
  toggled
} from "./EmoteSeries.ts"

/** Emotes to choose from. */
const MOST_LISTED = 12

/** The API gives at most 1,000. */
const MOST_STEPS = 900

const Chart = ({ columns, label, span }: { columns: EmoteColumns; label: string; span: Span }) => {
  const host = useRef<HTMLDivElement>(null)
  const plot = useRef<EmotePlot | undefined>(undefined)
  useEffect(() => {
    if (host.current === null) return
    const made = new EmotePlot(host.current)
    plot.current = made
    return () => made.destroy()
  }, [])
  useEffect(() => plot.current?.show(columns, span), [columns, span])
  const { value: currentTheme } = theme
  useEffect(() => plot.current?.redraw(), [currentTheme])
  return <div class="plot" role="img" aria-label={label} ref={host} />
}

interface EmotesPanelProps {
  readonly stream: string
  readonly span: Span
  /** The length of a window, and the distance between two. */
  readonly sizeMs: number
  readonly slideMs: number
}

export const EmotesPanel = ({ sizeMs, slideMs, span, stream }: EmotesPanelProps) => {
  /** `undefined` = the most frequent ones. */
  const [wanted, setWanted] = useState<Places>()
  const step = stepFor(span.toMs - span.fromMs, slideMs, MOST_STEPS) ?? Math.max(1, Math.round(slideMs / 1000))
  const query = {
    // The API selects windows by their start, the page shows them at their end.
    from: iso(span.fromMs - sizeMs),
    to: iso(span.toMs - sizeMs + 1),
    step,
    emote: wanted === undefined ? undefined : chosen(wanted)
  }
  const { data, error, reload } = useResource(JSON.stringify([stream, query]), (signal) =>
    get<StreamEmotes>(`/streams/${encodeURIComponent(stream)}/emotes`, query, signal)
  )
  const before = useRef(NO_PLACES)
  const places = useMemo(
    () => wanted ?? placed(before.current, data?.emotes.map(({ emote }) => emote) ?? []),
    [wanted, data]
  )
  before.current = places
  const columns = useMemo(
    () => (data === undefined ? undefined : toEmoteColumns(data, places, sizeMs)),
    [data, places, sizeMs]
  )
  const listed = data?.found.slice(0, MOST_LISTED) ?? []
  const others = chosen(places).filter((emote) => !listed.some((found) => found.emote === emote))
  return (
    <section class="panel emote-panel" aria-labelledby="emotes-title">
      <div class="panel-head">
        <h2 id="emotes-title">Emotes over time</h2>
        <p class="faint">uses {spanText()}</p>
      </div>
      {error === undefined ? null : <Failure what="The emotes" error={error} onRetry={reload} />}
      {data === undefined || columns === undefined ? (
        error === undefined ? (
          <Skeleton lines={4} what="the emotes" />
        ) : null
      ) : listed.length === 0 && others.length === 0 ? (
        <p class="faint">No emotes in this time range.</p>
      ) : (
        <>
          <Chart columns={columns} span={span} label={describeEmotes(columns, places)} />
          <ul class="emote-choice" aria-label="Emotes to draw">
            {[...listed, ...others.map((emote) => ({ emote, count: null }))].map(({ count: most, emote }) => {
              const place = places.indexOf(emote)
              return (
                <li key={emote}>
                  <button
                    type="button"
                    class={place < 0 ? "emote-button" : `emote-button emote-${place}`}
                    aria-pressed={place >= 0}
                    onClick={() => setWanted(toggled(places, emote))}
                  >
                    <Foreign text={emote} />
                    {most === null ? null : <small title={`At most ${spanText()}`}>{count(most)}</small>}
                  </button>
                </li>
              )
            })}
          </ul>
        </>
      )}
    </section>
  )
}
