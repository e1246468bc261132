/**
 * Twitch's chat on this machine: IRC over WebSocket. It records what it sent on each open socket,
 * and what clients sent.
 */
import type { IncomingMessage, Server } from "node:http"
import type { Duplex } from "node:stream"
import { Socket } from "node:net"
import { WebSocketServer } from "ws"
import { Random } from "../Random.ts"
import { ChatConnection, type JoinBehavior, type Received } from "./ChatConnection.ts"
import type { Framing } from "./Framing.ts"
import { messageLine, type Post } from "./Lines.ts"

/** A message that was sent on an open socket. */
export interface Sent {
  readonly connection: number
  readonly atMs: number
  readonly post: Post
  /** `false` = a reset may have destroyed it on its way. */
  isCertain: boolean
}

export interface JoinRequest {
  readonly connection: number
  readonly atMs: number
  readonly stream: string
}

export class ChatServer {
  /** How messages are divided into frames. */
  framing: Framing = "each"
  /** How joins are answered. */
  join: (stream: string, connection: number) => JoinBehavior = () => "confirm"
  /** Whether NICK is answered by a failed login. */
  refusesLogin = false
  /** The HTTP status that refuses a WebSocket; `undefined` = it is accepted. */
  refusesUpgrade: number | undefined
  /** Whether {@link sent} is recorded: a long flood counts alone. */
  records = true
  readonly sent: Array<Sent> = []
  readonly received: Array<Received> = []
  readonly #connections: Array<ChatConnection> = []
  readonly #roomIds = new Map<string, string>()
  readonly #random: Random
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  /** Per connection: the index of `sent` up to which the client has received. */
  readonly #reached = new Map<number, number>()

  constructor(seed = 1) {
    this.#random = new Random(seed)
  }

  /** Accepts WebSockets of this server. */
  attach(server: Server): void {
    server.on("upgrade", (request, tcp, head) => this.#upgrade(request, tcp, head))
  }

  /** All connections so far, in order. */
  get connections(): ReadonlyArray<ChatConnection> {
    return this.#connections
  }

  get open(): ReadonlyArray<ChatConnection> {
    return this.#connections.filter((connection) => connection.isOpen)
  }

  /** Streams that an open connection has joined. */
  get joined(): ReadonlySet<string> {
    return new Set(this.open.flatMap((connection) => [...connection.joined]))
  }

  /** The number of a channel. */
  roomId(stream: string): string {
    const known = this.#roomIds.get(stream) ?? String(1_337_000 + this.#roomIds.size)
    this.#roomIds.set(stream, known)
    return known
  }

  /**
   * Sends messages to every open connection that has joined their channels. Returns how many were
   * sent to at least one.
   */
  post(messages: ReadonlyArray<Post>, framing: Framing = this.framing): number {
    const atMs = Date.now()
    const reached = new Set<Post>()
    for (const connection of this.open) {
      const lines: Array<string> = []
      for (const post of messages) {
        if (!connection.joined.has(post.stream)) continue
        lines.push(messageLine(post, this.roomId(post.stream)))
        reached.add(post)
        if (this.records) this.sent.push({ connection: connection.id, atMs, post, isCertain: true })
      }
      if (lines.length > 0) connection.send(lines, framing)
    }
    return reached.size
  }

  /** Sends the keepalive that the platform sends about every five minutes. */
  ping(): void {
    for (const connection of this.open) connection.send(["PING :tmi.twitch.tv"])
  }

  /** Waits until all open connections have received everything sent before. */
  async barrier(): Promise<void> {
    const upTo = this.sent.length
    await Promise.all(
      this.open.map(async (connection) => {
        if (await connection.barrier()) this.#reached.set(connection.id, upTo)
      })
    )
  }

  /** Resets a connection. Its messages since the last barrier are uncertain. */
  reset(connection: ChatConnection): void {
    const from = this.#reached.get(connection.id) ?? 0
    for (let index = from; index < this.sent.length; index++) {
      const one = this.sent[index]
      if (one?.connection === connection.id) one.isCertain = false
    }
    connection.reset()
  }

  /** The joins that clients requested, in order of time. */
  get joins(): ReadonlyArray<JoinRequest> {
    return this.received.flatMap(({ atMs, connection, line }) =>
      line.startsWith("JOIN ")
        ? line
            .slice(5)
            .split(",")
            .map((channel) => ({ atMs, connection, stream: channel.trim().replace(/^#/, "") }))
        : []
    )
  }

  /** The largest number of joins within any span of this length. */
  mostJoins(spanMs: number): number {
    const times = this.joins.map(({ atMs }) => atMs)
    let most = 0
    for (let from = 0, to = 0; to < times.length; to++) {
      while ((times[from] ?? 0) <= (times[to] ?? 0) - spanMs) from++
      most = Math.max(most, to - from + 1)
    }
    return most
  }

  /** Cuts all connections. */
  close(): void {
    for (const connection of this.#connections) if (!connection.isGone) this.reset(connection)
  }

  #upgrade(request: IncomingMessage, tcp: Duplex, head: Buffer): void {
    if (this.refusesUpgrade !== undefined) {
      tcp.end(`HTTP/1.1 ${this.refusesUpgrade} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#sockets.handleUpgrade(request, tcp, head, (socket) => {
      // Also TLSSocket is one.
      if (!(tcp instanceof Socket)) throw new Error("the server listens on TCP")
      const rules = {
        join: (stream: string, connection: number) => this.join(stream, connection),
        roomId: (stream: string) => this.roomId(stream),
        refusesLogin: () => this.refusesLogin
      }
      const id = this.#connections.length
      this.#connections.push(new ChatConnection(id, socket, tcp, this.received, rules, this.#random.fork()))
    })
  }
}
