/**
 * The reasons for which a database cannot be used, each with the exit code of a command that ends
 * with it.
 */
import { ExitCode } from "./ExitCode.ts"

export const DATABASE_FAILURES = {
  /** The server does not reply, or the connection broke. Retryable. */
  Unreachable: ExitCode.unavailable,
  /** The user, password or TLS was refused: an operator must act. */
  Unauthorized: ExitCode.permission,
  /** Tables are missing or not as expected: `telemetra migrate` is needed. */
  Schema: ExitCode.config,
  /** Sessions are not as requested, usually because of a pooler: an operator must act. */
  Settings: ExitCode.config,
  /** Permissions or anything else that an operator must resolve. */
  Refused: ExitCode.permission
} as const
