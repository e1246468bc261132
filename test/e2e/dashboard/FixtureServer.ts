/**
 * Serves the dashboard with an API of invented data. The API's own contract encodes every response,
 * so that responses cannot drift from it. Tests control what happens and when.
 */
import { createServer } from "node:http"
import type { Socket } from "node:net"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Exit, Layer, Queue, Schema, Scope, Stream } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiMiddleware } from "effect/http-api"
import { Api, LONGEST_PARAMETER } from "../../../src/api/Api.ts"
import { LiveUpdate } from "../../../src/api/Live.ts"
import { NotFound, Unavailable } from "../../../src/api/Problems.ts"
import type { PipelineStatus } from "../../../src/api/Pipeline.ts"
import type { StreamNow } from "../../../src/api/Streams.ts"
import type { Direction } from "../../../src/api/Values.ts"
import * as ApiRoutes from "../../../src/http/ApiRoutes.ts"
import * as Dashboard from "../../../src/http/Dashboard.ts"
import * as KnownParameters from "../../../src/http/KnownParameters.ts"
import { differences } from "../../../src/query/BroadcastComparison.ts"
import { explain } from "../../../src/query/Explanation.ts"
import { positionOf } from "../../../src/query/ListPosition.ts"
import { totalsOf } from "../../../src/query/PipelineStatus.ts"
import { defaultOrder, type StreamOrder } from "../../../src/query/StreamRanking.ts"
import { freePort } from "../../harness/FreePort.ts"
import type { MomentItem } from "../../../src/api/Moments.ts"
import { sensitivity, Settings } from "./FixtureSensitivity.ts"
import { broadcasts as broadcastItems } from "./FixtureBroadcastItems.ts"
import * as Data from "./FixtureData.ts"

/** The kind of responses. */
export type Mode = "plenty" | "empty" | "failing"

export interface Fixture {
  readonly url: string
  mode: Mode
  /** The problems in the pipeline's status. */
  problems: ReadonlyArray<string>
  /** The collected channels in the pipeline's status. */
  collects: PipelineStatus["collects"]
  /** Whether the browser has a session. */
  session: boolean
  /** Ends of the latest windows. */
  readonly lastEndMs: () => number
  /** Number of requests for a path, whatever their query. */
  readonly requests: (path: string) => number
  /** Number of clients that listen for updates. */
  readonly listeners: () => number
  /** Advances the time by one slide and sends windows, moments and positions to all listeners. */
  readonly flush: () => void
  /** As if clients had missed too much. */
  readonly reset: () => void
  /** Announces the server's end to all listeners. */
  readonly shutdown: () => void
  /** Cuts every connection, new ones included. */
  readonly down: () => void
  readonly up: () => void
  readonly stop: () => Promise<void>
}

interface Listener {
  readonly stream: string | undefined
  /** The wanted kinds. */
  readonly kinds: ReadonlyArray<string>
  readonly texts: Queue.Queue<string>
}

const pageOf = <A>(
  items: ReadonlyArray<A>,
  { count, cursor, limit }: { readonly limit: number; readonly cursor?: string; readonly count?: boolean }
) => {
  const start = Number(cursor ?? 0)
  const end = start + limit
  return {
    items: items.slice(start, end),
    next: end < items.length ? String(end) : null,
    previous: start === 0 ? null : String(Math.max(0, start - limit)),
    position: count === true ? positionOf(start, items.length) : null
  }
}

/** As the API sorts: nulls last, equal values by name. */
const ranked = (streams: ReadonlyArray<StreamNow>, sort: StreamOrder, direction: Direction): ReadonlyArray<StreamNow> =>
  streams.toSorted((a, b) => {
    const [left, right] = [a[sort], b[sort]]
    if ((left === null) !== (right === null)) return left === null ? 1 : -1
    const compared = left === right || left === null || right === null ? 0 : left < right ? -1 : 1
    return compared === 0 ? (a.stream_id < b.stream_id ? -1 : 1) : direction === "asc" ? compared : -compared
  })

const all = Data.STREAMS.map((_, index) => index)
const encodeUpdate = Schema.encodeSync(LiveUpdate)

