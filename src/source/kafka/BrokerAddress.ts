/**
 * kafkajs splits host:port at its first colon, so it cannot connect to an IPv6 address in the list of brokers. Such an address passes through it as a name:
 * `[2001:db8::1]:9092` → `2001-db8--1.ipv6-literal.net:9092`, the transcription that Windows uses. {@link toHost} takes it back before a socket opens.
 */
const SUFFIX = ".ipv6-literal.net"

export const toKafkajs = (broker: string): string =>
  broker.replace(/^\[([^\]]*)\]/, (_, address: string) => `${address.replaceAll(":", "-")}${SUFFIX}`)

export const toHost = (host: string): string =>
  host.endsWith(SUFFIX) ? host.slice(0, -SUFFIX.length).replaceAll("-", ":") : host

/** host:port as an operator writes it. */
export const toBroker = (broker: string): string => {
  const [name = "", port = ""] = broker.split(/:(?=\d+$)/)
  const host = toHost(name)
  return host.includes(":") ? `[${host.replace(/^\[|\]$/g, "")}]:${port}` : broker
}
