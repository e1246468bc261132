/** The sockets of kafkajs connections, without the listeners that its disconnects leak. */
import { connect as connectPlain, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { ISocketFactory } from "kafkajs"
import { toHost } from "./BrokerAddress.ts"

const KEEP_ALIVE_DELAY_MS = 60_000

/**
 * The first bytes of a TLS alert: content type 21, version 3.x. As the size of a Kafka response
 * they would mean 352 MB.
 */
const isTlsAlert = (bytes: Buffer): boolean => bytes[0] === 21 && bytes[1] === 3

/** Fails the socket on a TLS alert, with which a TLS listener replies to plain requests. */
const refuseTlsAlert = (socket: Socket): void => {
  socket.once("data", (bytes: Buffer) => {
    if (!isTlsAlert(bytes)) return
    socket.destroy(Object.assign(new Error("the listener requires TLS"), { code: "ERR_SSL_REQUIRED" }))
  })
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
    : connectPlain({ host, port }, onConnect)
  if (!options) refuseTlsAlert(socket)
  socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
  const unref = socket.unref
  socket.unref = () => (socket.destroyed ? socket : unref.call(socket))
  return socket
}
