/** Loads the data of a stream's page, and its updates. */
import { get } from "../api/Client.ts"
import type { MomentItem, Page, StreamNow, SummaryPoint } from "../api/Wire.ts"
import { iso } from "../format/Times.ts"
import { loadPipeline, pipeline } from "../live/Live.ts"
import { rangeMs, type Span, stepFor, type View } from "../routing/View.ts"
import { endMs, startMs, startsOf, withTail } from "./Series.ts"

export interface Windows {
  /** The stream in its latest window. */
  readonly latest: StreamNow
  readonly span: Span
  /** Ascending by end; those that end within the span (closed bounds). */
  readonly points: ReadonlyArray<SummaryPoint>
  /** The starts of these points (end open), by which the API selects them. */
  readonly starts: Span
  /** Seconds that a point covers; `undefined` = each is a window. */
  readonly step: number | undefined
  /** The length of a window, and the distance between two. */
  readonly sizeMs: number
  readonly slideMs: number
  /** With more between two points there is something missing. */
  readonly breakMs: number
  readonly moments: ReadonlyArray<MomentItem>
  /** The times of these moments (end open). */
  readonly momentTimes: Span
  /** There are more, earlier ones. */
  readonly hasMoreMoments: boolean
}

/** The slide of an earlier job, whose rows are shown until a task has run. */
const SLIDE_OF_OLD_MS = 10_000
const MOST_WINDOWS = 5000
/** The largest page of the API. */
const MOST_MOMENTS = 500

/** A live view follows the stream's latest window. An ended stream shows its last time range. */
const spanOf = (view: View, latest: StreamNow): Span => {
  if (view.kind === "fixed") return view
  const toMs = endMs(latest)
  return { fromMs: toMs - rangeMs(view.range), toMs }
}

/** Loads everything at first, later (`before`) only new data. */
export const loadWindows = async (
  stream: string,
  view: View,
  signal: AbortSignal,
  before: Windows | undefined
): Promise<Windows> => {
  const path = `/streams/${encodeURIComponent(stream)}`
  const [{ window }, latest] = await Promise.all([
    pipeline.peek() ?? loadPipeline(signal),
    get<StreamNow>(path, {}, signal)
  ])
  const span = spanOf(view, latest)
  const slideMs = window?.slide_ms ?? SLIDE_OF_OLD_MS
  const step = stepFor(span.toMs - span.fromMs, slideMs)
  const stepMs = step === undefined ? undefined : step * 1000
  const sizeMs = endMs(latest) - startMs(latest)
  const starts = startsOf(span, sizeMs)
  const last = before?.points.at(-1)
  const fromMs =
    last === undefined || before?.step !== step
      ? starts.fromMs
      : stepMs === undefined
        ? startMs(last)
        : Math.floor(startMs(last) / stepMs) * stepMs
  const { toMs } = starts
  const momentTimes = { fromMs: span.fromMs, toMs: span.toMs + 1 }
  const [fresh, moments] = await Promise.all([
    fromMs < toMs
      ? get<Page<SummaryPoint>>(
          `${path}/summaries`,
          { from: iso(fromMs), to: iso(toMs), step, limit: MOST_WINDOWS },
          signal
        )
      : { items: [] },
    get<Page<MomentItem>>(
      "/moments",
      { stream, from: iso(momentTimes.fromMs), to: iso(momentTimes.toMs), limit: MOST_MOMENTS },
      signal
    )
  ])
  return {
    latest,
    span,
    points: withTail(before?.points ?? [], fresh.items, fromMs, span.fromMs),
    starts,
    step,
    sizeMs,
    slideMs,
    breakMs: stepMs === undefined ? slideMs * 1.5 : stepMs * 2,
    moments: moments.items,
    momentTimes,
    hasMoreMoments: moments.next !== null
  }
}
