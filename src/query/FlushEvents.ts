/**
 * Writes flushes as Server-Sent Events in UTF-8, each with the parts that a client is interested
 * in.
 */
import { Schema } from "effect"
import { LiveFlush } from "../api/Live.ts"
import type { TaskStatus } from "../api/Pipeline.ts"
import type { FlushContent } from "./FlushRows.ts"
import { type Positions, writePositions } from "./Positions.ts"

/** The parts of flushes that a client receives. */
export interface Interest {
  readonly windows: boolean
  readonly moments: boolean
  readonly status: boolean
  /** Restricts windows and moments to this stream. */
  readonly stream?: string
}

/** New flushes of one task. */
export interface TaskFlush {
  readonly task: TaskStatus
  /** The positions of all tasks after these flushes. */
  readonly positions: Positions
  /** `undefined` if the content exceeds the limits: clients must query the lists again. */
  readonly content: FlushContent | undefined
}

const encode = Schema.encodeSync(LiveFlush)
const utf8 = new TextEncoder()

/** The first bytes of every stream: clients reconnect after 2 s. */
export const RETRY = utf8.encode("retry: 2000\n\n")

export const HEARTBEAT = utf8.encode(":\n\n")

/**
 * The last event of a worker that stops. It has no id, so that the client resumes after the last
 * flush that it received.
 */
export const SHUTDOWN = utf8.encode("event: shutdown\nretry: 2000\ndata: {}\n\n")

/** Updates the client's position without an event. */
export const idOnly = (positions: Positions): Uint8Array => utf8.encode(`id: ${writePositions(positions)}\n\n`)

const event = (name: "flush" | "reset", positions: Positions, data: unknown): Uint8Array =>
  utf8.encode(`event: ${name}\nid: ${writePositions(positions)}\ndata: ${JSON.stringify(data)}\n\n`)

/** The client missed flushes and must query the lists again. */
export const reset = (positions: Positions): Uint8Array => event("reset", positions, {})

/** The event for a client. It only updates the position if the flushes hold nothing of interest. */
export const flushEvent = ({ content, positions, task }: TaskFlush, interest: Interest): Uint8Array => {
  if (content === undefined) return reset(positions)
  const { stream } = interest
  const isWanted = (row: { readonly stream_id: string }): boolean => stream === undefined || row.stream_id === stream
  const flush: LiveFlush = {
    source_partition: task.source_partition,
    flush: task.flush,
    windows: interest.windows ? content.windows.filter(isWanted) : [],
    moments: interest.moments ? content.moments.filter(isWanted) : [],
    status: interest.status ? task : null
  }
  const isEmpty = flush.windows.length === 0 && flush.moments.length === 0 && flush.status === null
  return isEmpty ? idOnly(positions) : event("flush", positions, encode(flush))
}
