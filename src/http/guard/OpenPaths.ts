/** Paths that need no token, written exactly so. Any other spelling that the router takes for the same needs the token. */
import { LOGIN_PATH, LOGIN_STYLE_PATH } from "./LoginPage.ts"

/** Probes of supervisors. They have connections of their own, see Connections.ts. */
export const PROBES: ReadonlySet<string> = new Set(["/health/live", "/health/ready"])

/** What supervisors and scrapers read. It holds no stream, no user and no message. */
export const MONITORING: ReadonlySet<string> = new Set([...PROBES, "/metrics", "/metrics/prometheus"])

export const OPEN: ReadonlySet<string> = new Set([...MONITORING, LOGIN_PATH, LOGIN_STYLE_PATH])
