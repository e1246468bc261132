/** Checks host names: addresses, or names that DNS can hold. */
import { isIP } from "node:net"

/** RFC 1035 without the dot at the end; underscores, because container networks use them. */
const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

/**
 * An IPv4 or IPv6 address without brackets, or a name. A name has labels of 1 to 63 characters, at
 * most 253 in all, with an optional dot at the end. Digits and dots alone must be an address,
 * because resolvers never query them.
 */
export const isHost = (text: string): boolean => {
  if (isIP(text) !== 0) return true
  const name = text.replace(/\.$/, "")
  return NAME.test(name) && !/^[\d.]+$/.test(name)
}

/** Host:port or [IPv6 address]:port, without a zone; ports from 1 to 65535. */
export const isHostAndPort = (text: string): boolean => {
  const [, address, name, port] = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):([1-9]\d{0,4})$/i.exec(text) ?? []
  if (port === undefined || Number(port) > 65_535) return false
  return address === undefined ? name !== undefined && isHost(name) : isIP(address) === 6
}
