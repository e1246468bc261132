/**
 * What flushes write, told to any number of clients as it is committed. Rows are read once, whoever wants them; a client that reads slowly holds nothing but its own place among
 * the latest flushes, and is told to ask anew once that is gone. Every event's id says where each task stands, so that a client goes on at any replica, misses nothing, and gets nothing twice.
 */
import { Context, Effect, Layer, Metric, Option, Queue, Schedule, Schema, type Scope, Semaphore, Stream } from "effect"
import { LiveFlush } from "../api/Live.ts"
import type { TaskStatus } from "../api/Pipeline.ts"
import { TooMany, type Unavailable } from "../api/Problems.ts"
import * as Metrics from "../observability/Metrics.ts"
import { Notifications } from "../postgres/Client.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"
import { FLUSH_CHANNEL } from "../postgres/FlushChannel.ts"
import { type FlushContent, type FlushRange, type Most, readFlushes, type Wanted } from "./FlushRows.ts"
import { readTasks } from "./PipelineStatus.ts"
import { type Positions, writePositions } from "./Positions.ts"
import { Tables } from "./Tables.ts"

/** Clients at once. */
export const MAX_CLIENTS = 1000

/** Rows and text of the latest flushes that are kept for clients that are not there yet. */
const MAX_KEPT_ROWS = 50_000
const MAX_KEPT_BYTES = 16 * 1024 * 1024
const MAX_KEPT_FLUSHES = 1000

/** What the flushes of one task since the last look may have written. If it is more, clients must query the lists again. */
const MOST_NEW: Most = { rows: MAX_KEPT_ROWS, bytes: 8 * 1024 * 1024 }

/** What a client that comes back may have missed of one task before it must query the lists again. */
const MOST_MISSED: Most = { rows: 20_000, bytes: 4 * 1024 * 1024 }

/** How long a lost announcement may go unnoticed. */
const LOOK_AGAIN = "5 seconds"

const LISTEN_AGAIN = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced(LOOK_AGAIN)])

const HEARTBEAT_EVERY = "15 seconds"

/** What a client wants to be told. */
export interface Interest {
  readonly windows: boolean
  readonly moments: boolean
  readonly status: boolean
  /** Windows and moments of this stream alone. */
  readonly stream?: string
}

/** Flushes of one task, as they were read. */
interface Entry {
  readonly sequence: number
  readonly task: TaskStatus
  /** Where all tasks stand after it. */
  readonly positions: Positions
  /** `undefined` = too much to tell. */
  readonly content: FlushContent | undefined
  /** By interest, for those who want all streams: written once, however many want it. */
  readonly written: Map<string, Uint8Array>
}

interface Client {
  readonly interest: Interest
  readonly wake: Queue.Queue<void>
}

const encode = Schema.encodeSync(LiveFlush)
const utf8 = new TextEncoder()

const HEARTBEAT = utf8.encode(":\n\n")

/** The last event of a worker that stops. Without an id: what was sent before it stays what the client has. */
const SHUTDOWN = utf8.encode("event: shutdown\nretry: 2000\ndata: {}\n\n")

const idOnly = (positions: Positions): Uint8Array => utf8.encode(`id: ${writePositions(positions)}\n\n`)

const event = (name: "flush" | "reset", positions: Positions, data: unknown): Uint8Array =>
  utf8.encode(`event: ${name}\nid: ${writePositions(positions)}\ndata: ${JSON.stringify(data)}\n\n`)

