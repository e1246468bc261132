/**
 * The connections of up to 100 channels: one at a time, and two while an old one hands over to a
 * new one. Reconnects until it is interrupted.
 */
import { Cause, Clock, Deferred, Effect, Fiber, Option, Random } from "effect"
import type * as Socket from "effect/socket/Socket"
import { counted } from "../../domain/Wording.ts"
import type { Disconnected } from "../Platform.ts"
import { makeChannels } from "./Channels.ts"
import { Lost } from "./Connection.ts"
import { makeDuplicates } from "./Duplicates.ts"
import { drain, makeSession, type Session, type SessionOptions, talk } from "./Session.ts"

/** Twitch permits no more in one connection. */
export const MAX_CHANNELS = 100
/** A connection that lasted so long is stable: the next failure begins with the shortest pause. */
const STABLE_MS = 60_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** Bounds the old connections of a server that requests one reconnection after another. */
const MAX_CONNECTIONS = 3

const REPLACED = new Lost({ why: "a newer connection replaced it", status: undefined })

export interface GroupOptions extends SessionOptions {
  /** Fails if this loss ends everything. `wasOpen`: the server had greeted. */
  readonly onLost: (lost: Lost, wasOpen: boolean) => Effect.Effect<void, Lost>
}

/** Full jitter: connections that were lost together do not come back together. */
const pause = (attempt: number): Effect.Effect<number> =>
  Effect.map(Random.next, (random) => random * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempt, 16)))

export const runGroup = Effect.fn("twitch.group")(function* (options: GroupOptions) {
  const { emit, streams } = options
  const clock = yield* Clock.Clock
  const now = (): number => clock.currentTimeMillisUnsafe()
  const channels = makeChannels(streams)
  const duplicates = makeDuplicates()
  /** The open sessions, the oldest first. */
  const live = new Map<Session, Fiber.Fiber<never, Lost>>()
  let sessions = 0

  const start = Effect.fnUntraced(function* () {
    const session = makeSession(++sessions)
    // An old connection is still read, perhaps after earlier successors failed.
    if (live.size > 0) duplicates.start()
    let disconnected: ReadonlyArray<Disconnected> = []
    const end = (cause: Cause.Cause<Lost>): void => {
      const lost = Cause.hasInterruptsOnly(cause) ? REPLACED : Option.getOrUndefined(Cause.findErrorOption(cause))
      const lastMs = session.connection?.lastMs() ?? now()
      disconnected = channels.ended(session.id, lastMs, lost?.why ?? "a defect of the collector")
      live.delete(session)
      if (live.size <= 1) duplicates.stop(now())
      // A defect ends the group.
      const exit = lost === undefined ? Effect.failCause(cause as Cause.Cause<never>) : Effect.succeed(lost)
      Deferred.doneUnsafe(session.ended, exit)
    }
    const fiber = yield* talk(session, channels, duplicates, options).pipe(
      Effect.onError((cause) => Effect.sync(() => end(cause))),
      Effect.forkChild
    )
    live.set(session, fiber)
    yield* Deferred.await(session.ended).pipe(
      Effect.andThen(Effect.suspend(() => emit(disconnected))),
      Effect.forkChild
    )
    return session
  })

  /** Ends the older connections, read to the end, when this one has joined all channels. */
  const replaceOlder = Effect.fnUntraced(function* (session: Session) {
    yield* Effect.raceFirst(Deferred.await(session.settled), Deferred.await(session.ended))
    if (!live.has(session)) return
    const older = [...live].filter(([one]) => one.id < session.id)
    yield* Effect.forEach(older, ([one, fiber]) => Effect.andThen(drain(one), Fiber.interrupt(fiber)), {
      concurrency: "unbounded",
      discard: true
    })
  })

  for (let attempt = 0; ;) {
    const session = yield* start()
    yield* Effect.forkChild(replaceOlder(session))
    const [oldest] = live
    if (live.size > MAX_CONNECTIONS && oldest !== undefined) yield* Fiber.interrupt(oldest[1])
    const lost = yield* Effect.raceFirst(
      Deferred.await(session.ended),
      Effect.as(Deferred.await(session.reconnect), undefined)
    )
    const { welcomedMs } = session
    attempt = welcomedMs !== undefined && now() - welcomedMs >= STABLE_MS ? 0 : attempt + 1
    if (lost === undefined) {
      yield* Effect.logInfo(`twitch: the server announces that it will close connection ${session.id}; opening another`)
      if (attempt === 0) continue
    } else yield* options.onLost(lost, welcomedMs !== undefined)
    const ms = yield* pause(Math.max(0, attempt - 1))
    if (lost !== undefined) {
      const of = `connection ${session.id} for ${counted(streams.length, "channel")}`
      yield* Effect.logWarning(`twitch: ${of} failed: ${lost.why}; reconnecting in ${(ms / 1000).toFixed(1)} s`)
    }
    yield* Effect.sleep(ms)
  }
}) satisfies (options: GroupOptions) => Effect.Effect<never, Lost, Socket.WebSocketConstructor>
