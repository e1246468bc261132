/**
 * One connection to the chat server: lines in, lines out, and a watchdog that detects a peer which
 * has vanished. Nothing is read ahead: a caller that does not pull slows the server.
 */
import { Clock, Data, Effect, Exit, Scope } from "effect"
import * as Socket from "effect/socket/Socket"
import { makeLines } from "./Lines.ts"

/** After this silence the watchdog sends a PING. The server itself sends one every five minutes. */
const SILENCE_MS = 60_000
/** Without any byte after the PING for this long, the connection is dead. */
const ANSWER_MS = 10_000

/** The connection ended, or could not be opened. */
export class Lost extends Data.TaggedError("Lost")<{
  /** Cause, as one clause. */
  readonly why: string
  /** The HTTP status that the server answered instead of opening a WebSocket. */
  readonly status: number | undefined
}> {}

export interface Received {
  readonly lines: ReadonlyArray<string>
  /** Lines that were too long to keep. */
  readonly tooLong: number
}

export interface Connection {
  /** Waits for the next bytes. It always fails in the end. */
  readonly pull: Effect.Effect<Received, Lost>
  /** Sends lines. A failure shows in `pull`. */
  readonly send: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
  /** When the last bytes arrived; at first, when the connection opened. */
  readonly lastMs: () => number
  /** Ends the connection: `pull` fails with this cause. */
  readonly end: (why: string) => Effect.Effect<void>
}

const textOf = (cause: unknown): string => {
  if (typeof cause !== "object" || cause === null) return ""
  const message: unknown = Reflect.get(cause, "message")
  const code: unknown = Reflect.get(cause, "code") ?? Reflect.get(Reflect.get(cause, "error") ?? {}, "code")
  return typeof message === "string" && message !== "" ? message : typeof code === "string" ? code : ""
}

const lostBy = ({ reason }: Socket.SocketError): Lost => {
  if (reason._tag === "SocketCloseError") {
    const text = reason.closeReason ? `: ${reason.closeReason}` : ""
    return new Lost({ why: `the server closed the connection (code ${reason.code}${text})`, status: undefined })
  }
  const text = "cause" in reason ? textOf(reason.cause) : ""
  if (reason._tag !== "SocketOpenError") return new Lost({ why: `the connection failed: ${text}`, status: undefined })
  if (reason.kind === "Timeout") return new Lost({ why: "the server did not answer within 10 s", status: undefined })
  const status = /Unexpected server response: (\d{3})/.exec(text)?.[1]
  return new Lost({
    why: `the server cannot be reached: ${text}`,
    status: status === undefined ? undefined : Number(status)
  })
}

/** Opens a connection that lasts until the scope closes. */
export const open = Effect.fn("twitch.open")(function* (url: string) {
  const clock = yield* Clock.Clock
  const scope = yield* Effect.scope
  const readScope = yield* Scope.fork(scope)
  const socket = yield* Socket.makeWebSocket(url)
  const pull = yield* Scope.provide(Socket.readerBytes(socket), readScope).pipe(Effect.mapError(lostBy))
  const writer = yield* socket.writer
  const cut = makeLines()
  let lastMs = clock.currentTimeMillisUnsafe()
  /**
   * Since when the caller waits for bytes, on a clock that never jumps. While it does not wait,
   * silence means nothing.
   */
  let waitsSince: number | undefined
  const monotonicMs = (): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000_000n)
  let ended: string | undefined

  const end = (why: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      ended ??= why
      // A pull in flight fails.
      return Scope.close(readScope, Exit.void)
    })

  const send: Connection["send"] = (...lines) =>
    Effect.suspend(() =>
      ended === undefined ? Effect.ignore(writer.write(lines.map((line) => `${line}\r\n`).join(""))) : Effect.void
    )

  const quietMs = (): number => (waitsSince === undefined ? 0 : monotonicMs() - waitsSince)

  yield* Effect.forkScoped(
    Effect.gen(function* () {
      for (;;) {
        const quiet = quietMs()
        if (quiet < SILENCE_MS) {
          yield* Effect.sleep(SILENCE_MS - quiet)
          continue
        }
        yield* send("PING :telemetra")
        yield* Effect.sleep(ANSWER_MS)
        if (quietMs() >= quiet + ANSWER_MS) return yield* end(`no byte for ${(SILENCE_MS + ANSWER_MS) / 1000} s`)
      }
    })
  )

  const connection: Connection = {
    pull: Effect.suspend(() => {
      waitsSince = monotonicMs()
      return pull
    }).pipe(
      Effect.mapError((error) => (ended === undefined ? lostBy(error) : new Lost({ why: ended, status: undefined }))),
      Effect.map((frames): Received => {
        waitsSince = undefined
        lastMs = clock.currentTimeMillisUnsafe()
        let tooLong = 0
        const lines: Array<string> = []
        for (const frame of frames) {
          const next = cut(frame)
          for (const line of next.lines) lines.push(line)
          tooLong += next.tooLong
        }
        return { lines, tooLong }
      })
    ),
    send,
    lastMs: () => lastMs,
    end
  }
  return connection
})
