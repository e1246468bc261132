/**
 * Sends the rows of flushes to any number of clients as they are committed. Rows are read once for
 * all clients. A client that reads slowly keeps only its place among the latest updates. If that
 * place is dropped, the client gets a reset and must query the lists again. An event's id holds the
 * position of each task. So a client resumes at any replica without loss or duplicates.
 */
import { Clock, Context, Effect, Layer, Metric, Option, Queue, Schedule, type Scope, Semaphore, Stream } from "effect"
import type { TaskStatus } from "../api/Pipeline.ts"
import { TooMany, type Unavailable } from "../api/Problems.ts"
import * as Metrics from "../observability/Metrics.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import { Notifications } from "../postgres/Client.ts"
import { FLUSH_CHANNEL } from "../postgres/FlushChannel.ts"
import { Clips } from "./Clip.ts"
import { type Most, readFlushes, type Wanted } from "./FlushRows.ts"
import {
  HEARTBEAT,
  idOnly,
  type Interest,
  liveEvent,
  RETRY,
  SHUTDOWN,
  type TaskFlush,
  UpdateBuilder
} from "./LiveUpdates.ts"
import { readChangedTasks, totalsOf } from "./PipelineStatus.ts"
import type { Positions } from "./Positions.ts"
import { Tables } from "./Tables.ts"
import { MAX_KEPT_ROWS, UpdateHistory } from "./UpdateHistory.ts"

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

const HEARTBEAT_EVERY_MS = 15_000

/** Least time between two updates: tasks that flush together share one. */
const UPDATE_EVERY = "50 millis"

/** How long a client's position may be behind the updates that have no id for it. */
const POSITION_EVERY_MS = 5_000

interface Client {
  readonly interest: Interest
  readonly wake: Queue.Queue<void>
}

interface State {
  readonly clients: Set<Client>
  readonly history: UpdateHistory
  /** The last published flush of each task; `undefined` while there is no client. */
  positions: Positions | undefined
  /** As of the last read. If that failed midway, `positions` is behind. */
  readonly tasks: Map<number, TaskStatus>
}

/** The state after all flushes up to `positions` have been published. */
interface Published {
  readonly positions: Positions
  /** Number of the newest update in the history. */
  readonly newest: number
  readonly tasks: ReadonlyArray<TaskStatus>
}

type Query = Tables["Service"]["query"]

/** The source of rows, and what is added to moments. */
interface Sources {
  readonly query: Query
  readonly cut: Clips["Service"]["cut"]
}

const NO_POSITIONS: Positions = new Map()

/** The rows to read so that every interest is served. */
const wantedBy = (interests: ReadonlyArray<Interest>): Wanted => {
  const ofWindows = interests.filter(({ windows }) => windows)
  const names = ofWindows.map(({ stream }) => stream).filter((stream) => stream !== undefined)
  return {
    windows: names.length < ofWindows.length ? "all" : [...new Set(names)],
    moments: interests.some(({ moments }) => moments)
  }
}

interface Reading extends Sources {
  readonly wanted: Wanted
  readonly most: Most
  /** All tasks, for the totals. */
  readonly all: ReadonlyArray<TaskStatus>
}

/**
 * The updates of the tasks' flushes after `from`. A task that is not in `from` starts with its
 * first flush. If the database is an older one, clients must query the lists again.
 */
const updatesAfter = (from: Positions, tasks: ReadonlyArray<TaskStatus>, { all, cut, most, query, wanted }: Reading) =>
  Stream.fromIterable(tasks).pipe(
    Stream.mapEffect((task) => {
      const sourcePartition = task.source_partition
      const range = { sourcePartition, after: from.get(sourcePartition) ?? 0n, upTo: BigInt(task.flush) }
      const read = range.after > range.upTo ? Effect.undefined : query(readFlushes(range, wanted, most))
      return Effect.map(read, (content): TaskFlush => ({
        task,
        content: content === undefined ? undefined : { ...content, moments: content.moments.map(cut) }
      }))
    }),
    Stream.mapAccum(
      () => new UpdateBuilder(from, totalsOf(all)),
      (builder, flush) => [builder, builder.add(flush)],
      { onHalt: (builder) => builder.end() }
    )
  )

