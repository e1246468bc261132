/** One connection from its opening to its end: login, joins, and what its lines mean. */
import { Clock, Deferred, Effect, Random } from "effect"
import { escapeControls } from "../../domain/EscapeControls.ts"
import type { Collected, Dropped } from "../Platform.ts"
import type { Channels } from "./Channels.ts"
import { type Connection, Lost, open, type Received } from "./Connection.ts"
import type { Duplicates } from "./Duplicates.ts"
import { makeJoins } from "./Joins.ts"
import { messageOf, parseLine } from "./Message.ts"
import type { Rate } from "./Rate.ts"

/** From the opened socket to the server's greeting. */
const WELCOME = "15 seconds"
/** Gaps wait at most so long for the joins of further channels. */
const GAP_PAUSE = "10 seconds"
/** For the rest of the messages in an old connection, after a new one has joined all channels. */
const LAST_MESSAGES = "5 minutes"
const BARRIER = "telemetra-end"

/** Notices that answer a join. */
const REFUSALS: ReadonlySet<string> = new Set([
  "msg_banned",
  "msg_channel_blocked",
  "msg_channel_suspended",
  "msg_room_not_found",
  "tos_ban"
])

export interface SessionOptions {
  readonly url: string
  readonly streams: ReadonlyArray<string>
  readonly joinRate: Rate
  readonly loginRate: Rate
  /** Hands over in order. Waits while the consumer is slow. */
  readonly emit: (items: ReadonlyArray<Collected>) => Effect.Effect<void>
  readonly emotesOf: (stream: string, roomId: string) => Effect.Effect<ReadonlySet<string>>
  /** An id for a message without one. */
  readonly makeId: () => string
}

export interface Session {
  readonly id: number
  connection: Connection | undefined
  /** When the server greeted. */
  welcomedMs: number | undefined
  /** Completes when the server requests a new connection. */
  readonly reconnect: Deferred.Deferred<void>
  /** Completes when every channel is joined or refused. */
  readonly settled: Deferred.Deferred<void>
  /** Completes when everything that the server sent before the last PING has been handed over. */
  readonly read: Deferred.Deferred<void>
  readonly ended: Deferred.Deferred<Lost>
}

export const makeSession = (id: number): Session => ({
  id,
  connection: undefined,
  welcomedMs: undefined,
  reconnect: Deferred.makeUnsafe(),
  settled: Deferred.makeUnsafe(),
  read: Deferred.makeUnsafe(),
  ended: Deferred.makeUnsafe()
})

/** Waits until all messages of an old connection have been handed over, or it has ended. */
export const drain = (session: Session): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (session.connection !== undefined) yield* session.connection.send(`PING :${BARRIER}`)
    yield* Deferred.await(session.read).pipe(
      Effect.raceFirst(Deferred.await(session.ended)),
      Effect.timeoutOption(LAST_MESSAGES)
    )
  })

