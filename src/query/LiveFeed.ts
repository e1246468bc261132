/**
 * Sends the rows of flushes to any number of clients as they are committed. Rows are read once for
 * all clients. A client that reads slowly keeps only its place among the latest flushes. If that
 * place is dropped, the client gets a reset and must query the lists again. Every event's id holds
 * the position of each task. So a client resumes at any replica without loss or duplicates.
 */
import { Context, Effect, Layer, Metric, Option, Queue, Schedule, type Scope, Semaphore, Stream } from "effect"
import type { TaskStatus } from "../api/Pipeline.ts"
import { TooMany, type Unavailable } from "../api/Problems.ts"
import * as Metrics from "../observability/Metrics.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import { Notifications } from "../postgres/Client.ts"
import { FLUSH_CHANNEL } from "../postgres/FlushChannel.ts"
import { flushEvent, HEARTBEAT, idOnly, type Interest, RETRY, SHUTDOWN } from "./FlushEvents.ts"
import { FlushHistory, MAX_KEPT_ROWS } from "./FlushHistory.ts"
import { type FlushRange, type Most, readFlushes, type Wanted } from "./FlushRows.ts"
import { readTasks } from "./PipelineStatus.ts"
import type { Positions } from "./Positions.ts"
import { Tables } from "./Tables.ts"

/** The maximum number of connected clients. */
export const MAX_CLIENTS = 1000

/**
 * Limits of one task's flushes since the last read. Beyond them clients must query the lists again.
 */
const MOST_NEW: Most = { rows: MAX_KEPT_ROWS, bytes: 8 * 1024 * 1024 }

/** Limits of one task's flushes that a client missed. Beyond them it must query the lists again. */
const MOST_MISSED: Most = { rows: 20_000, bytes: 4 * 1024 * 1024 }

/** How long a lost announcement can delay an event. */
const POLL_EVERY = "5 seconds"

const LISTEN_AGAIN = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced(POLL_EVERY)])

const HEARTBEAT_EVERY = "15 seconds"

interface Client {
  readonly interest: Interest
  readonly wake: Queue.Queue<void>
}

interface State {
  readonly clients: Set<Client>
  readonly history: FlushHistory
  /** The last published flush of each task; `undefined` while there is no client. */
  positions: Positions | undefined
}

/** The state after all flushes up to `positions` have been published. */
interface Published {
  readonly positions: Positions
  /** Number of the newest flush in the history. */
  readonly newest: number
  readonly tasks: ReadonlyArray<TaskStatus>
}

type Query = Tables["Service"]["query"]

/** The rows to read so that every interest is served. */
const wantedBy = (interests: ReadonlyArray<Interest>): Wanted => {
  const ofWindows = interests.filter(({ windows }) => windows)
  const names = ofWindows.map(({ stream }) => stream).filter((stream) => stream !== undefined)
  return {
    windows: names.length < ofWindows.length ? "all" : [...new Set(names)],
    moments: interests.some(({ moments }) => moments)
  }
}

/**
 * The flushes of a task after a position. A task that is not in `positions` starts with its first
 * flush.
 */
const rangeAfter = (positions: Positions, task: TaskStatus): FlushRange => ({
  sourcePartition: task.source_partition,
  after: positions.get(task.source_partition) ?? 0n,
  upTo: BigInt(task.flush)
})

/**
 * Returns `undefined` if clients must query the lists again: beyond `most`, or after a restore of
 * the database.
 */
const contentOf = (query: Query, range: FlushRange, wanted: Wanted, most: Most) =>
  range.after > range.upTo ? Effect.undefined : query(readFlushes(range, wanted, most))

/** Publishes what the tasks have committed since the last call. */
const publish = Effect.fnUntraced(function* (state: State, query: Query) {
  const wanted = wantedBy([...state.clients].map(({ interest }) => interest))
  const tasks = (yield* query(readTasks)).map(({ task }) => task)
  if (state.positions === undefined) state.history.clear()
  let positions = state.positions ?? new Map(tasks.map((task) => [task.source_partition, BigInt(task.flush)]))
  for (const task of tasks) {
    const range = rangeAfter(positions, task)
    if (range.after === range.upTo) continue
    const content = yield* contentOf(query, range, wanted, MOST_NEW)
    positions = new Map(positions).set(range.sourcePartition, range.upTo)
    state.history.add({ task, positions, content })
    for (const { wake } of state.clients) Queue.offerUnsafe(wake, undefined)
    state.positions = positions
  }
  state.positions = state.clients.size === 0 ? undefined : positions
  const published: Published = { positions, newest: state.history.newest, tasks }
  return published
})

/**
 * The flushes that the client missed, task by task. Each event's id holds the position reached so
 * far.
 */
