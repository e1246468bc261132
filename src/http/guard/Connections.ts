/**
 * Bounds the connections of a server, in total and per network of clients ({@link networkOf}).
 *
 * A new connection beyond a limit replaces the connection that has been idle longest: one of its
 * network if the network is full, otherwise any. If none is idle, the new connection goes to a
 * reserve, in which only probes get a response. The reserve drops its oldest connection for a new
 * one. So a probe that is sent at once always gets a response.
 */
import type { Socket } from "node:net"
import type { CloseReason } from "../../observability/Metrics.ts"
import { networkOf } from "./Network.ts"

export interface ConnectionLimits {
  readonly total: number
  readonly perNetwork: number
  /** Connections beyond the limits, for probes. */
  readonly reserve: number
  /** Requests in flight on one connection. Clients that pipeline send more than one. */
  readonly pipelined: number
}

interface Connection {
  readonly network: string
  requests: number
}

export class Connections {
  readonly #limits: ConnectionLimits
  readonly #onClose: (reason: CloseReason, network: string) => void
  readonly #open = new Map<Socket, Connection>()
  /** Connections without a request in flight, longest idle first. */
  readonly #idle = new Set<Socket>()
  readonly #byNetwork = new Map<string, number>()
  /** Oldest first. */
  readonly #reserve = new Map<Socket, string>()

  constructor(limits: ConnectionLimits, onClose: (reason: CloseReason, network: string) => void) {
    this.#limits = limits
    this.#onClose = onClose
  }

  /** Adds a new connection. */
  add(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? "")
    const isNetworkFull = this.#count(network) >= this.#limits.perNetwork
    if (isNetworkFull || this.#open.size >= this.#limits.total) {
      const reason = isNetworkFull ? "address" : "total"
      const idle = this.#longestIdle(isNetworkFull ? network : undefined)
      if (idle === undefined) return this.#keep(socket, network, reason)
      this.#close(idle, reason)
    }
    this.#open.set(socket, { network, requests: 0 })
    this.#idle.add(socket)
    this.#byNetwork.set(network, this.#count(network) + 1)
    socket.once("close", () => this.#forget(socket))
  }

  /** Counts a request. Returns `false` and closes the connection if it has too many in flight. */
  begin(socket: Socket): boolean {
    const connection = this.#open.get(socket)
    if (connection === undefined) return true
    this.#idle.delete(socket)
    connection.requests++
    if (connection.requests <= this.#limits.pipelined) return true
    this.#close(socket, "pipelined")
    return false
  }

  /** Counts the end of a request: its response was sent, or its connection was lost. */
  end(socket: Socket): void {
    const connection = this.#open.get(socket)
    if (connection !== undefined && --connection.requests === 0) this.#idle.add(socket)
  }

  /** Whether the connection is in the reserve. */
  isReserve(socket: Socket): boolean {
    return this.#reserve.has(socket)
  }

  closeAll(): void {
    for (const socket of [...this.#open.keys(), ...this.#reserve.keys()]) socket.destroy()
  }

  #count(network: string): number {
    return this.#byNetwork.get(network) ?? 0
  }

  #longestIdle(network: string | undefined): Socket | undefined {
    for (const socket of this.#idle) {
      if (network === undefined || this.#open.get(socket)?.network === network) return socket
    }
    return undefined
  }

  #keep(socket: Socket, network: string, reason: CloseReason): void {
    const [oldest] = this.#reserve
    if (oldest !== undefined && this.#reserve.size >= this.#limits.reserve) {
      this.#reserve.delete(oldest[0])
      this.#onClose(reason, oldest[1])
      oldest[0].destroy()
    }
    this.#reserve.set(socket, network)
    socket.once("close", () => this.#reserve.delete(socket))
  }

  #close(socket: Socket, reason: CloseReason): void {
    this.#onClose(reason, this.#forget(socket))
    socket.destroy()
  }

  /** Idempotent. Returns the connection's network. */
  #forget(socket: Socket): string {
    const connection = this.#open.get(socket)
    if (connection === undefined) return ""
    const { network } = connection
    const left = this.#count(network) - 1
    if (left === 0) this.#byNetwork.delete(network)
    else this.#byNetwork.set(network, left)
    this.#open.delete(socket)
    this.#idle.delete(socket)
    return network
  }
}