/** The part of a content that a client wants. */
const told = (
  { content, positions, task }: Pick<Entry, "task" | "positions" | "content">,
  interest: Interest
): Uint8Array => {
  if (content === undefined) return event("reset", positions, {})
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

const toldOnce = (entry: Entry, interest: Interest): Uint8Array => {
  if (interest.stream !== undefined) return told(entry, interest)
  const kinds = `${interest.windows} ${interest.moments} ${interest.status}`
  const text = entry.written.get(kinds) ?? told(entry, interest)
  entry.written.set(kinds, text)
  return text
}

/** What has to be read so that every one of them is content. */
const wantedBy = (interests: ReadonlyArray<Interest>): Wanted => {
  const ofWindows = interests.filter(({ windows }) => windows)
  const names = ofWindows.map(({ stream }) => stream).filter((stream) => stream !== undefined)
  return {
    windows: names.length < ofWindows.length ? "all" : [...new Set(names)],
    moments: interests.some(({ moments }) => moments)
  }
}

export class LiveFeed extends Context.Service<
  LiveFeed,
  {
    /**
     * Server-Sent Events in UTF-8, from `from` on; without it from now on. It stays open as long as the scope, and ends with the event `shutdown` when the worker stops.
     */
    readonly subscribe: (
      interest: Interest,
      from: Positions | undefined
    ) => Effect.Effect<Stream.Stream<Uint8Array, Unavailable>, TooMany | Unavailable, Scope.Scope>
    /** How many clients are there. */
    readonly clients: Effect.Effect<number>
  }
>()("telemetra/query/LiveFeed") {
  static readonly layer = Layer.effect(
    LiveFeed,
    Effect.gen(function* () {
      const { ask, use } = yield* Tables
      const { stopping } = yield* WorkerStatus
      const clients = new Set<Client>()
      /** Of the tasks, up to which flush everything has been told; `undefined` while there is nobody to tell. */
      let positions: Positions | undefined
      /** Their sequence numbers follow each other up to `sequence`. */
      let entries: ReadonlyArray<Entry> = []
      let sequence = 0
      const oneAtATime = yield* Semaphore.make(1)

      const publish = (task: TaskStatus, after: Positions, content: FlushContent | undefined): void => {
        const written = new Map<string, Uint8Array>()
        entries = kept([...entries, { sequence: ++sequence, task, positions: after, content, written }])
        for (const { wake } of clients) Queue.offerUnsafe(wake, undefined)
      }

      /** Tells the clients what the tasks have committed since the last time. Gives where the tasks stand. */
      const advance = Effect.gen(function* () {
        const wanted = wantedBy([...clients].map(({ interest }) => interest))
        const tasks = (yield* ask(readTasks)).map(({ task }) => task)
        if (positions === undefined) entries = []
        let stand = positions ?? new Map(tasks.map((task) => [task.source_partition, BigInt(task.flush)]))
        for (const task of tasks) {
          // a task that was not there before begins with its first flush
          const after = stand.get(task.source_partition) ?? 0n
          const upTo = BigInt(task.flush)
          if (after === upTo) continue
          const range: FlushRange = { sourcePartition: task.source_partition, after, upTo }
          // the database may have been restored: what was told is no longer true
          const content = after > upTo ? undefined : yield* ask(readFlushes(range, wanted, MOST_NEW))
          stand = new Map(stand).set(task.source_partition, upTo)
          publish(task, stand, content)
          positions = stand
        }
        positions = clients.size === 0 ? undefined : stand
        return { positions: stand, seen: sequence, tasks }
      }).pipe(oneAtATime.withPermits(1))

      /** What the client has missed, a task after the other; each event's id says what has been sent so far. */
      const missed = (interest: Interest, from: Positions, tasks: ReadonlyArray<TaskStatus>) => {
        let sent: Positions = from
        return Stream.fromIterable(tasks).pipe(
          Stream.filter((task) => from.get(task.source_partition) !== BigInt(task.flush)),
          Stream.mapEffect((task) =>
            Effect.gen(function* () {
              const after = from.get(task.source_partition) ?? 0n
              const upTo = BigInt(task.flush)
              const range: FlushRange = { sourcePartition: task.source_partition, after, upTo }
              const content =
                after > upTo ? undefined : yield* ask(readFlushes(range, wantedBy([interest]), MOST_MISSED))
              sent = new Map(sent).set(task.source_partition, upTo)
              return told({ content, task, positions: sent }, interest)
            })
          )
        )
      }

      /** What is published behind `seen`, one entry at a time, as the client pulls it: whoever doesn't read holds one at most. */
      const following = ({ interest, wake }: Client, seen: number) =>
        Stream.paginate(seen, (before) =>
          Effect.gen(function* () {
            if (before === sequence) {
              const woken = yield* Effect.timeoutOption(Queue.take(wake), HEARTBEAT_EVERY)
              return [Option.isSome(woken) ? [] : [HEARTBEAT], Option.some(before)] as const
            }
            const entry = entries[before - sequence + entries.length]
            const last = entries.at(-1)
            return entry === undefined && last !== undefined
              ? ([[event("reset", last.positions, {})], Option.some(sequence)] as const)
              : ([entry === undefined ? [] : [toldOnce(entry, interest)], Option.some(before + 1)] as const)
          })
        )

      const tellHowMany = Effect.suspend(() => Metric.update(Metrics.liveConnections, clients.size))

      const leave = (client: Client) =>
        Effect.suspend(() => {
          clients.delete(client)
          if (clients.size === 0) positions = undefined
          return tellHowMany
        })

      const subscribe = Effect.fnUntraced(function* (interest: Interest, from: Positions | undefined) {
        const client: Client = { interest, wake: yield* Queue.sliding<void>(1) }
        yield* Effect.acquireRelease(
          Effect.suspend(() =>
            clients.size < MAX_CLIENTS
              ? Effect.andThen(
                  Effect.sync(() => void clients.add(client)),
                  tellHowMany
                )
              : Effect.fail(new TooMany({ detail: `${MAX_CLIENTS} clients are already connected to the live updates` }))
          ),
          () => leave(client)
        )
        const advanced = yield* Effect.raceFirst(advance, stopping)
        if (advanced === undefined) return Stream.make(SHUTDOWN)
        const { positions, seen, tasks } = advanced
        const begin = Stream.make(utf8.encode("retry: 2000\n\n"))
        return Stream.concat(
          from === undefined
            ? Stream.concat(begin, Stream.make(idOnly(positions)))
            : Stream.concat(begin, missed(interest, from, tasks)),
          following(client, seen)
        ).pipe(Stream.interruptWhen(stopping), Stream.concat(Stream.make(SHUTDOWN)))
      })

      const lookIfWanted = Effect.suspend(() => (clients.size === 0 ? Effect.void : advance))

      /** Looks with every announcement; again and again while they don't come. */
      const listen = use(
        Effect.gen(function* () {
          const announcements = yield* (yield* Notifications).listen(FLUSH_CHANNEL)
          while (true) {
            // at once too: nobody listened until now
            yield* lookIfWanted
            yield* Queue.takeAll(announcements)
          }
        }).pipe(Effect.scoped)
      )
      yield* listen.pipe(Effect.ignore, Effect.repeat(LISTEN_AGAIN), Effect.forkScoped)
      yield* lookIfWanted.pipe(Effect.ignore, Effect.repeat(Schedule.spaced(LOOK_AGAIN)), Effect.forkScoped)

      return { subscribe, clients: Effect.sync(() => clients.size) }
    })
  )
}

/** The latest, within bounds; at least one. */
const kept = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  let rows = 0
  let bytes = 0
  let first = entries.length
  while (first > 0 && entries.length - first < MAX_KEPT_FLUSHES) {
    const entry = entries[first - 1]
    rows += (entry?.content?.windows.length ?? 0) + (entry?.content?.moments.length ?? 0)
    bytes += entry?.content?.bytes ?? 0
    if ((rows > MAX_KEPT_ROWS || bytes > MAX_KEPT_BYTES) && first < entries.length) break
    first--
  }
  return first === 0 ? entries : entries.slice(first)
}
