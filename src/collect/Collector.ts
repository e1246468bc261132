/**
 * The collector: reads the chat of all channels and appends it to the log, until it is stopped.
 * Between both is a bounded buffer, so that a log that is away delays nothing but memory.
 */
import { type Cause, Clock, Deferred, Duration, Effect, Metric, Queue, Schedule, Stream } from "effect"
import { counted, number } from "../domain/Wording.ts"
import * as Metrics from "../observability/Metrics.ts"
import { retryTransient } from "../retry/Retry.ts"
import type { EventLogError } from "../source/EventLog.ts"
import { EventWriter } from "../source/EventWriter.ts"
import type { Channels } from "./ChannelNames.ts"
import type { CollectError } from "./CollectError.ts"
import { CollectState } from "./CollectState.ts"
import type { ChatMessage, Collected, Gap, ViewerSample } from "./Platform.ts"
import { toRecord } from "./WireEvents.ts"

type Event = ChatMessage | ViewerSample

/** The most events that wait for the log. 100,000 messages of 500 letters take 200 MB. */
const MAX_BACKLOG = 100_000
/** The most events of one append. */
const BATCH_EVENTS = 500
/** How long an event waits for others. */
const BATCH_WAIT = "200 millis"
/**
 * How long a stopped collector still reads: what a platform received before the stop is on its way
 * through buffers.
 */
const LAST_READS = "300 millis"
/** The interval of the status line. */
const STATUS_INTERVAL = Duration.minutes(1)

export interface Collector {
  readonly state: CollectState
  /**
   * Collects until `stop` is called, then appends what was read, and ends. Fails for what needs an
   * operator. While the log is unavailable it retries for ever.
   */
  readonly run: Effect.Effect<void, CollectError | EventLogError, EventWriter>
  /** Ends the reading. Idempotent. */
  readonly stop: Effect.Effect<void>
}

export const make = (channels: ReadonlyArray<Channels>, maxBacklog = MAX_BACKLOG): Effect.Effect<Collector> =>
  Effect.gen(function* () {
    const state = new CollectState(
      channels.flatMap(({ platform: { name }, streams }) => streams.map((stream) => ({ platform: name, stream })))
    )
    const stopping = yield* Deferred.make<void>()
    const stopped = Effect.andThen(Deferred.await(stopping), Effect.sleep(LAST_READS))
    // Bounded by `state.backlog`, which also counts the batch that is being appended.
    const buffer = yield* Queue.unbounded<Event, Cause.Done>()
    const take = taker(state, buffer, maxBacklog)

    const read = Stream.mergeAll(
      channels.map(({ platform, streams }) =>
        platform.collect(streams).pipe(Stream.mapEffect((collected) => take(platform.name, collected)))
      ),
      { concurrency: "unbounded" }
    ).pipe(Stream.runDrain, Effect.raceFirst(stopped), Effect.ensuring(Queue.end(buffer)))

    const append = Stream.fromQueue(buffer).pipe(
      Stream.groupedWithin(BATCH_EVENTS, BATCH_WAIT),
      Stream.runForEach((events) => appendBatch(state, events))
    )

    const report = Effect.suspend(() => Effect.logInfo(state.statusLine())).pipe(
      Effect.schedule(Schedule.spaced(STATUS_INTERVAL))
    )
    return {
      state,
      stop: Effect.asVoid(Deferred.succeed(stopping, undefined)),
      run: Effect.raceFirst(
        Effect.all([read, append], { concurrency: "unbounded", discard: true }),
        Effect.andThen(report, Effect.never)
      )
    }
  })

/** Counts, logs, and buffers what a platform read. */
const taker = (state: CollectState, buffer: Queue.Enqueue<Event, Cause.Done>, maxBacklog: number) => {
  /** Events dropped since the buffer was full. */
  let dropping = 0
  const buffered = Effect.fnUntraced(function* (event: Event) {
    if (state.backlog >= maxBacklog) {
      state.dropped("backlog", 1)
      if (dropping++ === 0) {
        yield* Effect.logWarning(
          `The buffer of ${counted(maxBacklog, "event")} is full: new events are dropped until the log accepts events`
        )
      }
      yield* Metric.update(Metrics.collectDropped("backlog"), 1)
      return
    }
    if (dropping > 0) {
      yield* Effect.logWarning(`Dropped ${counted(dropping, "event")} because the buffer was full`)
      dropping = 0
    }
    state.backlog += 1
    Queue.offerUnsafe(buffer, event)
  })

  return (platform: string, collected: Collected): Effect.Effect<void> => {
    switch (collected._tag) {
      case "Message":
      case "Viewers":
        return buffered(collected)
      case "Joined":
        return Effect.suspend(() => {
          const isFirst = state.joined(platform, collected.stream)
          const line = isFirst ? Effect.logInfo(`Reading chat of ${platform}:${collected.stream}`) : Effect.void
          return Effect.andThen(line, Metric.update(Metrics.collectJoined, state.joinedCount))
        })
      case "Disconnected":
        return Effect.suspend(() => {
          state.disconnected(platform, collected)
          return Metric.update(Metrics.collectJoined, state.joinedCount)
        })
      case "Gap":
        return Effect.suspend(() => {
          const seconds = state.gap(collected)
          return Effect.logWarning(gapLine(platform, collected)).pipe(
            Effect.andThen(Metric.update(Metrics.collectGaps, 1)),
            Effect.andThen(Metric.update(Metrics.collectGapSeconds, seconds))
          )
        })
      case "Dropped":
        return Effect.suspend(() => {
          state.dropped(collected.why, collected.count)
          return Metric.update(Metrics.collectDropped(collected.why), collected.count)
        })
      case "Refused":
        return Effect.suspend(() => {
          state.refused(platform, collected)
          return Effect.logWarning(`Cannot read chat of ${platform}:${collected.stream}: ${collected.why}`)
        })
    }
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

const gapLine = (platform: string, { fromMs, streams, toMs, why }: Gap): string => {
  const [first] = streams
  const what = streams.length === 1 ? `${platform}:${first}` : counted(streams.length, `${platform} channel`)
  return `Chat of ${what} may be missing from ${iso(fromMs)} to ${iso(toMs)} (${number((toMs - fromMs) / 1000, 1)} s): ${why}`
}

/**
 * Appends one batch. Retries with the same records for ever while the log is unavailable, so that
 * nothing is lost or doubled.
 */
const appendBatch = Effect.fnUntraced(function* (state: CollectState, events: ReadonlyArray<Event>) {
  const writer = yield* EventWriter
  const nowMs = yield* Clock.currentTimeMillis
  const records = events.map((event) => toRecord(event, nowMs))
  yield* retryTransient(
    writer.append(records).pipe(
      Effect.tapError((error) => {
        state.blocked = error.message
        return Metric.update(Metrics.collectBacklog, state.backlog)
      })
    ),
    (attempt, error) => `Appending ${counted(records.length, "event")} failed (attempt ${attempt}): ${error.message}`
  )
  state.blocked = undefined
  const messages = events.filter(({ _tag }) => _tag === "Message").length
  state.appended(messages, events.length - messages)
  yield* Metric.update(Metrics.collectMessages, messages)
  yield* Metric.update(Metrics.collectViewerSamples, events.length - messages)
  yield* Metric.update(Metrics.collectBacklog, state.backlog)
})
