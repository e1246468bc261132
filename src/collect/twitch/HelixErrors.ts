/** Failures of one request to Twitch's API. A `CollectError` is a third: waiting cannot mend it. */
import { Data } from "effect"

/** The same request may succeed later. */
export class Unavailable extends Data.TaggedError("Unavailable")<{
  /** One phrase, without secrets. */
  readonly why: string
  /** The wait that the API requests, in ms. */
  readonly afterMs?: number
}> {}

/** The API refuses this request. Others may succeed. */
export class Rejected extends Data.TaggedError("Rejected")<{
  /** One phrase, without secrets. */
  readonly why: string
}> {}