class Platform {
  mode: Mode = "plenty"
  problems: ReadonlyArray<string> = []
  collects: PipelineStatus["collects"] = null
  session = false
  lastEndMs = Data.FIRST_END_MS
  flushes = 0
  readonly requests = new Map<string, number>()
  readonly listeners = new Set<Listener>()
  readonly settings = new Settings()

  respond<A>(answer: () => A): Effect.Effect<A, Unavailable> {
    return this.mode === "failing"
      ? Effect.fail(new Unavailable({ detail: "PostgreSQL does not answer" }))
      : Effect.sync(answer)
  }

  streams(search: string | undefined, least = 0): ReadonlyArray<StreamNow> {
    if (this.mode === "empty") return []
    const wanted = (search ?? "").toLowerCase()
    return all
      .map((index) => Data.streamNow(index, this.lastEndMs))
      .filter(({ scored_count }) => scored_count >= least)
      .filter(({ stream_id }) => stream_id.toLowerCase().includes(wanted))
  }

  status(): PipelineStatus {
    const status = Data.status(this.flushes, this.lastEndMs)
    return this.mode === "empty"
      ? { ...status, ...totalsOf([]), window: null, tasks: [], gaps: 0, collects: this.collects }
      : { ...status, problems: this.problems, collects: this.collects, session: this.session }
  }

  judged(moment: MomentItem): MomentItem {
    return { ...moment, feedback: this.settings.verdicts.get(moment.id) ?? null }
  }

  flush(): void {
    const beforeMs = this.lastEndMs
    this.lastEndMs += Data.SLIDE_MS
    this.flushes++
    const fresh = Data.moments(all, beforeMs - Data.SLIDE_MS, this.lastEndMs, this.lastEndMs)
    const status = this.status()
    for (const { kinds, stream, texts } of this.listeners) {
      const isWanted = ({ stream_id }: { readonly stream_id: string }) => stream === undefined || stream_id === stream
      const data = encodeUpdate({
        windows: kinds.includes("windows")
          ? all.map((index) => Data.point(index, this.lastEndMs)).filter(isWanted)
          : [],
        moments: kinds.includes("moments") ? fresh.filter(isWanted) : [],
        tasks: kinds.includes("status") ? status.tasks : [],
        totals: kinds.includes("totals") ? totalsOf(status.tasks) : null
      })
      Queue.offerUnsafe(texts, `event: update\nid: ${this.flushes}\ndata: ${JSON.stringify(data)}\n\n`)
    }
  }

  send(text: string): void {
    for (const { texts } of this.listeners) Queue.offerUnsafe(texts, text)
  }
}

const streams = (platform: Platform) =>
  HttpApiBuilder.group(Api, "streams", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        live: ({ query }) =>
          platform.respond(() =>
            pageOf(
              ranked(
                platform.streams(query.search, query.min_scored),
                query.sort,
                query.order ?? defaultOrder(query.sort)
              ),
              query
            )
          ),
        one: ({ params }) =>
          Effect.flatMap(
            platform.respond(() => platform.streams(undefined).find(({ stream_id }) => stream_id === params.stream)),
            (found) =>
              found === undefined ? Effect.fail(new NotFound({ detail: "no such stream" })) : Effect.succeed(found)
          ),
        summaries: ({ params, query }) =>
          platform.respond(() => {
            const { lastEndMs } = platform
            const windows = Data.points(
              Data.STREAMS.indexOf(params.stream),
              query.from ?? lastEndMs - 3_600_000,
              query.to ?? lastEndMs,
              lastEndMs
            )
            return pageOf(query.step === undefined ? windows : Data.steps(windows, query.step * 1000), query)
          }),
        emotes: ({ params, query: { emote, from, step = 10, to } }) =>
          platform.respond(() => {
            const { lastEndMs } = platform
            const fromMs = from ?? lastEndMs - 3_600_000
            const windows = Data.points(Data.STREAMS.indexOf(params.stream), fromMs, to ?? lastEndMs, lastEndMs)
            return Data.emotesOf(windows, step, emote)
          })
      })
    )
  )

