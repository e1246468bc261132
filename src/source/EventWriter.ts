/**
 * Appends events to a log: what a collector writes through. Kafka and the log in a table implement
 * it; a Layer chooses which one runs.
 */
import { Context, type Effect } from "effect"
import type { EventLogError } from "./EventLog.ts"
import type { InputKind } from "../domain/Task.ts"

/** One event that is to be appended to the topic of its kind. */
export interface NewRecord {
  readonly kind: InputKind
  /** The stream that the event belongs to: the record's key, if the log has keys. */
  readonly stream: string
  /** Log time in milliseconds since 1970: when the record is appended, not when it happened. */
  readonly timestampMs: number
  /** One event as JSON. */
  readonly value: string
}

export class EventWriter extends Context.Service<
  EventWriter,
  {
    /**
     * Appends the records in order, to both topics. They are durable when it returns. If it fails,
     * a repetition with the same array appends nothing twice. No other array may come in between.
     */
    readonly append: (records: ReadonlyArray<NewRecord>) => Effect.Effect<void, EventLogError>
  }
>()("telemetra/source/EventWriter") {}
