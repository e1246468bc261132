/**
 * A chat server in memory, for the test clock: sockets without a network, whose every frame and
 * failure the test scripts.
 */
import { Clock, Effect, type Fiber, Logger, Stream } from "effect"
import * as Socket from "effect/socket/Socket"
import { TestClock } from "effect/testing"
import type { Collected, ChatMessage } from "../../../src/collect/Platform.ts"
import { make, type TwitchOptions } from "../../../src/collect/twitch/Twitch.ts"

type Listener = (event: Socket.WebSocketEvent) => void

/** The answer to a connection attempt. A number is an HTTP status. */
export type Door = "open" | "refused" | "hanging" | number

/** How a join is answered. */
export type JoinAnswer = "confirm" | "ignore" | "suspended"

export interface Line {
  readonly connection: number
  readonly atMs: number
  readonly line: string
}

export class ScriptedSocket {
  readonly id: number
  readyState = 0
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #server: ScriptedChat
  #paused = false
  /** Frames, and the end, that wait while the client reads nothing. */
  #held: Array<() => void> = []
  /** The most frames that waited. */
  mostHeld = 0
  nick = ""
  /** Neither answers nor sends. */
  isSilent = false
  readonly joined = new Set<string>()

  constructor(id: number, server: ScriptedChat) {
    this.id = id
    this.#server = server
  }

  addEventListener(type: string, listener: Listener): void {
    const of = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, of.add(listener))
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener)
  }

  #fire(type: string, event: Socket.WebSocketEvent): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (!this.#paused && this.#held.length > 0) this.#held.shift()?.()
  }

  #deliver(act: () => void): void {
    if (this.#paused) {
      this.#held.push(act)
      this.mostHeld = Math.max(this.mostHeld, this.#held.length)
    } else act()
  }

  open(): void {
    this.readyState = 1
    this.#fire("open", {})
  }

  fail(message: string): void {
    this.readyState = 3
    this.#fire("error", { message } as never)
    this.#fire("close", { code: 1006, reason: "" })
  }

  /** The client closes. */
  close(): void {
    this.readyState = 3
    this.joined.clear()
  }

  get isOpen(): boolean {
    return this.readyState === 1
  }

  /** The server closes, or the network does. */
  drop(code = 1006): void {
    this.joined.clear()
    this.#deliver(() => {
      this.readyState = 3
      this.#fire("close", { code, reason: "" })
    })
  }

  /** Sends one frame of these bytes. */
  sendBytes(bytes: Uint8Array): void {
    if (!this.isOpen || this.isSilent) return
    this.#deliver(() => this.#fire("message", { data: bytes }))
  }

  /** Sends lines in one frame. */
  sendLines(...lines: ReadonlyArray<string>): void {
    this.sendBytes(Buffer.from(lines.map((line) => `${line}\r\n`).join("")))
  }

  send(data: string | Uint8Array): void {
    for (const line of String(data).split("\r\n")) if (line !== "") this.#server.take(this, line)
  }
}

export class ScriptedChat {
  readonly #now: () => number
  readonly sockets: Array<ScriptedSocket> = []
  readonly received: Array<Line> = []
  door: (attempt: number) => Door = () => "open"
  join: (stream: string, connection: number) => JoinAnswer = () => "confirm"
  /** The first line after NICK. */
  greets = true

  constructor(now: () => number) {
    this.#now = now
  }

  readonly construct = (): Socket.WebSocketLike => {
    const socket = new ScriptedSocket(this.sockets.length + 1, this)
    this.sockets.push(socket)
    const door = this.door(socket.id)
    queueMicrotask(() => {
      if (door === "open") socket.open()
      else if (door === "refused") socket.fail("connect ECONNREFUSED 127.0.0.1:1")
      else if (door !== "hanging") socket.fail(`Unexpected server response: ${door}`)
    })
    return socket as unknown as Socket.WebSocketLike
  }