const moments = (platform: Platform) =>
  HttpApiBuilder.group(Api, "moments", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        list: ({ query }) =>
          platform.respond(() => {
            const { lastEndMs, mode } = platform
            const broadcast = broadcastItems(lastEndMs).find(({ id }) => id === query.broadcast)
            const stream = broadcast?.stream_id ?? query.stream
            const wanted = stream === undefined ? all : [Data.STREAMS.indexOf(stream)]
            const found = Data.moments(
              wanted,
              query.from ?? broadcast?.started_at ?? lastEndMs - 2 * 3_600_000,
              query.to ?? broadcast?.ended_at ?? lastEndMs,
              lastEndMs
            )
              .map((moment) => platform.judged(moment))
              .filter(
                ({ feedback, intensity, moment_type }) =>
                  (query.feedback === undefined || (feedback ?? "none") === query.feedback) &&
                  (query.type === undefined || moment_type === query.type) &&
                  (intensity ?? 0) >= (query.min_intensity ?? 0)
              )
            const sorted =
              query.sort === "intensity" ? found.toSorted((a, b) => (b.intensity ?? -1) - (a.intensity ?? -1)) : found
            return pageOf(mode === "empty" ? [] : query.order === "asc" ? sorted.toReversed() : sorted, query)
          }),
        one: ({ params }) =>
          Effect.flatMap(
            platform.respond(() => Data.momentOf(params.id, platform.lastEndMs)),
            (moment) =>
              moment === undefined
                ? Effect.fail(new NotFound({ detail: "no such moment" }))
                : Effect.succeed({ moment: platform.judged(moment), surroundings: [], explanation: explain(moment) })
          ),
        putFeedback: ({ params, payload: { verdict } }) =>
          platform.respond(() => {
            platform.settings.verdicts.set(params.id, verdict)
            return { verdict, set_at: platform.lastEndMs }
          }),
        deleteFeedback: ({ params }) => platform.respond(() => void platform.settings.verdicts.delete(params.id))
      })
    )
  )

const findBroadcast = (platform: Platform, id: string) =>
  Effect.flatMap(
    platform.respond(() => {
      const all = broadcastItems(platform.lastEndMs)
      const broadcast = all.find((item) => item.id === id)
      const own = all.filter(({ stream_id }) => stream_id === broadcast?.stream_id)
      const place = own.findIndex((item) => item.id === id)
      return { broadcast, previous: own[place + 1] ?? null, next: own[place - 1] ?? null }
    }),
    ({ broadcast, next, previous }) =>
      broadcast === undefined
        ? Effect.fail(new NotFound({ detail: "no such broadcast" }))
        : Effect.succeed({ broadcast, next, previous })
  )

const broadcasts = (platform: Platform) =>
  HttpApiBuilder.group(Api, "broadcasts", (handlers) => {
    return Effect.succeed(
      handlers.handleAll({
        list: ({ query }) =>
          platform.respond(() => {
            const search = query.search?.toLowerCase() ?? ""
            const all = platform.mode === "empty" ? [] : broadcastItems(platform.lastEndMs)
            const seen = new Set<string>()
            const latest = all.filter(({ stream_id }) => !seen.has(stream_id) && seen.add(stream_id))
            const listed = (query.latest === true ? latest : all).filter(
              ({ over, stream_id }) =>
                (query.stream === undefined || stream_id === query.stream) &&
                (query.over === undefined || over === query.over) &&
                stream_id.toLowerCase().includes(search)
            )
            return pageOf(query.order === "asc" ? listed.toReversed() : listed, query)
          }),
        compare: ({ query }) =>
          Effect.map(
            Effect.all([findBroadcast(platform, query.a), findBroadcast(platform, query.b)]),
            ([{ broadcast: a }, { broadcast: b }]) => ({
              a,
              b,
              differences: differences(a, b)
            })
          ),
        one: ({ params }) => findBroadcast(platform, params.id)
      })
    )
  })

