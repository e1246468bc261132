/** A failure of PostgreSQL: one line for operators, and whether a retry can help. */
import { Runtime, Schema, Struct } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { DATABASE_FAILURES } from "../domain/DatabaseFailure.ts"
import type { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"
import { type Place, serverAt } from "./Place.ts"
import { problemOf, SHARED_SESSIONS } from "./SessionSettings.ts"
import {
  isPassing,
  isRefusedByPooler,
  isRefusedParameter,
  isSharedSession,
  isTlsFailure,
  isUnexpectedSchema,
  mapSqlErrors,
  refusalCode,
  textOf
} from "./SqlErrors.ts"

export class PostgresError extends OperatorError.extend<PostgresError>("PostgresError")({
  _tag: Schema.tag("PostgresError"),
  reason: Schema.Literals(Struct.keys(DATABASE_FAILURES))
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return DATABASE_FAILURES[this.reason]
  }
  get isRetryable(): boolean {
    return this.reason === "Unreachable"
  }
}

interface Problem {
  readonly reason: PostgresError["reason"]
  /** One phrase or sentence. */
  readonly remedy: string
}

/** A reason that keeps the server from starting a session. Waiting does not change it. */
const sessionProblem = (error: SqlError, { database, user }: Place): Problem | undefined => {
  if (isSharedSession(error)) return { reason: "Settings", remedy: SHARED_SESSIONS }
  if (isRefusedParameter(error)) {
    return {
      reason: "Settings",
      remedy:
        "the connection pooler does not take this parameter: connect to PostgreSQL directly, or add the parameter to pgbouncer's ignore_startup_parameters"
    }
  }
  if (isRefusedByPooler(error)) {
    return {
      reason: "Settings",
      remedy:
        "a connection pooler refuses this: correct database and user of POSTGRES_URL, or the pooler's configuration (pgbouncer.ini, userlist.txt)"
    }
  }
  switch (refusalCode(error)) {
    case "3D000":
      return {
        reason: "Settings",
        remedy: `create it with CREATE DATABASE "${database}", or correct the database of POSTGRES_URL`
      }
    case "55000":
      return {
        reason: "Settings",
        remedy: `allow connections with ALTER DATABASE "${database}" ALLOW_CONNECTIONS true, or correct the database of POSTGRES_URL`
      }
    case "42501":
      return {
        reason: "Refused",
        remedy: `grant it with GRANT CONNECT ON DATABASE "${database}" TO "${user}"`
      }
    case "0A000":
      return {
        reason: "Settings",
        remedy: "the server is too old for this worker: PostgreSQL 15 or newer is needed"
      }
    default:
      return undefined
  }
}

/** `doing` completes "could not ...". */
export const toPostgresError = (place: Place, doing: string, error: SqlError): PostgresError => {
  const at = serverAt(place)
  const text = textOf(error)
  const make = (reason: PostgresError["reason"], detail: string) => new PostgresError({ reason, detail, cause: error })

  const problem = problemOf(error)
  if (problem !== undefined) return make(problem.reason, `${at}: ${problem.message}`)
  if (isTlsFailure(error)) {
    return make(
      "Unauthorized",
      `${at}: no TLS connection: ${text}. Check POSTGRES_SSL_MODE and the server's certificate`
    )
  }
  const failed = `${at}: could not ${doing}: ${text}`
  const refusal = sessionProblem(error, place)
  if (refusal !== undefined) return make(refusal.reason, `${failed}: ${refusal.remedy}`)
  if (error.reason._tag === "AuthenticationError") {
    return make(
      "Unauthorized",
      `${at} refused user ${place.user}: ${text}. Check POSTGRES_USER and POSTGRES_PASSWORD, and the server's pg_hba.conf`
    )
  }
  if (isPassing(error)) return make("Unreachable", failed)
  if (isUnexpectedSchema(error)) {
    return make(
      "Schema",
      `${failed}. The tables in schema ${place.schema} are not as expected: \`telemetra doctor\` names the difference, and \`telemetra migrate\` creates what is missing`
    )
  }
  return make("Refused", failed)
}

/** Turns every {@link SqlError} into a {@link PostgresError}. `doing` completes "could not ...". */
export const catchSqlErrors = (place: Place, doing: string) =>
  mapSqlErrors((error) => toPostgresError(place, doing, error))
