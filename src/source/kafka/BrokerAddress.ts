/**
 * Passes IPv6 addresses of brokers through kafkajs, which splits host:port at the first colon. An
 * address becomes a name, in the transcription of Windows: `[2001:db8::1]:9092` →
 * `2001-db8--1.ipv6-literal.net:9092`. {@link toHost} reverts it before a socket opens.
 */
const SUFFIX = ".ipv6-literal.net"

export const toKafkajs = (broker: string): string =>
  broker.replace(/^\[([^\]]*)\]/, (_, address: string) => `${address.replaceAll(":", "-")}${SUFFIX}`)

export const toHost = (host: string): string =>
  host.endsWith(SUFFIX) ? host.slice(0, -SUFFIX.length).replaceAll("-", ":") : host

/** The host:port in an operator's notation. */
export const toBroker = (broker: string): string => {
  const [name = "", port = ""] = broker.split(/:(?=\d+$)/)
  const host = toHost(name)
  return host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]:${port}` : broker
}
