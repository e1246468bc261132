/** What PostgreSQL's errors mean to the worker: retry, ask a person, or leave a row out. */
import { Cause, Effect, Predicate } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { escapeControls } from "../domain/EscapeControls.ts"
import { ResultStoreError } from "../sink/ResultStore.ts"
import { WeakLogin } from "./login/LoginGuard.ts"
import { problemOf, SHARED_SESSIONS } from "./SessionSettings.ts"

/** Which database, for messages. Holds no secret. */
export interface Place {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly schema: string
}

const textField = (value: unknown, field: string): string | undefined => {
  if (!Predicate.hasProperty(value, field)) return undefined
  const found = value[field]
  return typeof found === "string" && found !== "" ? found : undefined
}

/** PostgreSQL's five letters, or the operating system's or TLS' code where the server said nothing. */
export const codeOf = (error: SqlError): string | undefined => textField(error.reason.cause, "code")

/** The longest DETAIL or HINT in UTF-16 code units. A constraint's DETAIL repeats key values, which users choose. */
const DETAIL_LIMIT = 500

/** On one line, without characters that act on a terminal. */
const onOneLine = (text: string): string => escapeControls(text.replaceAll(/\s*\n\s*/g, " "))

const isCheckViolation = (error: SqlError): boolean =>
  codeOf(error) === "23514" && textField(error.reason.cause, "constraint") !== undefined

/** DETAIL then repeats a whole row or a value, so it may hold a chat message: NOT NULL, CHECK and data exceptions. */
const quotesRow = (error: SqlError): boolean =>
  codeOf(error) === "23502" || codeOf(error)?.startsWith("22") === true || isCheckViolation(error)

const additionOf = (error: SqlError, field: "detail" | "hint"): string => {
  const text = textField(error.reason.cause, field)
  if (text === undefined || (field === "detail" && quotesRow(error))) return ""
  const line = onOneLine(text).replace(/\.$/, "")
  const bounded = line.length > DETAIL_LIMIT ? `${line.slice(0, DETAIL_LIMIT)}...` : line
  return `. ${field.toUpperCase()}: ${bounded}`
}

/** The message of the server or the socket, with the server's code, DETAIL and HINT, on one line. */
export const textOf = (error: SqlError): string => {
  const code = codeOf(error)
  const message = onOneLine(textField(error.reason.cause, "message") ?? code ?? error.message)
  const coded = code === undefined || message === code ? message : `${message} (${code})`
  return `${coded}${additionOf(error, "detail")}${additionOf(error, "hint")}`
}

/** PostgreSQL can't hold this data, whoever asks and however often: class 22, or a value that no codec can write. */
export const isRefusedData = (error: SqlError): boolean =>
  codeOf(error)?.startsWith("22") === true || textField(error.reason.cause, "_tag") === "PgTypesCodecError"

/** The statement took longer than its session allows, or was cancelled. */
export const isStatementTimeout = (error: SqlError): boolean => codeOf(error) === "57014"

/** Another session held a lock for longer than this one may wait. */
export const isLockTimeout = (error: unknown): error is SqlError => isSqlError(error) && codeOf(error) === "55P03"

/** No partition covers a row (somebody dropped it). The code is that of a violated CHECK, but no constraint is named. */
export const isMissingPartition = (error: unknown): error is SqlError =>
  isSqlError(error) && codeOf(error) === "23514" && textField(error.reason.cause, "constraint") === undefined

/** The server is there but not now, or gave way to somebody else: the same statement may succeed later. */
const passing = new Set([
  "25006", // read-only: a standby, or a primary that is being replaced
  "25P03", // idle in transaction for too long
  "40001", // serialization failure
  "40P01", // deadlock
  "55P03", // lock timeout
  "57014", // statement timeout
  "57P01", // shutting down
  "57P02", // crashed
  "57P03", // starting up
  "57P05" // idle session
])

/** A full disk, no memory, no connection left: class 53, which ends when somebody makes room. */
const isShortOfRoom = (code: string): boolean => code.startsWith("53")

/** The table, column, schema or unique constraint that a statement names does not exist. */
const unexpectedSchema = new Set(["3F000", "42P01", "42P10", "42703", "42704"])

/** Codes of OpenSSL, and of Node's comparison of names. */
const isTlsFailure = (code: string): boolean =>
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_|PATH_LENGTH|HOSTNAME_MISMATCH)/.test(
    code
  )

/** The server requested the password in a form that only a verified server may have. */
export const isWeakLogin = (error: SqlError): boolean => problemOf(error) instanceof WeakLogin

