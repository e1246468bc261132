/**
 * Joins flushes of all tasks into updates, and writes these as Server-Sent Events in UTF-8. Small
 * flushes share an update, so its cost depends on what changed and not on the number of tasks.
 */
import { Schema } from "effect"
import { LiveUpdate } from "../api/Live.ts"
import type { PipelineTotals, TaskStatus } from "../api/Pipeline.ts"
import type { FlushContent } from "./FlushRows.ts"
import { type Positions, writePositions } from "./Positions.ts"

/** The parts of updates that a client receives. */
export interface Interest {
  readonly windows: boolean
  readonly moments: boolean
  readonly status: boolean
  readonly totals: boolean
  /** Restricts windows and moments to this stream. */
  readonly stream?: string
}

/** New flushes of one task. */
export interface TaskFlush {
  readonly task: TaskStatus
  /** `undefined` if the content exceeds the limits: clients must query the lists again. */
  readonly content: FlushContent | undefined
}

/** New flushes of some tasks. */
export interface Update {
  readonly tasks: ReadonlyArray<TaskStatus>
  readonly totals: PipelineTotals
  /** The positions of all tasks after these flushes. */
  readonly positions: Positions
  /** `undefined` if the content exceeds the limits: clients must query the lists again. */
  readonly content: FlushContent | undefined
}

/** An update that exceeds a limit is complete. */
const FULL = { rows: 1_000, bytes: 1024 * 1024 }

const NOTHING: FlushContent = { windows: [], moments: [], bytes: 0 }

const isFull = ({ bytes, moments, windows }: FlushContent): boolean =>
  bytes > FULL.bytes || windows.length + moments.length > FULL.rows

/** Joins flushes into updates. A flush that exceeds the limits is an update of its own. */
export class UpdateBuilder {
  readonly #totals: PipelineTotals
  readonly #positions: Map<number, bigint>
  #tasks: Array<TaskStatus> = []
  #content = NOTHING

  constructor(from: Positions, totals: PipelineTotals) {
    this.#positions = new Map(from)
    this.#totals = totals
  }

  /** The updates that are complete with this flush. */
  add({ content, task }: TaskFlush): ReadonlyArray<Update> {
    const before = content === undefined ? this.end() : []
    this.#positions.set(task.source_partition, BigInt(task.flush))
    this.#tasks.push(task)
    if (content === undefined) return [...before, this.#update(undefined)]
    this.#content = {
      windows: [...this.#content.windows, ...content.windows],
      moments: [...this.#content.moments, ...content.moments],
      bytes: this.#content.bytes + content.bytes
    }
    return isFull(this.#content) ? this.end() : []
  }

  /** The update of the flushes that are not in one yet. */
  end(): ReadonlyArray<Update> {
    return this.#tasks.length === 0 ? [] : [this.#update(this.#content)]
  }

  #update(content: FlushContent | undefined): Update {
    const tasks = this.#tasks
    this.#tasks = []
    this.#content = NOTHING
    return { tasks, totals: this.#totals, positions: new Map(this.#positions), content }
  }
}

const encode = Schema.encodeSync(LiveUpdate)
const utf8 = new TextEncoder()

/** The first bytes of every stream: clients reconnect after 2 s. */
export const RETRY = utf8.encode("retry: 2000\n\n")

export const HEARTBEAT = utf8.encode(":\n\n")

/**
 * The last event of a worker that stops. It has no id, so that the client resumes after the last
 * update that it received.
 */
export const SHUTDOWN = utf8.encode("event: shutdown\nretry: 2000\ndata: {}\n\n")

/** Moves the client's position without an event. */
export const idOnly = (positions: Positions): Uint8Array => utf8.encode(`id: ${writePositions(positions)}\n\n`)

/** The client missed flushes and must query the lists again. */
export const reset = (positions: Positions): Uint8Array =>
  utf8.encode(`event: reset\nid: ${writePositions(positions)}\ndata: {}\n\n`)

export interface LiveEvent {
  /** `undefined` if the update holds nothing of interest. */
  readonly bytes: Uint8Array | undefined
  /** Whether the event moves the client's position. */
  readonly hasId: boolean
}

/**
 * The event for a client. Without windows and moments it has no id, whose length is that of all
 * tasks' positions.
 */
export const liveEvent = ({ content, positions, tasks, totals }: Update, interest: Interest): LiveEvent => {
  if (content === undefined) return { bytes: reset(positions), hasId: true }
  const { stream } = interest
  const isWanted = (row: { readonly stream_id: string }): boolean => stream === undefined || row.stream_id === stream
  const update: LiveUpdate = {
    windows: interest.windows ? content.windows.filter(isWanted) : [],
    moments: interest.moments ? content.moments.filter(isWanted) : [],
    tasks: interest.status ? tasks : [],
    totals: interest.totals ? totals : null
  }
  const hasId = update.windows.length > 0 || update.moments.length > 0
  if (!hasId && update.tasks.length === 0 && update.totals === null) return { bytes: undefined, hasId }
  const id = hasId ? `id: ${writePositions(positions)}\n` : ""
  return { bytes: utf8.encode(`event: update\n${id}data: ${JSON.stringify(encode(update))}\n\n`), hasId }
}