/** Runs the session. It always fails in the end. */
export const talk = Effect.fnUntraced(function* (
  session: Session,
  channels: Channels,
  duplicates: Duplicates,
  options: SessionOptions
) {
  const { emit, emotesOf, streams } = options
  const clock = yield* Clock.Clock
  const now = (): number => clock.currentTimeMillisUnsafe()
  const scope = yield* Effect.scope
  const wanted: ReadonlySet<string> = new Set(streams)

  const connection = yield* open(options.url)
  session.connection = connection
  yield* options.loginRate.take
  const nick = `justinfan${yield* Random.nextIntBetween(10_000, 99_999)}`
  // Anonymous: any password.
  yield* connection.send("CAP REQ :twitch.tv/tags twitch.tv/commands", "PASS SCHMOOPIIE", `NICK ${nick}`)

  const settle = (): ReadonlyArray<Collected> => {
    if (!joins.isSettled()) return []
    Deferred.doneUnsafe(session.settled, Effect.void)
    return channels.gaps()
  }
  const joins = makeJoins({
    streams,
    rate: options.joinRate,
    send: connection.send,
    onRefused: (stream, why) => Effect.suspend(() => emit([...channels.refused(stream, why), ...settle()]))
  })
  yield* Effect.sleep(WELCOME).pipe(
    Effect.andThen(
      Effect.suspend(() =>
        session.welcomedMs === undefined ? connection.end("the server did not greet within 15 s") : Effect.void
      )
    ),
    Effect.forkScoped
  )
  yield* Effect.sleep(GAP_PAUSE).pipe(
    Effect.andThen(Effect.suspend(() => emit(channels.gaps()))),
    Effect.forever,
    Effect.forkScoped
  )

  const take = Effect.fnUntraced(function* ({ lines, tooLong }: Received) {
    const out: Array<Collected> = []
    const dropped = new Map<string, { stream: string | undefined; why: Dropped["why"]; count: number }>()
    const emotes = new Map<string, ReadonlySet<string>>()
    let isRead = false
    let isReconnect = false
    const drop = (stream: string | undefined, why: Dropped["why"], count = 1): void => {
      const key = `${why} ${stream ?? ""}`
      const entry = dropped.get(key)
      if (entry === undefined) dropped.set(key, { stream, why, count })
      else entry.count += count
    }
    const join = (stream: string): void => {
      if (channels.isJoined(stream, session.id)) return
      out.push(...channels.joined(stream, session.id, now()))
      joins.confirm(stream)
    }
    const leave = (stream: string, why: string): void => {
      out.push(...channels.left([stream], session.id, connection.lastMs(), why))
      joins.leave(stream)
    }

    if (tooLong > 0) drop(undefined, "unreadable", tooLong)
    for (const line of lines) {
      const parsed = parseLine(line, now(), options.makeId)
      switch (parsed._tag) {
        case "Chat": {
          const { id, isMirrored, roomId, stream } = parsed
          if (!wanted.has(stream)) break
          join(stream)
          if (duplicates.isKnown(id, now())) break
          if (isMirrored) {
            drop(stream, "mirrored")
            break
          }
          let names = emotes.get(stream)
          if (names === undefined) emotes.set(stream, (names = yield* emotesOf(stream, roomId)))
          out.push(messageOf(parsed, names))
          break
        }
        case "RoomState":
          if (!wanted.has(parsed.stream)) break
          join(parsed.stream)
          // The lists load while the chat is silent.
          if (parsed.roomId !== "") yield* emotesOf(parsed.stream, parsed.roomId)
          break
        case "Ping":
          yield* connection.send(`PONG :${parsed.text}`)
          break
        case "Pong":
          isRead ||= parsed.text === BARRIER
          break
        case "Welcome":
          if (session.welcomedMs !== undefined) break
          session.welcomedMs = now()
          yield* Effect.forkIn(joins.run, scope)
          break
        case "Reconnect":
          isReconnect = true
          break
        case "Part":
          if (parsed.nick === nick) leave(parsed.stream, "the server removed the collector from the channel")
          break
        case "Notice": {
          const text = escapeControls(parsed.text)
          if (parsed.stream !== undefined && REFUSALS.has(parsed.id)) {
            leave(parsed.stream, `the server reports: ${text}`)
            joins.refuse(parsed.stream, `the server reports: ${text}`)
          }
          // A refused login. Later notices are announcements.
          if (parsed.stream === undefined && session.welcomedMs === undefined) {
            yield* connection.end(`the server reports: ${text}`)
          }
          break
        }
        case "NoCapability":
          yield* connection.end(`the server refuses the capabilities ${escapeControls(parsed.text)}`)
          break
        case "Unreadable":
          drop(parsed.stream, "unreadable")
          break
        case "Other":
      }
    }
    for (const entry of dropped.values()) out.push({ _tag: "Dropped", ...entry })
    out.push(...settle())
    if (isReconnect) Deferred.doneUnsafe(session.reconnect, Effect.void)
    yield* emit(out)
    if (isRead) Deferred.doneUnsafe(session.read, Effect.void)
  })

  return yield* Effect.forever(Effect.flatMap(connection.pull, take))
}, Effect.scoped)