const deadLetters = (platform: Platform) =>
  HttpApiBuilder.group(Api, "dead-letters", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        list: ({ query }) =>
          platform.respond(() =>
            pageOf(
              Data.deadLetters.filter(({ reason }) => query.reason === undefined || reason === query.reason),
              query
            )
          ),
        reasons: () =>
          platform.respond(() =>
            platform.mode === "empty"
              ? []
              : Object.entries(Object.groupBy(Data.deadLetters, ({ reason }) => reason)).map(
                  ([reason, found = []]) => ({
                    reason,
                    count: found.length,
                    latest: Math.max(...found.map(({ dead_at }) => dead_at))
                  })
                )
          ),
        one: ({ params }) =>
          Effect.flatMap(
            platform.respond(() => Data.deadLetters.find(({ kafka_offset }) => kafka_offset === params.offset)),
            (found) => (found === undefined ? Effect.fail(new NotFound({})) : Effect.succeed(found))
          )
      })
    )
  )

const pipeline = (platform: Platform) =>
  HttpApiBuilder.group(Api, "pipeline", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        status: () => platform.respond(() => platform.status()),
        history: () => Effect.sync(() => Data.history(platform.lastEndMs, platform.mode === "empty"))
      })
    )
  )

const live = (platform: Platform) =>
  HttpApiBuilder.group(Api, "live", (handlers) =>
    Effect.succeed(
      handlers.handleAll({
        updates: Effect.fnUntraced(function* ({ query: { include, stream } }) {
          const texts = yield* Queue.unbounded<string>()
          const listener: Listener = { stream, kinds: include.split(","), texts }
          yield* platform.respond(() => {})
          yield* Effect.acquireRelease(
            Effect.sync(() => void platform.listeners.add(listener)),
            () => Effect.sync(() => void platform.listeners.delete(listener))
          )
          Queue.offerUnsafe(texts, `id: ${platform.flushes}\n\n`)
          return HttpServerResponse.stream(Stream.encodeText(Stream.fromQueue(texts)), {
            contentType: "text/event-stream"
          })
        })
      })
    )
  )

/** Serves on a free port of 127.0.0.1 until it is stopped. */
export const startFixture = async (): Promise<Fixture> => {
  const platform = new Platform()
  const sockets = new Set<Socket>()
  let isDown = false
  const server = createServer()
  server.on("connection", (socket) => {
    if (isDown) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  server.on("request", ({ url = "" }) => {
    const path = url.replace(/\?.*$/, "")
    platform.requests.set(path, (platform.requests.get(path) ?? 0) + 1)
  })
  const port = await freePort()
  const routes = Layer.mergeAll(
    Dashboard.layer,
    ApiRoutes.docs,
    HttpApiBuilder.layer(Api).pipe(
      Layer.provide([
        sensitivity(platform.settings, () => platform.lastEndMs),
        streams(platform),
        moments(platform),
        broadcasts(platform),
        deadLetters(platform),
        pipeline(platform),
        live(platform)
      ]),
      Layer.provide(KnownParameters.layer),
      Layer.provide(HttpApiMiddleware.layerProblemDetails())
    )
  )
  const scope = Scope.makeUnsafe()
  await Effect.runPromise(
    Layer.buildWithScope(
      HttpRouter.serve(routes, {
        routerConfig: { maxParamLength: LONGEST_PARAMETER },
        disableLogger: true,
        disableListenLog: true
      }).pipe(
        Layer.provide(NodeHttpServer.layer(() => server, { host: "127.0.0.1", port, gracefulShutdownTimeout: 0 }))
      ),
      scope
    )
  )
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://127.0.0.1:${port}`,
    get mode() {
      return platform.mode
    },
    set mode(mode) {
      platform.mode = mode
    },
    get problems() {
      return platform.problems
    },
    set problems(problems) {
      platform.problems = problems
    },
    get collects() {
      return platform.collects
    },
    set collects(collects) {
      platform.collects = collects
    },
    get session() {
      return platform.session
    },
    set session(session) {
      platform.session = session
    },
    lastEndMs: () => platform.lastEndMs,
    requests: (path) => platform.requests.get(path) ?? 0,
    listeners: () => platform.listeners.size,
    flush: () => platform.flush(),
    reset: () => platform.send(`event: reset\nid: ${platform.flushes}\ndata: {}\n\n`),
    shutdown: () => platform.send("event: shutdown\nretry: 2000\ndata: {}\n\n"),
    down: () => {
      isDown = true
      cut()
    },
    up: () => {
      isDown = false
    },
    stop: async () => {
      cut()
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }
}
