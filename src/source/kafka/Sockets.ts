/** The sockets of kafkajs connections, without the listeners that its disconnects leak. */
import { connect as connectPlain, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { ISocketFactory } from "kafkajs"
import { toHost } from "./BrokerAddress.ts"
import { Responses } from "./Responses.ts"

const KEEP_ALIVE_DELAY_MS = 60_000

/**
 * The first bytes of a TLS alert: content type 21, version 3.x. As the size of a Kafka response
 * they would mean 352 MB.
 */
const isTlsAlert = (bytes: Uint8Array): boolean => bytes[0] === 21 && bytes[1] === 3

/**
 * Connects without TLS. The responses become `data` events as {@link Responses} has them. A TLS
 * listener replies to plain requests with a TLS alert, which fails the socket.
 */
const connectUnencrypted = (host: string, port: number, onConnect: () => void): Socket => {
  const responses = new Responses((piece) => void socket.emit("data", piece))
  let isFirst = true
  const arrived = (bytes: number, buffer: Uint8Array): boolean => {
    if (isFirst && isTlsAlert(buffer)) {
      socket.destroy(Object.assign(new Error("the listener requires TLS"), { code: "ERR_SSL_REQUIRED" }))
      return false
    }
    isFirst = false
    responses.arrived(bytes)
    return true
  }
  const onread = { buffer: () => responses.target, callback: arrived }
  const socket = connectPlain({ host, port, onread }, onConnect)
  return socket
}

/**
 * Makes a socket whose `unref` does nothing once it is destroyed. While a broker is unavailable,
 * kafkajs 2.2.4 calls `unref` on the same dead socket at each attempt. Each call adds a listener
 * that is never removed.
 */
export const socketFactory: ISocketFactory = ({ host: named, port, ssl, onConnect }) => {
  const host = toHost(named)
  // kafkajs's types require `ssl`, but it is missing without TLS.
  const options: typeof ssl | undefined = ssl
  const socket: Socket = options
    ? connectTls(
        { host, port, ...(isIP(host) === 0 ? { servername: host.replace(/\.$/, "") } : {}), ...options },
        onConnect
      )
    : connectUnencrypted(host, port, onConnect)
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
  const unref = socket.unref
  socket.unref = () => (socket.destroyed ? socket : unref.call(socket))
  return socket
}
