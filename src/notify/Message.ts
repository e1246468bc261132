/** A notification as it waits in the outbox. */
import type { MomentType } from "../domain/Moment.ts"

export interface Message {
  /** The same in every attempt: receivers recognize a repetition by it. */
  readonly id: string
  readonly sourcePartition: number
  readonly stream: string
  readonly type: MomentType
  readonly openedAs: MomentType
  /** The moment's time and the end of its last span so far. */
  readonly timestampMs: number
  readonly endedAtMs: number
  readonly intensity: number
  /** One sentence. It quotes the chat. */
  readonly description: string
  /** The id of the moment's row. */
  readonly momentId: bigint
  readonly createdAtMs: number
}
