/**
 * What flushes write, told to any number of clients as it is committed. Rows are read once, whoever wants them; a client that reads slowly holds nothing but its own place among
 * the latest flushes, and is told to ask anew once that is gone. Every event's id says where each task stands, so that a client goes on at any replica, misses nothing, and gets nothing twice.
 */
import { Context, Effect, Layer, Option, Queue, Schedule, Schema, type Scope, Semaphore, Stream } from "effect"
import { PgClient } from "@effect/sql-pg/PgClient"
import { LiveFlush } from "../http/api/Live.ts"
import type { TaskStatus } from "../http/api/Pipeline.ts"
import { TooMany, type Unavailable } from "../http/api/Problems.ts"
import { FLUSH_CHANNEL } from "../sink/postgres/FlushChannel.ts"
import { type FlushContent, type FlushRange, readFlushes, type Wanted } from "./FlushRows.ts"
import { readTasks } from "./PipelineStatus.ts"
import { type Positions, writePositions } from "./Positions.ts"
import { Tables } from "./Tables.ts"

/** Clients at once. */
export const MAX_CLIENTS = 1000

/** Rows of the latest flushes that are kept for clients that are not there yet, about 400 bytes each. */
const MAX_KEPT_ROWS = 50_000
const MAX_KEPT_FLUSHES = 1000

/** What a client that comes back may have missed of one task, windows or moments, before it has to ask anew. */
const MAX_MISSED_ROWS = 20_000

/** How long a lost announcement may go unnoticed. */
const LOOK_AGAIN = "5 seconds"

const HEARTBEAT = "15 seconds"

/** What a client wants to be told. */
export interface Interest {
  readonly windows: boolean
  readonly moments: boolean
  readonly status: boolean
  /** Windows and moments of this stream alone. */
  readonly stream?: string
}

/** Flushes of one task, as they were read. */
interface Entry extends FlushContent {
  readonly sequence: number
  readonly task: TaskStatus
  /** Where all tasks stand after it. */
  readonly positions: Positions
  /** Too much to tell. */
  readonly overflow: boolean
}

interface Client {
  readonly interest: Interest
  readonly wake: Queue.Queue<void>
}

const encode = Schema.encodeSync(LiveFlush)

const idOnly = (positions: Positions): string => `id: ${writePositions(positions)}\n\n`

const event = (name: "flush" | "reset", positions: Positions, data: unknown): string =>
  `event: ${name}\nid: ${writePositions(positions)}\ndata: ${JSON.stringify(data)}\n\n`

/** The part of an entry that a client wants. */
const told = (
  entry: Pick<Entry, "windows" | "moments" | "task" | "overflow">,
  interest: Interest,
  positions: Positions
): string => {
  if (entry.overflow) return event("reset", positions, {})
  const { stream } = interest
  const isWanted = (row: { readonly stream_id: string }): boolean => stream === undefined || row.stream_id === stream
  const flush: LiveFlush = {
    source_partition: entry.task.source_partition,
    flush: entry.task.flush,
    windows: interest.windows ? entry.windows.filter(isWanted) : [],
    moments: interest.moments ? entry.moments.filter(isWanted) : [],
    status: interest.status ? entry.task : null
  }
  const isEmpty = flush.windows.length === 0 && flush.moments.length === 0 && flush.status === null
  return isEmpty ? idOnly(positions) : event("flush", positions, encode(flush))
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
     * Server-Sent Events as text, from `from` on; without it from now on. It stays open as long as the scope.
     */
    readonly subscribe: (
      interest: Interest,
      from: Positions | undefined
    ) => Effect.Effect<Stream.Stream<string, Unavailable>, TooMany | Unavailable, Scope.Scope>
    /** How many clients are there. */
    readonly clients: Effect.Effect<number>
  }
