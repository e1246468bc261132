/** Counts committed flushes in the metrics. */
import { Effect, Metric } from "effect"
import { type Counts, CUTS } from "../domain/Flush.ts"
import * as Metrics from "./Metrics.ts"
import type { Committed } from "./Report.ts"

export const countFlush = Effect.fnUntraced(function* (flush: Committed) {
  const { counts, deadLetterReasons, droppedDeadLetters, gaps, momentTypes, refusedRows, rows, tookMs } = flush
  yield* Metric.update(Metrics.records, counts.records)
  yield* Metric.update(Metrics.events, counts.events)
  yield* Metric.update(Metrics.lateEvents, counts.late)
  yield* Metric.update(Metrics.lateChatPairs, counts.droppedChatPairs)
  yield* Metric.update(Metrics.tombstones, counts.tombstones)
  for (const name of CUTS) yield* Metric.update(Metrics.cut(name), counts[name])
  yield* Metric.update(Metrics.rows, rows)
  yield* Metric.update(Metrics.flushes, 1)
  yield* Metric.update(Metrics.flushSeconds, tookMs / 1000)
  yield* Metric.update(Metrics.flushRows, rows)
  yield* Metric.update(Metrics.gaps, gaps)
  yield* Metric.update(Metrics.refusedRows, refusedRows)
  yield* Metric.update(Metrics.droppedDeadLetters, droppedDeadLetters)
  for (const reason of deadLetterReasons) yield* Metric.update(Metrics.deadLetters(reason), 1)
  for (const type of momentTypes) yield* Metric.update(Metrics.moments(type), 1)
})

const CUT_LOG_INTERVAL_MS = 60_000

/** Collects what exceeded the limits of events and panes, for one log line a minute. */
export class CutLog {
  readonly #cut = { cutEvents: 0, cutEmotes: 0, cutChatters: 0 }
  #loggedMs = Number.NEGATIVE_INFINITY

  /** Adds the counts of a flush at a monotonic time. Returns the line to log if one is due. */
  add(counts: Counts, nowMs: number): string | undefined {
    for (const name of CUTS) this.#cut[name] += counts[name]
    if (CUTS.every((name) => this.#cut[name] === 0) || nowMs - this.#loggedMs < CUT_LOG_INTERVAL_MS) return undefined
    const { cutChatters, cutEmotes, cutEvents } = this.#cut
    this.#loggedMs = nowMs
    for (const name of CUTS) this.#cut[name] = 0
    return (
      `Cut ${cutEvents} events, ${cutEmotes} emotes and ${cutChatters} chatters that exceed the limits of an event or a pane: ` +
      "rows do not count them; check for a producer that sends made-up names (docs/SEMANTICS.md, Limits)"
    )
  }
}
