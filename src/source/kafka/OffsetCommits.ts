/**
 * Commits the offsets of all tasks to the consumer group, one request at a time. Offsets that
 * arrive meanwhile share the next request, however many tasks the process has.
 */
import { Effect, Semaphore } from "effect"
import { partitionKey } from "../../domain/TopicPartition.ts"
import type { EventLogError } from "../EventLog.ts"
import type { GroupOffset } from "./GroupMembership.ts"

type Send = (offsets: ReadonlyArray<GroupOffset>) => Effect.Effect<void, EventLogError>

export class OffsetCommits {
  readonly #send: Send
  readonly #turn = Semaphore.makeUnsafe(1)
  /** By {@link partitionKey}. */
  #waiting = new Map<string, GroupOffset>()

  constructor(send: Send) {
    this.#send = send
  }

  /** Returns once these offsets were sent. Only the caller that sends them receives a failure. */
  commit(offsets: ReadonlyArray<GroupOffset>): Effect.Effect<void, EventLogError> {
    return Effect.suspend(() => {
      for (const offset of offsets) this.#waiting.set(partitionKey(offset), offset)
      return this.#turn.withPermits(1)(this.#sendWaiting)
    })
  }

  get #sendWaiting(): Effect.Effect<void, EventLogError> {
    return Effect.suspend(() => {
      if (this.#waiting.size === 0) return Effect.void
      const offsets = [...this.#waiting.values()]
      this.#waiting = new Map()
      return this.#send(offsets)
    })
  }
}
