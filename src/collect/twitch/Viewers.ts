/** The numbers of viewers of live streams, sampled once a minute. */
import { Clock, Duration, Effect, Metric, Stream } from "effect"
import { HttpClient } from "effect/http"
import { present } from "../../domain/Invariant.ts"
import * as Metrics from "../../observability/Metrics.ts"
import type { CollectError } from "../CollectError.ts"
import type { Dropped, ViewerSample } from "../Platform.ts"
import * as Helix from "./Helix.ts"
import type { Rejected, Unavailable } from "./HelixErrors.ts"
import { backoffMs, jittered } from "../../retry/Backoff.ts"

export interface ViewerSource {
  /** Samples of the streams that are live, without end. A stream that is not live has none. */
  readonly samples: (logins: ReadonlyArray<string>) => Stream.Stream<ViewerSample | Dropped, CollectError>
}

/** Gives no samples: rows then have no viewers. */
export const none: ViewerSource = { samples: () => Stream.never }

const INTERVAL_MS = 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

/** A login of Twitch. The API rejects a whole request because of one that is none. */
const LOGIN = /^[a-z0-9_]{1,25}$/

const chunksOf = (logins: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> => {
  const valid = [...new Set(logins)].filter((login) => LOGIN.test(login))
  return Array.from({ length: Math.ceil(valid.length / Helix.MOST_LOGINS) }, (_, index) =>
    valid.slice(index * Helix.MOST_LOGINS, (index + 1) * Helix.MOST_LOGINS)
  )
}

/**
 * Reads one chunk per run, and after the last one the first again. Rounds start on a grid of
 * minutes.
 */
const sampler = (helix: Helix.Helix, chunks: ReadonlyArray<ReadonlyArray<string>>, startMs: number) => {
  let chunk = 0
  let roundMs = startMs
  /** Failures in a row. */
  let failures = 0
  /** The last logged cause of a rejected request. */
  let rejection = ""

  const succeeded = Effect.suspend(() => {
    const before = failures
    failures = 0
    return before === 0
      ? Effect.void
      : Effect.logInfo(`Viewer counts are read again, after ${before} failed requests to Twitch's API`)
  })

  const pauseAfter = Effect.fnUntraced(function* ({ afterMs, why }: Unavailable) {
    yield* Metric.update(Metrics.failedViewerRequests, 1)
    failures++
    if (failures === 1) {
      yield* Effect.logWarning(
        `Viewer counts cannot be read from Twitch's API: ${why}; rows have no viewers until a retry succeeds`
      )
    }
    return afterMs ?? (yield* jittered(backoffMs(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS)))
  })

  const reject = Effect.fnUntraced(function* ({ why }: Rejected) {
    yield* Metric.update(Metrics.failedViewerRequests, 1)
    if (why === rejection) return
    rejection = why
    yield* Effect.logWarning(
      `Twitch's API rejected a request for viewer counts: ${why}; its streams are left out until the API accepts it`
    )
  })

  /** Retries until the API replies. A rejected chunk is left out in this round. */
  const read = Effect.fnUntraced(function* (logins: ReadonlyArray<string>) {
    while (true) {
      const outcome = yield* helix.liveStreams(logins).pipe(
        Effect.tap(() => succeeded),
        Effect.catchTags({
          Unavailable: pauseAfter,
          Rejected: (rejected) => Effect.as(reject(rejected), undefined)
        })
      )
      if (typeof outcome !== "number") return outcome
      yield* Effect.sleep(Duration.millis(outcome))
    }
  })

  return Effect.gen(function* (): Effect.fn.Return<
    ReadonlyArray<ViewerSample | Dropped>,
    CollectError,
    HttpClient.HttpClient
  > {
    if (chunk === 0) {
      const waitMs = roundMs - (yield* Clock.currentTimeMillis)
      if (waitMs > 0) yield* Effect.sleep(Duration.millis(waitMs))
    }
    const streams = yield* read(present(chunks[chunk], "a chunk is read by its index"))
    const timeMs = yield* Clock.currentTimeMillis
    chunk = (chunk + 1) % chunks.length
    if (chunk === 0) roundMs += INTERVAL_MS * (1 + Math.floor((timeMs - roundMs) / INTERVAL_MS))
    if (streams === undefined) return []
    const samples: Array<ViewerSample | Dropped> = []
    for (const [stream, viewers] of streams.viewers) samples.push({ _tag: "Viewers", stream, timeMs, viewers })
    if (streams.unreadable > 0) {
      samples.push({ _tag: "Dropped", stream: undefined, why: "unreadable", count: streams.unreadable })
    }
    return samples
  })
}

/**
 * Samples from Twitch's API Helix: one request per 100 streams and minute. Fails only if the API
 * rejects the credentials at the start, or if a URL is wrong.
 */
export const helix = (options: Helix.HelixOptions): Effect.Effect<ViewerSource, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (client) => ({
    samples: (logins) => {
      const chunks = chunksOf(logins)
      if (chunks.length === 0) return Stream.never
      return Stream.unwrap(
        Effect.map(Clock.currentTimeMillis, (startMs) =>
          Stream.fromEffectRepeat(sampler(Helix.make(options), chunks, startMs)).pipe(Stream.flattenIterable)
        )
      ).pipe(Stream.provideService(HttpClient.HttpClient, client))
    }
  }))