  take(socket: ScriptedSocket, line: string): void {
    this.received.push({ connection: socket.id, atMs: this.#now(), line })
    const [command = "", ...words] = line.split(" ")
    const rest = words.join(" ")
    if (command === "NICK") {
      socket.nick = rest
      if (this.greets) socket.sendLines(`:tmi.twitch.tv 001 ${rest} :Welcome, GLHF!`)
    } else if (command === "PING") socket.sendLines(`:tmi.twitch.tv PONG tmi.twitch.tv ${rest}`)
    else if (command === "JOIN") {
      const stream = rest.slice(1)
      const answer = this.join(stream, socket.id)
      if (answer === "confirm") {
        socket.joined.add(stream)
        socket.sendLines(
          `:${socket.nick}!${socket.nick}@${socket.nick}.tmi.twitch.tv JOIN #${stream}`,
          `@emote-only=0;room-id=1;slow=0 :tmi.twitch.tv ROOMSTATE #${stream}`
        )
      } else if (answer === "suspended") {
        socket.sendLines(
          `@msg-id=msg_channel_suspended :tmi.twitch.tv NOTICE #${stream} :This channel does not exist or has been suspended.`
        )
      }
    }
  }

  /** Sends a message to every connection that joined the channel. */
  post(stream: string, id: string, text = "hello", tags = ""): void {
    for (const socket of this.sockets)
      if (socket.joined.has(stream)) socket.sendLines(messageLine(stream, id, text, tags))
  }

  /** The connections that are open. */
  get open(): ReadonlyArray<ScriptedSocket> {
    return this.sockets.filter((socket) => socket.isOpen)
  }

  /** Times at which the client sent lines that begin so. */
  times(start: string): ReadonlyArray<number> {
    return this.received.filter(({ line }) => line.startsWith(start)).map(({ atMs }) => atMs)
  }
}

export const messageLine = (stream: string, id: string, text = "hello", tags = ""): string =>
  `@badges=subscriber/12;emotes=;id=${id};room-id=1;tmi-sent-ts=1700000000000;user-id=7;${tags} :ronni!ronni@ronni.tmi.twitch.tv PRIVMSG #${stream} :${text}`

export interface World {
  readonly chat: ScriptedChat
  readonly items: ReadonlyArray<Collected>
  readonly lines: ReadonlyArray<string>
  /** Lets virtual time pass, in steps. */
  readonly pass: (ms: number, stepMs?: number) => Effect.Effect<void>
  readonly of: <Tag extends Collected["_tag"]>(tag: Tag) => ReadonlyArray<Extract<Collected, { _tag: Tag }>>
  readonly messages: () => ReadonlyArray<ChatMessage>
  readonly fiber: Fiber.Fiber<unknown, unknown>
}

/** Lets everything run that needs no time. */
export const settle: Effect.Effect<void> = Effect.repeat(
  Effect.promise(() => new Promise((resolve) => setImmediate(resolve))),
  { times: 4 }
)

const NOTHING: Pick<TwitchOptions, "viewers" | "emotes"> = {
  viewers: { samples: () => Stream.never },
  emotes: { namesOf: () => Effect.succeed(new Set()) }
}

export interface WorldOptions {
  readonly streams: ReadonlyArray<string>
  readonly script?: (chat: ScriptedChat) => void
  readonly take?: (item: Collected) => Effect.Effect<void>
  readonly options?: Partial<TwitchOptions>
}

/** Runs the platform against a scripted server, until the test ends. */
export const world = Effect.fnUntraced(function* ({ options, script, streams, take }: WorldOptions) {
  const clock = yield* Clock.Clock
  const chat = new ScriptedChat(() => clock.currentTimeMillisUnsafe())
  script?.(chat)
  const items: Array<Collected> = []
  const lines: Array<string> = []
  const platform = yield* make({ chatUrl: "ws://chat", ...NOTHING, ...options }).pipe(
    Effect.provideService(Socket.WebSocketConstructor, chat.construct)
  )
  const fiber = yield* platform.collect(streams).pipe(
    Stream.runForEach((item) => {
      items.push(item)
      return take?.(item) ?? Effect.void
    }),
    Effect.provide(Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])),
    Effect.forkScoped
  )
  yield* settle
  const of = <Tag extends Collected["_tag"]>(tag: Tag) =>
    items.filter((item): item is Extract<Collected, { _tag: Tag }> => item._tag === tag)
  const result: World = {
    chat,
    items,
    lines,
    of,
    messages: () => of("Message"),
    fiber,
    pass: Effect.fnUntraced(function* (ms, stepMs = 1_000) {
      for (let passed = 0; passed < ms; passed += stepMs) {
        yield* TestClock.adjust(Math.min(stepMs, ms - passed))
        yield* settle
      }
    })
  }
  return result
})
