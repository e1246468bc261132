/** The sockets that kafkajs talks through: its own kind, but without what its disconnecting leaves behind. */
import { connect as connectPlain, isIP, type Socket } from "node:net"
import { connect as connectTls } from "node:tls"
import type { ISocketFactory } from "kafkajs"
import { toHost } from "./BrokerAddress.ts"

const KEEP_ALIVE_DELAY_MS = 60_000

/** The first bytes of a TLS alert: content type 21, version 3.x. As the size of one of Kafka's replies they would be 352 MB. */
const isTlsAlert = (bytes: Buffer): boolean => bytes[0] === 21 && bytes[1] === 3

/** A listener with TLS answers plain requests with an alert. */
const refuseTlsAlert = (socket: Socket): void => {
  socket.once("data", (bytes: Buffer) => {
    if (!isTlsAlert(bytes)) return
    socket.destroy(Object.assign(new Error("the listener requires TLS"), { code: "ERR_SSL_REQUIRED" }))
  })
}

/**
 * Disconnecting from a broker that is away, kafkajs 2.2.4 calls `unref` of the same dead socket at each attempt, and each call adds a listener that nothing ever
 * removes: a leak for as long as the broker is away.
 */
export const socketFactory: ISocketFactory = ({ host: named, port, ssl, onConnect }) => {
  const host = toHost(named)
  // kafkajs's types say that `ssl` is always there; without TLS it is not
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
