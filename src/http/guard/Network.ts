/**
 * The network of a client, which limits count by. One person often holds a whole IPv6 /64, and
 * often several addresses of an IPv4 /24.
 *
 *     203.0.113.7, ::ffff:203.0.113.9 -> 203.0.113.0/24
 *     2001:db8:1:2:3:4:5:6            -> 2001:db8:1:2::/64
 */
import { isIPv4, isIPv6 } from "node:net"

const IPV6_GROUPS = 8

/**
 * The eight groups without leading zeros. A dotted end replaces two groups that do not matter here.
 */
const groupsOf = (address: string): ReadonlyArray<string> => {
  const [left = [], right = []] = address
    .replace(/[^:]+\.[^:]*$/, "0:0")
    .split("::")
    .map((side) => side.split(":").filter((group) => group !== ""))
  const zeros = Array.from({ length: IPV6_GROUPS - left.length - right.length }, () => "0")
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16).toString(16))
}

/**
 * `address` comes from a socket. Other text is a network of its own: a closed socket has no
 * address.
 */
export const networkOf = (address: string): string => {
  const plain = address.replace(/%.*$/s, "").replace(/^::ffff:(?=[\d.]+$)/i, "")
  if (isIPv4(plain)) return plain.replace(/\.\d+$/, ".0/24")
  return isIPv6(plain) ? `${groupsOf(plain).slice(0, 4).join(":")}::/64` : address
}
