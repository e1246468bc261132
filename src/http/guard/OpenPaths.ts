/**
 * Paths that need no token in exactly this spelling. Other spellings that the router accepts need
 * the token.
 */
import { LOGIN_PATH, LOGIN_STYLE_PATH } from "./LoginPage.ts"

/** Probes of supervisors. They have reserved connections; see Connections.ts. */
export const PROBES: ReadonlySet<string> = new Set(["/health/live", "/health/ready"])

/** Paths for supervisors and scrapers. Their responses contain no stream, user or message. */
export const MONITORING: ReadonlySet<string> = new Set([...PROBES, "/metrics", "/metrics/prometheus"])

export const OPEN: ReadonlySet<string> = new Set([...MONITORING, LOGIN_PATH, LOGIN_STYLE_PATH])
