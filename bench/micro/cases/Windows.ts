/** Events into windows, and windows into rows. */
import type { Case } from "../Case.ts"
import type { ClosedWindow } from "../naive/ClosedWindow.ts"
import { MergedPanes } from "../naive/MergedPanes.ts"
import type { Message } from "../naive/Parse.ts"
import { WindowPerEvent } from "../naive/WindowPerEvent.ts"
import { assertSame } from "../Same.ts"
import { close, closedWindows, type Decoded, fold, score, SETTINGS } from "../Subject.ts"

const { topEmotes, window } = SETTINGS
const { sizeMs, slideMs } = window

type Naive = MergedPanes | WindowPerEvent

const foldInto = <N extends Naive>(windows: N, messages: ReadonlyArray<Message>, scores: ReadonlyArray<number>): N => {
  for (const [index, message] of messages.entries()) windows.add(message, scores[index] ?? 0)
  return windows
}

interface Span {
  readonly firstEndMs: number
  readonly lastEndMs: number
}

/** The ends of all windows that hold an event. */
const spanOf = (messages: ReadonlyArray<Message>): Span => {
  const starts = messages.map(({ timeMs }) => Math.floor(timeMs / slideMs) * slideMs)
  return {
    firstEndMs: starts.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) + slideMs,
    lastEndMs: starts.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) + sizeMs
  }
}

const closeAll = (windows: Naive, { firstEndMs, lastEndMs }: Span): ReadonlyArray<ClosedWindow> => {
  const closed: Array<ClosedWindow> = []
  for (let endMs = firstEndMs; endMs <= lastEndMs; endMs += slideMs) closed.push(...windows.close(endMs, topEmotes))
  return closed
}

const inOrder = (closed: ReadonlyArray<ClosedWindow>): ReadonlyArray<ClosedWindow> =>
  closed.toSorted((a, b) => a.endMs - b.endMs || (a.stream < b.stream ? -1 : 1))

export const windowCases = (events: Decoded, messages: ReadonlyArray<Message>): ReadonlyArray<Case> => {
  const scores = score(events)
  const span = spanOf(messages)
  const perEvent = () => foldInto(new WindowPerEvent(sizeMs, slideMs), messages, scores)
  const panes = () => foldInto(new MergedPanes(sizeMs, slideMs), messages, scores)
  const ours = () => inOrder(closedWindows(close(fold(events, scores), span.firstEndMs, span.lastEndMs)))
  const rows = closeAll(panes(), span).length

  let open = fold(events, scores)
  let merging = panes()
  return [
    {
      name: "fold into windows",
      unit: "event",
      count: messages.length,
      ours: { name: "WindowOperator.add", run: () => fold(events, scores) },
      naive: { name: `each of the ${sizeMs / slideMs} windows on its own, with a Set of its users`, run: perEvent },
      assertEqual: () => assertSame(ours(), inOrder(closeAll(perEvent(), span)))
    },
    {
      name: "close windows",
      unit: "row",
      count: rows,
      ours: {
        name: "WindowOperator.close",
        before: () => (open = fold(events, scores)),
        run: () => close(open, span.firstEndMs, span.lastEndMs)
      },
      naive: {
        name: `the ${sizeMs / slideMs} panes' Sets merged anew for each window`,
        before: () => (merging = panes()),
        run: () => closeAll(merging, span)
      },
      assertEqual: () => assertSame(ours(), inOrder(closeAll(panes(), span)))
    }
  ]
}