>()("telemetra/query/LiveFeed") {
  static readonly layer = Layer.effect(
    LiveFeed,
    Effect.gen(function* () {
      const { ask, use } = yield* Tables
      const clients = new Set<Client>()
      /** Of the tasks, up to which flush everything has been told. */
      let positions: ReadonlyMap<number, bigint> = new Map()
      let entries: ReadonlyArray<Entry> = []
      let sequence = 0
      const oneAtATime = yield* Semaphore.make(1)

      const publish = (task: TaskStatus, content: FlushContent | undefined): void => {
        positions = new Map(positions).set(task.source_partition, BigInt(task.flush))
        const entry: Entry = {
          ...(content ?? { windows: [], moments: [] }),
          overflow: content === undefined,
          sequence: ++sequence,
          task,
          positions
        }
        entries = kept([...entries, entry])
        for (const { wake } of clients) Queue.offerUnsafe(wake, undefined)
      }

      /** Tells the clients what the tasks have committed since the last time. */
      const advance = Effect.gen(function* () {
        const wanted = wantedBy([...clients].map(({ interest }) => interest))
        for (const { task } of yield* ask(readTasks)) {
          const before = positions.get(task.source_partition)
          const upTo = BigInt(task.flush)
          if (before === upTo) continue
          // a task that nobody has been told of, or a database that was restored: what is there is where to begin
          const isNew = before === undefined || before > upTo || clients.size === 0
          const range: FlushRange = { sourcePartition: task.source_partition, after: isNew ? upTo : before, upTo }
          publish(task, isNew ? { windows: [], moments: [] } : yield* ask(readFlushes(range, wanted, MAX_KEPT_ROWS)))
        }
      }).pipe(oneAtATime.withPermits(1))

      /** What the client has missed, a task after the other; each event's id says what has been sent so far. */
      const missed = (interest: Interest, from: Positions, upTo: Positions, tasks: ReadonlyArray<TaskStatus>) => {
        let sent: Positions = from
        return Stream.fromIterable(tasks).pipe(
          Stream.mapEffect((task) =>
            Effect.gen(function* () {
              const now = upTo.get(task.source_partition) ?? 0n
              const after = from.get(task.source_partition) ?? 0n
              if (after === now) return ""
              const range: FlushRange = { sourcePartition: task.source_partition, after, upTo: now }
              const wanted = wantedBy([interest])
              const content = after > now ? undefined : yield* ask(readFlushes(range, wanted, MAX_MISSED_ROWS))
              sent = new Map(sent).set(task.source_partition, now)
              const { moments, windows } = content ?? { windows: [], moments: [] }
              return told(
                { windows, moments, task: { ...task, flush: String(now) }, overflow: content === undefined },
                interest,
                sent
              )
            })
          )
        )
      }

      /** What is published behind `seen`, as the client pulls it. */
      const following = (client: Client, seen: number) =>
        Stream.paginate(seen, (before) =>
          Effect.gen(function* () {
            if (before === sequence) yield* Queue.take(client.wake)
            const first = entries[0]
            const last = entries.at(-1)
            if (first === undefined || last === undefined) return [[], before] as const
            if (first.sequence > before + 1) return [[event("reset", last.positions, {})], last.sequence] as const
            const texts = entries
              .filter((entry) => entry.sequence > before)
              .map((entry) => told(entry, client.interest, entry.positions))
            return [texts, last.sequence] as const
          }).pipe(Effect.map(([texts, next]) => [texts, Option.some(next)] as const))
        )

      const subscribe = Effect.fnUntraced(function* (interest: Interest, from: Positions | undefined) {
        if (clients.size >= MAX_CLIENTS) {
          return yield* new TooMany({ detail: `${MAX_CLIENTS} clients are connected already` })
        }
        const wake = yield* Queue.sliding<void>(1)
        const client: Client = { interest, wake }
        yield* Effect.acquireRelease(
          Effect.sync(() => void clients.add(client)),
          () => Effect.sync(() => void clients.delete(client))
        )
        yield* advance
        const upTo = positions
        const seen = sequence
        const tasks = (yield* ask(readTasks)).map(({ task }) => task).filter((task) => upTo.has(task.source_partition))
        const begin = `retry: 2000\n${from === undefined ? idOnly(upTo) : "\n"}`
        return Stream.succeed(begin).pipe(
          Stream.concat(from === undefined ? Stream.empty : missed(interest, from, upTo, tasks)),
          Stream.concat(following(client, seen)),
          Stream.merge(
            Stream.map(Stream.tick(HEARTBEAT), () => ":\n\n"),
            { haltStrategy: "left" }
          )
        )
      })

      const lookIfWanted = Effect.suspend(() => (clients.size === 0 ? Effect.void : advance))

      /** Looks with every announcement; again and again while they don't come. */
      const listen = use(
        Effect.gen(function* () {
          const pg = yield* PgClient
          const announcements = yield* pg.listen(FLUSH_CHANNEL)
          while (true) {
            yield* Queue.takeAll(announcements)
            yield* lookIfWanted
          }
        }).pipe(Effect.scoped)
      )
      yield* listen.pipe(Effect.ignore, Effect.repeat(Schedule.spaced("1 second")), Effect.forkScoped)
      yield* lookIfWanted.pipe(Effect.ignore, Effect.repeat(Schedule.spaced(LOOK_AGAIN)), Effect.forkScoped)

      return { subscribe, clients: Effect.sync(() => clients.size) }
    })
  )
}

/** The latest, within bounds; at least one. */
const kept = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  let rows = 0
  let first = entries.length
  while (first > 0 && entries.length - first < MAX_KEPT_FLUSHES) {
    const entry = entries[first - 1]
    rows += (entry?.windows.length ?? 0) + (entry?.moments.length ?? 0)
    if (rows > MAX_KEPT_ROWS && first < entries.length) break
    first--
  }
  return first === 0 ? entries : entries.slice(first)
}