/** Publishes what the tasks have committed since the last call. */
const publish = Effect.fnUntraced(function* (state: State, { cut, query }: Sources) {
  const { clients, history, positions, tasks } = state
  const wanted = wantedBy([...clients].map(({ interest }) => interest))
  if (positions === undefined) {
    history.clear()
    tasks.clear()
  }
  const changed = yield* query(readChangedTasks(positions ?? NO_POSITIONS))
  for (const task of changed) tasks.set(task.source_partition, task)
  const all = [...tasks.values()]
  let reached = positions ?? new Map(all.map((task) => [task.source_partition, BigInt(task.flush)]))
  if (positions !== undefined) {
    yield* Stream.runForEach(updatesAfter(positions, changed, { query, cut, wanted, most: MOST_NEW, all }), (update) =>
      Effect.sync(() => {
        history.add(update)
        reached = update.positions
        state.positions = reached
        for (const { wake } of clients) Queue.offerUnsafe(wake, undefined)
      })
    )
  }
  state.positions = clients.size === 0 ? undefined : reached
  const published: Published = { positions: reached, newest: history.newest, tasks: all }
  return published
})

/** The updates that the client missed. */
const missed = (sources: Sources, interest: Interest, from: Positions, { positions, tasks }: Published) => {
  const behind = tasks.filter(({ flush, source_partition }) => from.get(source_partition) !== BigInt(flush))
  const reading: Reading = { ...sources, wanted: wantedBy([interest]), most: MOST_MISSED, all: tasks }
  return updatesAfter(from, behind, reading).pipe(
    Stream.map((update) => liveEvent(update, interest).bytes),
    Stream.filter((bytes) => bytes !== undefined),
    Stream.concat(Stream.make(idOnly(positions)))
  )
}

/** A client's place in the history. */
interface Place {
  readonly seen: number
  /** A position that the client does not have yet, with the time since when it lacks one. */
  readonly unsent: { readonly positions: Positions; readonly sinceMs: number } | undefined
}

/**
 * The updates after number `newest`, one at a time as the client pulls: a stalled client buffers at
 * most one.
 */
const following = (history: UpdateHistory, { interest, wake }: Client, newest: number) =>
  Stream.paginate({ seen: newest, unsent: undefined } as Place, ({ seen, unsent }) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const waitedMs = unsent === undefined ? 0 : nowMs - unsent.sinceMs
      if (unsent !== undefined && waitedMs >= POSITION_EVERY_MS) {
        return [[idOnly(unsent.positions)], Option.some<Place>({ seen, unsent: undefined })] as const
      }
      const next = history.next(seen, interest)
      if (next !== undefined) {
        const { bytes, hasId, positions } = next
        const behind = hasId ? undefined : { positions, sinceMs: unsent?.sinceMs ?? nowMs }
        return [bytes === undefined ? [] : [bytes], Option.some<Place>({ seen: next.seen, unsent: behind })] as const
      }
      const patienceMs = unsent === undefined ? HEARTBEAT_EVERY_MS : POSITION_EVERY_MS - waitedMs
      const woken = yield* Effect.timeoutOption(Queue.take(wake), patienceMs)
      const isIdle = Option.isNone(woken) && unsent === undefined
      return [isIdle ? [HEARTBEAT] : [], Option.some<Place>({ seen, unsent })] as const
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
      yield* Effect.sleep(UPDATE_EVERY)
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
      const { cut } = yield* Clips
      const sources: Sources = { query, cut }
      const { stopping } = yield* WorkerStatus
      const state: State = { clients: new Set(), history: new UpdateHistory(), positions: undefined, tasks: new Map() }
      const publishing = yield* Semaphore.make(1)
      const publishNew = publish(state, sources).pipe(publishing.withPermits(1))
      yield* keepPublishing(state, use, publishNew)
      return {
        subscribe: Effect.fnUntraced(function* (interest: Interest, from: Positions | undefined) {
          const client: Client = { interest, wake: yield* Queue.sliding<void>(1) }
          yield* Effect.acquireRelease(join(state, client), () => leave(state, client))
          const published = yield* Effect.raceFirst(publishNew, stopping)
          if (published === undefined) return Stream.make(SHUTDOWN)
          const { newest, positions } = published
          const past = from === undefined ? Stream.make(idOnly(positions)) : missed(sources, interest, from, published)
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
