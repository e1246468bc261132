/** One client's connection to the chat server: the conversation, and its faults. */
import type { Socket } from "node:net"
import { TLSSocket } from "node:tls"
import type { WebSocket } from "ws"
import type { Random } from "../Random.ts"
import { type Framing, sendLines } from "./Framing.ts"
import { banned, joined, LOGIN_FAILED, parted, RECONNECT, suspended, welcome } from "./Lines.ts"

/**
 * How a join is answered: `ignore` = not at all, as for a channel that does not exist. A number
 * confirms after so many milliseconds.
 */
export type JoinBehavior = "confirm" | "ignore" | "suspended" | "banned" | number

export interface ConnectionRules {
  readonly join: (stream: string, connection: number) => JoinBehavior
  readonly roomId: (stream: string) => string
  readonly refusesLogin: () => boolean
}

/** A line of a client, and its time. */
export interface Received {
  readonly connection: number
  readonly atMs: number
  readonly line: string
}

export class ChatConnection {
  readonly id: number
  readonly #socket: WebSocket
  readonly #tcp: Socket
  readonly #rules: ConnectionRules
  readonly #random: Random
  readonly #received: Array<Received>
  readonly #joined = new Set<string>()
  #nick = ""
  #isSilent = false
  #isGone = false
  #rest = ""
  /** Barriers in flight, by the payload of their ping. */
  readonly #barriers = new Map<string, (isReceived: boolean) => void>()
  #pings = 0

  constructor(
    id: number,
    socket: WebSocket,
    tcp: Socket,
    received: Array<Received>,
    rules: ConnectionRules,
    random: Random
  ) {
    this.id = id
    this.#socket = socket
    this.#tcp = tcp
    this.#received = received
    this.#rules = rules
    this.#random = random
    socket.on("message", (data) => this.#take(Buffer.isBuffer(data) ? data.toString("utf8") : String(data)))
    socket.on("pong", (payload) => this.#settle(payload.toString("utf8"), true))
    socket.on("close", () => this.#end())
    socket.on("error", () => this.#end())
  }

  /** Channels whose messages this connection gets. */
  get joined(): ReadonlySet<string> {
    return this.#joined
  }

  /** Whether lines can be sent: open, and neither silent nor closing. */
  get isOpen(): boolean {
    return !this.#isGone && !this.#isSilent && this.#socket.readyState === this.#socket.OPEN
  }

  /** Whether the client has closed it, or it has been cut. */
  get isGone(): boolean {
    return this.#isGone || this.#socket.readyState !== this.#socket.OPEN
  }

  /** Bytes that the socket has not taken yet. */
  get bufferedBytes(): number {
    return this.#socket.bufferedAmount
  }

  send(lines: ReadonlyArray<string>, framing: Framing = "each"): void {
    if (this.isOpen) sendLines(this.#socket, lines, framing, this.#random)
  }

  /** Sends one message of these bytes, whatever they are. */
  sendRaw(bytes: Uint8Array, binary: boolean): void {
    if (this.isOpen) this.#socket.send(bytes, { binary })
  }

  /**
   * Waits until the client has received everything sent before; `false` = it was cut off earlier.
   */
  barrier(): Promise<boolean> {
    if (!this.isOpen) return Promise.resolve(false)
    const payload = String(++this.#pings)
    return new Promise((resolve) => {
      this.#barriers.set(payload, resolve)
      this.#socket.ping(payload)
    })
  }

  /** From now on it sends and answers nothing, although it remains open. */
  silence(): void {
    this.#isSilent = true
  }

  /** As if the peer had vanished: nothing is sent, and nothing is read, not even a close. */
  halfOpen(): void {
    this.#isSilent = true
    this.#tcp.pause()
  }

  /** Announces that it will close, and closes after a delay. */
  reconnect(afterMs: number): void {
    this.send([RECONNECT])
    setTimeout(() => this.close(1000, ""), afterMs)
  }

  /** Closes with a code, after everything sent. */
  close(code: number, reason: string): void {
    if (!this.#isGone) this.#socket.close(code, reason)
  }

  /** Sends all, then ends TCP without a close frame. */
  cut(): void {
    this.#isSilent = true
    this.#tcp.end()
  }

  /** Resets TCP: the client may lose bytes that it has not read. */
  reset(): void {
    // A socket with TLS has no reset.
    if (this.#tcp instanceof TLSSocket) this.#tcp.destroy()
    else this.#tcp.resetAndDestroy()
    this.#end()
  }

  #end(): void {
    this.#isGone = true
    for (const payload of this.#barriers.keys()) this.#settle(payload, false)
  }

  #settle(payload: string, isReceived: boolean): void {
    this.#barriers.get(payload)?.(isReceived)
    this.#barriers.delete(payload)
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split(/\r\n|\n/)
    // Clients may leave out the end of the last line of a message.
    this.#rest = ""
    for (const line of lines) {
      if (line === "") continue
      this.#received.push({ connection: this.id, atMs: Date.now(), line })
      if (!this.#isSilent) this.#answer(line)
    }
  }

  #answer(line: string): void {
    const [command = "", ...words] = line.split(" ")
    const rest = words.join(" ")
    if (command === "CAP" && words[0] === "REQ") {
      this.send([`:tmi.twitch.tv CAP * ACK ${rest.slice(rest.indexOf(":"))}`])
    } else if (command === "NICK") {
      this.#nick = rest
      if (this.#rules.refusesLogin()) this.send([LOGIN_FAILED])
      else this.send(welcome(rest), "together")
    } else if (command === "PING") {
      this.send([`:tmi.twitch.tv PONG tmi.twitch.tv ${rest.startsWith(":") ? rest : `:${rest}`}`])
    } else if (command === "JOIN") {
      for (const channel of rest.split(",")) this.#join(channel.replace(/^#/, ""))
    } else if (command === "PART") {
      for (const channel of rest.split(",")) {
        this.#joined.delete(channel.replace(/^#/, ""))
        this.send([parted(this.#nick, channel.replace(/^#/, ""))])
      }
    } else if (command === "QUIT") {
      this.close(1000, "")
    }
  }

  #join(stream: string): void {
    const behavior = this.#rules.join(stream, this.id)
    if (behavior === "suspended") this.send([suspended(stream)])
    else if (behavior === "banned") this.send([banned(stream)])
    else if (behavior === "confirm") this.#confirm(stream)
    else if (behavior !== "ignore") setTimeout(() => this.#confirm(stream), behavior)
  }

  #confirm(stream: string): void {
    if (!this.isOpen) return
    this.#joined.add(stream)
    this.send(joined(this.#nick, stream, this.#rules.roomId(stream)), "together")
  }
}
