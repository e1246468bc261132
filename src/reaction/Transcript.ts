/**
 * The messages in the windows of one input as they were written. It exists only while
 * MOMENT_SAMPLES is above 0.
 *
 * Cost: each message is copied once. Texts become strings only for a slide that is the peak of a
 * moment. Memory: the limits of the panes of two windows, see docs/SEMANTICS.md, "Limits".
 */
import type { EventColumns } from "../domain/EventColumns.ts"
import { PaneTranscript, type Written } from "./PaneTranscript.ts"

/** The most that the messages of a pane may cost. */
export interface TranscriptLimits {
  readonly pane: number
  /** The most for one stream in the pane. */
  readonly stream: number
}

/** A stream's messages in the panes of a window, as of the moment at which the window closed. */
export class Excerpt {
  /** Each pane with the stream's last message. */
  readonly #parts: ReadonlyArray<readonly [pane: PaneTranscript, last: number]>

  constructor(parts: ReadonlyArray<readonly [pane: PaneTranscript, last: number]>) {
    this.#parts = parts
  }

  /** All messages, in no order. O(their bytes). */
  messages(): ReadonlyArray<Written> {
    return this.#parts.flatMap(([pane, last]) => pane.upTo(last))
  }
}

export class Transcript {
  readonly #limits: TranscriptLimits
  readonly #panes = new Map<number, PaneTranscript>()
  #recent = new PaneTranscript()
  #recentPane = Number.NaN

  constructor(limits: TranscriptLimits) {
    this.#limits = limits
  }

  /**
   * Adds a message, an event of the columns, to a stream. A message beyond the limits of its pane
   * is left out.
   */
  add(stream: number, pane: number, columns: EventColumns, event: number): void {
    if (pane !== this.#recentPane) {
      let messages = this.#panes.get(pane)
      if (messages === undefined) this.#panes.set(pane, (messages = new PaneTranscript()))
      this.#recent = messages
      this.#recentPane = pane
    }
    this.#recent.add(stream, columns, event, this.#limits)
  }

  /** The stream's messages in the panes from `first` to `last`. O(panes). */
  excerpt(stream: number, first: number, last: number): Excerpt {
    const parts: Array<readonly [PaneTranscript, number]> = []
    for (let pane = first; pane <= last; pane++) {
      const messages = this.#panes.get(pane)
      const lastMessage = messages?.lastOf(stream) ?? 0
      if (messages !== undefined && lastMessage > 0) parts.push([messages, lastMessage])
    }
    return new Excerpt(parts)
  }

  /** Drops the panes before `first` (open bound). Excerpts keep those that they hold. */
  evictBefore(first: number): void {
    this.#recentPane = Number.NaN
    for (const pane of this.#panes.keys()) if (pane < first) this.#panes.delete(pane)
  }
}