const missed = (query: Query, interest: Interest, from: Positions, tasks: ReadonlyArray<TaskStatus>) => {
  let positions: Positions = from
  return Stream.fromIterable(tasks).pipe(
    Stream.filter((task) => from.get(task.source_partition) !== BigInt(task.flush)),
    Stream.mapEffect((task) => {
      const range = rangeAfter(from, task)
      return Effect.map(contentOf(query, range, wantedBy([interest]), MOST_MISSED), (content) => {
        positions = new Map(positions).set(range.sourcePartition, range.upTo)
        return flushEvent({ content, task, positions }, interest)
      })
    })
  )
}

/**
 * The flushes after number `newest`, one at a time as the client pulls: a stalled client buffers at
 * most one.
 */
const following = (history: FlushHistory, { interest, wake }: Client, newest: number) =>
  Stream.paginate(newest, (seen) =>
    Effect.gen(function* () {
      const next = history.next(seen, interest)
      if (next !== undefined) return [[next.event], Option.some(next.seen)] as const
      const woken = yield* Effect.timeoutOption(Queue.take(wake), HEARTBEAT_EVERY)
      return [Option.isSome(woken) ? [] : [HEARTBEAT], Option.some(seen)] as const
    })
  )

const countClients = ({ clients }: State) => Effect.suspend(() => Metric.update(Metrics.liveConnections, clients.size))

const join = (state: State, client: Client) =>
  Effect.suspend(() => {
    if (state.clients.size >= MAX_CLIENTS) {
      return Effect.fail(new TooMany({ detail: `${MAX_CLIENTS} clients are already connected to the live updates` }))
    }
    state.clients.add(client)
    return countClients(state)
  })

const leave = (state: State, client: Client) =>
  Effect.suspend(() => {
    state.clients.delete(client)
    if (state.clients.size === 0) state.positions = undefined
    return countClients(state)
  })

/** Publishes at every announcement, and at intervals in case an announcement is lost. */
const keepPublishing = Effect.fnUntraced(function* (
  state: State,
  use: Tables["Service"]["use"],
  publishNew: Effect.Effect<Published, Unavailable>
) {
  const publishIfWanted = Effect.suspend(() => (state.clients.size === 0 ? Effect.void : Effect.asVoid(publishNew)))
  const listen = Effect.gen(function* () {
    const announcements = yield* (yield* Notifications).listen(FLUSH_CHANNEL)
    while (true) {
      // The first time without an announcement: earlier ones were not received.
      yield* publishIfWanted
      yield* Queue.takeAll(announcements)
    }
  }).pipe(Effect.scoped)
  yield* use(listen).pipe(Effect.ignore, Effect.repeat(LISTEN_AGAIN), Effect.forkScoped)
  yield* publishIfWanted.pipe(Effect.ignore, Effect.repeat(Schedule.spaced(POLL_EVERY)), Effect.forkScoped)
})

export class LiveFeed extends Context.Service<
  LiveFeed,
  {
    /**
     * Server-Sent Events in UTF-8 that start after `from`, by default with the next flush. The
     * stream ends with the scope, or with the event `shutdown` when the worker stops.
     */
    readonly subscribe: (
      interest: Interest,
      from: Positions | undefined
    ) => Effect.Effect<Stream.Stream<Uint8Array, Unavailable>, TooMany | Unavailable, Scope.Scope>
    /** The number of connected clients. */
    readonly clients: Effect.Effect<number>
  }
>()("telemetra/query/LiveFeed") {
  static readonly layer = Layer.effect(
    LiveFeed,
    Effect.gen(function* () {
      const { query, use } = yield* Tables
      const { stopping } = yield* WorkerStatus
      const state: State = { clients: new Set(), history: new FlushHistory(), positions: undefined }
      const publishing = yield* Semaphore.make(1)
      const publishNew = publish(state, query).pipe(publishing.withPermits(1))
      yield* keepPublishing(state, use, publishNew)
      return {
        subscribe: Effect.fnUntraced(function* (interest: Interest, from: Positions | undefined) {
          const client: Client = { interest, wake: yield* Queue.sliding<void>(1) }
          yield* Effect.acquireRelease(join(state, client), () => leave(state, client))
          const published = yield* Effect.raceFirst(publishNew, stopping)
          if (published === undefined) return Stream.make(SHUTDOWN)
          const { newest, positions, tasks } = published
          const past = from === undefined ? Stream.make(idOnly(positions)) : missed(query, interest, from, tasks)
          return Stream.make(RETRY).pipe(
            Stream.concat(past),
            Stream.concat(following(state.history, client, newest)),
            Stream.interruptWhen(stopping),
            Stream.concat(Stream.make(SHUTDOWN))
          )
        }),
        clients: Effect.sync(() => state.clients.size)
      }
    })
  )
}