/** The server or a pooler ended a session, or did not begin it. `V` is the severity that no language changes. */
const isFatal = (error: SqlError): boolean =>
  ["FATAL", "PANIC"].includes(
    textField(error.reason.cause, "severityUnlocalized") ?? textField(error.reason.cause, "severity") ?? ""
  )

/** Poolers use one SQLSTATE, 08P01, for all that they say: these words are of what passes. */
const PASSING_WORDS =
  /time ?out|try again|server_login_retry|cannot connect|could not connect|no more connections|too many|shut(ting)? ?down|starting|crash|terminat|closed|closing|pause|suspend|server down|dns|unavailable|no mem/i

/** These are of what a person must change, also within what else is said. */
const LASTING_WORDS =
  /unsupported startup|authentication failed|no pg_hba\.conf|does not exist|no such (user|database)|wrong password type/i

/** A pooler refuses the session, and would again. */
const isRefusedByPooler = (error: SqlError): boolean => {
  if (codeOf(error) !== "08P01" || !isFatal(error)) return false
  const text = textOf(error)
  return LASTING_WORDS.test(text) || !PASSING_WORDS.test(text)
}

interface Refusal {
  readonly reason: "Settings" | "Refused"
  readonly remedy: string
}

/** Why the server does not begin a session in this database: waiting changes none of these. */
const refusalOf = (error: SqlError, { database, user }: Place): Refusal | undefined => {
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
  if (!isFatal(error)) return undefined
  switch (codeOf(error)) {
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

/** A pooler that knows neither how to pass a startup parameter on nor that it may drop it. */
export const isRefusedParameter = (error: SqlError): boolean =>
  textOf(error).toLowerCase().includes("unsupported startup parameter")

/** A session that does not know its own statements, or may not begin a transaction: a pooler has exchanged it. */
const isSharedSession = (error: SqlError): boolean =>
  ["26000", "42P05"].includes(codeOf(error) ?? "") || textOf(error).includes("statement pooling mode")

/** One line for people, and the reason by which the worker decides. `doing` completes "could not ...". */
export const toStoreError = (place: Place, doing: string, error: SqlError): ResultStoreError => {
  const at = `PostgreSQL at ${place.host}:${place.port}/${place.database}`
  const code = codeOf(error)
  const said = textOf(error)
  const make = (reason: ResultStoreError["reason"], detail: string) =>
    new ResultStoreError({ reason, detail, cause: error })

  const problem = problemOf(error)
  if (problem !== undefined) return make(problem.reason, `${at}: ${problem.message}`)
  if (isSharedSession(error)) return make("Settings", `${at}: could not ${doing}: ${said}: ${SHARED_SESSIONS}`)
  if (code !== undefined && isTlsFailure(code)) {
    return make(
      "Unauthorized",
      `${at}: no TLS connection: ${said}. Check POSTGRES_SSL_MODE and the server's certificate`
    )
  }
  const refusal = refusalOf(error, place)
  if (refusal !== undefined) {
    return make(refusal.reason, `${at}: could not ${doing}: ${said}: ${refusal.remedy}`)
  }
  if (error.reason._tag === "AuthenticationError") {
    return make(
      "Unauthorized",
      `${at} refused user ${place.user}: ${said}. Check POSTGRES_USER and POSTGRES_PASSWORD, and the server's pg_hba.conf`
    )
  }
  if (error.reason._tag === "ConnectionError" || (code !== undefined && (passing.has(code) || isShortOfRoom(code)))) {
    return make("Unreachable", `${at}: could not ${doing}: ${said}`)
  }
  if (code !== undefined && unexpectedSchema.has(code)) {
    return make(
      "Schema",
      `${at}: could not ${doing}: ${said}. The tables in schema ${place.schema} are not as expected: \`telemetra doctor\` names the difference, and \`telemetra migrate\` creates what is missing`
    )
  }
  return make("Refused", `${at}: could not ${doing}: ${said}`)
}

/**
 * Turns every {@link SqlError} into a {@link ResultStoreError}, also one that surfaced as a defect: the client's ROLLBACK on a broken connection
 * dies of the very error that broke it.
 */
export const catchSqlErrors =
  (place: Place, doing: string) =>
  <A, E, R>(self: Effect.Effect<A, E | SqlError, R>): Effect.Effect<A, Exclude<E, SqlError> | ResultStoreError, R> =>
    Effect.catchCause(self, (cause): Effect.Effect<never, Exclude<E, SqlError> | ResultStoreError> => {
      for (const reason of cause.reasons) {
        const error = Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined
        if (isSqlError(error)) return Effect.fail(toStoreError(place, doing, error))
      }
      // no SqlError among the reasons, so none is left in the type
      return Effect.failCause(cause as Cause.Cause<Exclude<E, SqlError>>)
    })
