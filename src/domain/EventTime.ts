/**
 * Event time: when something happened, as recorded in the event, in milliseconds since
 * 1970-01-01T00:00:00Z. Everything the worker computes depends on it alone; the wall clock is never
 * event time.
 */
import type { Brand } from "effect"

/** Milliseconds since the epoch, an integer. */
export type EventTimeMs = number & Brand.Brand<"EventTimeMs">

/** Brands an integer that is known to be an event time. Costs nothing at run time. */
export const EventTimeMs = (ms: number): EventTimeMs => ms as EventTimeMs // the one place where the brand is put on

/** "No event yet": below every event time, so that it can be compared without a special case. */
export const BEFORE_ALL: EventTimeMs = EventTimeMs(Number.NEGATIVE_INFINITY)

/** Above every event time: the watermark once the input has ended. */
export const AFTER_ALL: EventTimeMs = EventTimeMs(Number.POSITIVE_INFINITY)
