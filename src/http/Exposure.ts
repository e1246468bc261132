/** Who can reach the HTTP port, and what therefore has to be held back. */
import { BlockList, isIP } from "node:net"
import { Context, Layer } from "effect"
import type { AppConfig } from "../config/AppConfig.ts"

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

/** Whether only this machine reaches what listens on that host name or address. */
export const isLoopback = (host: string): boolean => {
  const version = isIP(host)
  return version === 0 ? host.toLowerCase() === "localhost" : loopback.check(host, version === 4 ? "ipv4" : "ipv6")
}

/** Where this machine itself reaches what listens on that host name or address. */
export const localUrl = (host: string, port: number): string => {
  const any = { "0.0.0.0": "127.0.0.1", "::": "::1" }[host] ?? host
  return `http://${isIP(any) === 6 ? `[${any}]` : any}:${port}`
}

export class Exposure extends Context.Service<
  Exposure,
  {
    /** Only this machine reaches the port. */
    readonly loopbackOnly: boolean
    /** Whether what people sent may be shown as it came: to this machine, or to whoever has the token; never to a whole network. */
    readonly payloadsServed: boolean
  }
>()("telemetra/http/Exposure") {
  static readonly layer = ({ apiToken, host }: AppConfig["http"]): Layer.Layer<Exposure> => {
    const loopbackOnly = isLoopback(host)
    return Layer.succeed(Exposure, { loopbackOnly, payloadsServed: loopbackOnly || apiToken !== undefined })
  }
}
