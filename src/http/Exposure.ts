/** The clients that can reach the HTTP port, and the data that the server therefore withholds. */
import { BlockList, isIP } from "node:net"
import { Context, Layer } from "effect"
import type { AppConfig } from "../config/AppConfig.ts"

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

/** Whether only this machine can connect to a server on that host name or address. */
export const isLoopback = (host: string): boolean => {
  const version = isIP(host)
  return version === 0 ? host.toLowerCase() === "localhost" : loopback.check(host, version === 4 ? "ipv4" : "ipv6")
}

/** The URL at which this machine reaches a server on that host name or address. */
export const localUrl = (host: string, port: number): string => {
  const any = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host
  return `http://${isIP(any) === 6 ? `[${any}]` : any}:${port}`
}

/** HTTP_ALLOWED_HOSTS with this entry allows every name. */
const ANY = "*"

/**
 * The host of a Host header, in lower case and without port and brackets; `undefined` if it has
 * none.
 */
const nameIn = (header: string | undefined): string | undefined => {
  const [, name] = /^(\[[^\]]*\]|[^:[\]]*)(?::\d{1,5})?$/.exec(header ?? "") ?? []
  return name?.toLowerCase().replace(/^\[(.*)\]$/, "$1")
}

/**
 * Names without a dot cannot be registered: they belong to private networks. An address is not a
 * name.
 */
const isPrivate = (name: string): boolean => isIP(name) !== 0 || /^[a-z0-9_-]+$/.test(name)

/**
 * Checks Host headers. The server serves allowed names and names of this machine. If it listens
 * beyond loopback, it also serves addresses and names without a dot.
 *
 * A page of another site can let its own name resolve to this server's address (DNS rebinding). Its
 * requests carry that name as Host and must be refused.
 */
export const hostCheck = ({ allowedHosts, host }: Pick<AppConfig["http"], "allowedHosts" | "host">) => {
  const allowed = new Set(allowedHosts).add(host.toLowerCase())
  const isOurs = isLoopback(host) ? isLoopback : isPrivate
  return (header: string | undefined): boolean => {
    if (allowed.has(ANY)) return true
    const name = nameIn(header)
    return name !== undefined && (allowed.has(name) || isOurs(name))
  }
}

export class Exposure extends Context.Service<
  Exposure,
  {
    /** Whether only this machine reaches the port. */
    readonly loopbackOnly: boolean
    /** Whether a request with this Host header is for this server. */
    readonly answersTo: (hostHeader: string | undefined) => boolean
    /**
     * Whether dead-letter payloads are served: to this machine only, or to clients with the token.
     * Allowed hosts imply a proxy on this machine, which may serve a whole network.
     */
    readonly payloadsServed: boolean
    /** Whether requests may change something, under the same rule. */
    readonly changesTaken: boolean
  }
>()("telemetra/http/Exposure") {
  static readonly layer = (
    http: Pick<AppConfig["http"], "allowedHosts" | "apiToken" | "host">
  ): Layer.Layer<Exposure> => {
    const loopbackOnly = isLoopback(http.host)
    const isPrivate = (loopbackOnly && new Set(http.allowedHosts).size === 0) || http.apiToken !== undefined
    return Layer.succeed(Exposure, {
      loopbackOnly,
      answersTo: hostCheck(http),
      payloadsServed: isPrivate,
      changesTaken: isPrivate
    })
  }
}
