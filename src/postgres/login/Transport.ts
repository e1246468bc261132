/**
 * The connection below the driver: TCP or a Unix socket, TLS if configured, and a guard over the
 * login. The driver answers every request for a password in any state of its start, so this class
 * decides which requests the server may send.
 */
import { connect as connectPlain, isIP, type Socket } from "node:net"
import { Duplex } from "node:stream"
import { connect as connectTls, type ConnectionOptions } from "node:tls"
import { SessionProblem } from "../SessionSettings.ts"
import { foreignServer, LoginGuard, type Proofs } from "./LoginGuard.ts"

export interface TransportOptions {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
  /** `undefined` = no TLS. */
  readonly tls: { readonly isRequired: boolean; readonly options: ConnectionOptions } | undefined
  readonly proofs: Proofs
}

const KEEP_ALIVE_DELAY_MS = 10_000

/** The message SSLRequest: its length and PostgreSQL's number for it. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

const TLS_REFUSED =
  "no TLS connection: the server does not accept TLS. Switch on the server's ssl, or correct POSTGRES_SSL_MODE"

const CLOSED =
  "the server closed the connection without a reply. It may be starting; if this continues, check that PostgreSQL, and no other service, listens on this host and port"

const open = ({ host, port }: TransportOptions): Socket =>
  host.startsWith("/")
    ? connectPlain({ path: `${host}/.s.PGSQL.${port}` })
    : connectPlain({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS })

export class Transport extends Duplex {
  readonly #options: TransportOptions
  readonly #guard: LoginGuard
  readonly #plain: Socket
  /** Carries the messages: undefined until TLS is negotiated. */
  #inner: Socket | undefined
  /** The driver's write that waits for it. */
  #waiting: (() => void) | undefined
  #hasEnded = false

  constructor(options: TransportOptions) {
    super({ allowHalfOpen: false })
    this.#options = options
    this.#guard = new LoginGuard(options.proofs)
    this.#plain = open(options)
    this.#watch(this.#plain)
    this.#plain.once("connect", () => this.#negotiate())
  }

  #watch(socket: Socket): void {
    socket.on("error", (error) => this.destroy(error))
    socket.on("close", () => {
      if (this.#hasEnded || this.destroyed) return
      this.destroy(this.#guard.hasReplied ? undefined : new SessionProblem("Unreachable", CLOSED))
    })
  }

  #negotiate(): void {
    const { tls } = this.#options
    if (tls === undefined) return this.#carry(this.#plain)
    this.#plain.once("data", (reply: Buffer) => this.#settle(reply, tls))
    this.#plain.write(SSL_REQUEST)
  }

  /** The server's reply to SSLRequest is one byte, or an error message. */
  #settle(reply: Buffer, { isRequired, options }: NonNullable<TransportOptions["tls"]>): void {
    const text = reply.toString("latin1")
    if (text === "S") return this.#encrypt(options)
    if (text === "N") {
      return isRequired ? void this.destroy(new SessionProblem("Unauthorized", TLS_REFUSED)) : this.#carry(this.#plain)
    }
    if (!text.startsWith("E")) return void this.destroy(foreignServer(reply))
    this.#carry(this.#plain)
    this.#receive(reply)
  }

  #encrypt(options: ConnectionOptions): void {
    const { host } = this.#options
    try {
      // SNI takes names only: an address is compared with the certificate but not sent.
      const servername = isIP(host) === 0 ? { servername: host.replace(/\.$/, "") } : {}
      const secure = connectTls({ host, ...servername, ...options, socket: this.#plain })
      this.#watch(secure)
      secure.once("secureConnect", () => this.#carry(secure))
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #carry(socket: Socket): void {
    this.#inner = socket
    socket.on("data", (chunk: Buffer) => this.#receive(chunk))
    socket.on("end", () => {
      // A close without a reply is reported on the close event.
      if (!this.#guard.hasReplied) return
      this.#hasEnded = true
      this.push(null)
    })
    this.#waiting?.()
    this.#waiting = undefined
  }

  #receive(chunk: Buffer): void {
    if (this.destroyed) return
    try {
      const passed = this.#guard.take(chunk)
      if (passed.length > 0 && !this.push(passed)) this.#inner?.pause()
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  override _read(): void {
    this.#inner?.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const inner = this.#inner
    if (inner === undefined) this.#waiting = () => this._write(chunk, _encoding, done)
    else if (inner.write(chunk)) done()
    else inner.once("drain", done)
  }

  override _final(done: (error?: Error | null) => void): void {
    ;(this.#inner ?? this.#plain).end(() => done())
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inner?.destroy()
    this.#plain.destroy()
    done(error)
  }
}
