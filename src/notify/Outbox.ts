/** The outbox as the deliverer uses it. Table `notifications` implements it. */
import { Context, type Effect } from "effect"
import type { PostgresError } from "../postgres/PostgresError.ts"
import type { Message } from "./Message.ts"

export interface Claimed extends Message {
  /** Attempts so far, this one included. Identifies the claim. */
  readonly attempts: number
}

/** The fate of a claimed message. */
export type Settlement =
  | { readonly _tag: "Delivered"; readonly message: Claimed }
  | { readonly _tag: "Retry"; readonly message: Claimed; readonly afterMs: number }
  | { readonly _tag: "Drop"; readonly message: Claimed }

export interface SweepLimits {
  /** Messages that may wait. The oldest others are dropped. */
  readonly backlog: number
  /** The moment ended at most this long before its message was inserted. */
  readonly maxAgeMs: number
  /** A message waits at most this long. */
  readonly maxWaitMs: number
}

/** Dropped messages by reason. */
export interface Dropped {
  readonly backlog: number
  readonly old: number
  readonly expired: number
}

export interface Waiting {
  readonly count: number
  /** How long the oldest message has waited; 0 if there is none. */
  readonly oldestMs: number
}

export class Outbox extends Context.Service<
  Outbox,
  {
    /**
     * Claims up to `most` messages that are due, the oldest first, without those that a sweep drops
     * as old. No other process receives them for `leaseMs`. A claim that is not settled by then is
     * due again.
     */
    readonly claim: (
      target: string,
      limits: { readonly most: number; readonly leaseMs: number; readonly maxAgeMs: number }
    ) => Effect.Effect<ReadonlyArray<Claimed>, PostgresError>
    /** A delivered or dropped message is deleted. A retry has no effect on a later claim. */
    readonly settle: (target: string, settlements: ReadonlyArray<Settlement>) => Effect.Effect<void, PostgresError>
    /** Drops what exceeds the limits. */
    readonly sweep: (target: string, limits: SweepLimits) => Effect.Effect<Dropped, PostgresError>
    readonly waiting: (target: string) => Effect.Effect<Waiting, PostgresError>
  }
>()("telemetra/notify/Outbox") {}
