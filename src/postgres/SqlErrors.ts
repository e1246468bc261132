/** Classifies errors of the SQL client by PostgreSQL's codes and by the words of poolers. */
import { Cause, Effect, Predicate } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"
import { escapeControls } from "../domain/EscapeControls.ts"
import { WeakLogin } from "./login/LoginGuard.ts"
import { problemOf } from "./SessionSettings.ts"

const textField = (value: unknown, field: string): string | undefined => {
  if (!Predicate.hasProperty(value, field)) return undefined
  const found = value[field]
  return typeof found === "string" && found !== "" ? found : undefined
}

/** PostgreSQL's SQLSTATE (five characters), or the code of the operating system or of TLS. */
const codeOf = (error: SqlError): string | undefined => textField(error.reason.cause, "code")

const hasCode = (error: SqlError, codes: ReadonlySet<string>): boolean => {
  const code = codeOf(error)
  return code !== undefined && codes.has(code)
}

const isOfClass = (error: SqlError, prefix: string): boolean => codeOf(error)?.startsWith(prefix) === true

/**
 * The longest DETAIL or HINT in UTF-16 code units. A constraint's DETAIL repeats key values, which
 * users choose.
 */
const DETAIL_LIMIT = 500

/** Joins lines and escapes characters that act on a terminal. */
const onOneLine = (text: string): string => escapeControls(text.replaceAll(/\s*\n\s*/g, " "))

/** SQLSTATE 23514: a violated CHECK names its constraint, a row without a partition does not. */
const isCheckCode = (error: SqlError): boolean => codeOf(error) === "23514"

const isCheckViolation = (error: SqlError): boolean =>
  isCheckCode(error) && textField(error.reason.cause, "constraint") !== undefined

/**
 * NOT NULL, CHECK and data exceptions: DETAIL repeats a row or a value, possibly a chat message.
 */
const quotesRow = (error: SqlError): boolean =>
  codeOf(error) === "23502" || isOfClass(error, "22") || isCheckViolation(error)

const additionOf = (error: SqlError, field: "detail" | "hint"): string => {
  const text = textField(error.reason.cause, field)
  if (text === undefined || (field === "detail" && quotesRow(error))) return ""
  const line = onOneLine(text).replace(/\.$/, "")
  const bounded = line.length > DETAIL_LIMIT ? `${line.slice(0, DETAIL_LIMIT)}...` : line
  return `. ${field.toUpperCase()}: ${bounded}`
}

/** Returns the message of the server or the socket with code, DETAIL and HINT, on one line. */
export const textOf = (error: SqlError): string => {
  const code = codeOf(error)
  const message = onOneLine(textField(error.reason.cause, "message") ?? code ?? error.message)
  const coded = code === undefined || message === code ? message : `${message} (${code})`
  return `${coded}${additionOf(error, "detail")}${additionOf(error, "hint")}`
}

/** PostgreSQL can never store this data: class 22, or a value that no codec can write. */
export const isRefusedData = (error: SqlError): boolean =>
  isOfClass(error, "22") || textField(error.reason.cause, "_tag") === "PgTypesCodecError"

/** The statement exceeded the statement timeout of its session, or was cancelled. */
export const isStatementTimeout = (error: SqlError): boolean => codeOf(error) === "57014"

/** Another session held a lock for longer than the lock timeout. */
export const isLockTimeout = (error: unknown): error is SqlError => isSqlError(error) && codeOf(error) === "55P03"

/** No partition covers a row, because a partition was dropped. */
export const isMissingPartition = (error: unknown): error is SqlError =>
  isSqlError(error) && isCheckCode(error) && !isCheckViolation(error)

/** A row with the same unique key exists. */
export const isDuplicateKey = (error: unknown): error is SqlError => isSqlError(error) && codeOf(error) === "23505"

/** A new partition would cover rows that the default partition holds. */
export const isHeldByDefaultPartition = isCheckCode

const PASSING = new Set([
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

/**
 * The server is unavailable or preferred another session: the same statement may succeed later.
 * Class 53 (disk full, out of memory, no connection left) ends when an operator makes room.
 */
export const isPassing = (error: SqlError): boolean =>
  error.reason._tag === "ConnectionError" || hasCode(error, PASSING) || isOfClass(error, "53")

const UNEXPECTED_SCHEMA = new Set(["3F000", "42P01", "42P10", "42703", "42704"])

/** The table, column, schema or unique constraint that a statement names does not exist. */
export const isUnexpectedSchema = (error: SqlError): boolean => hasCode(error, UNEXPECTED_SCHEMA)

/** Codes of OpenSSL, and of Node's comparison of names. */
const TLS_CODE =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|INVALID_|PATH_LENGTH|HOSTNAME_MISMATCH)/

export const isTlsFailure = (error: SqlError): boolean => TLS_CODE.test(codeOf(error) ?? "")

/** The server requested the password in a form that only a verified server may receive. */
export const isWeakLogin = (error: SqlError): boolean => problemOf(error) instanceof WeakLogin

/** The server or a pooler ended a session or refused to start it. */
const isFatal = (error: SqlError): boolean =>
  ["FATAL", "PANIC"].includes(
    // Only the first of the two is independent of the server's language.
    textField(error.reason.cause, "severityUnlocalized") ?? textField(error.reason.cause, "severity") ?? ""
  )

/** The SQLSTATE of a refused session; `undefined` if the error did not end a session. */
export const refusalCode = (error: SqlError): string | undefined => (isFatal(error) ? codeOf(error) : undefined)

/** Poolers report every problem with SQLSTATE 08P01. These words mark a temporary one. */
const PASSING_WORDS =
  /time ?out|try again|server_login_retry|cannot connect|could not connect|no more connections|too many|shut(ting)? ?down|starting|crash|terminat|closed|closing|pause|suspend|server down|dns|unavailable|no mem/i

/** These words mark a problem that needs an operator, and win over {@link PASSING_WORDS}. */
const LASTING_WORDS =
  /unsupported startup|authentication failed|no pg_hba\.conf|does not exist|no such (user|database)|wrong password type/i

/** A pooler refuses the session, and will refuse it again. */
export const isRefusedByPooler = (error: SqlError): boolean => {
  if (refusalCode(error) !== "08P01") return false
  const text = textOf(error)
  return LASTING_WORDS.test(text) || !PASSING_WORDS.test(text)
}

/** A pooler can neither forward nor ignore a startup parameter. */
export const isRefusedParameter = (error: SqlError): boolean =>
  textOf(error).toLowerCase().includes("unsupported startup parameter")

/** A pooler replaced the session: prepared statements are gone, or a transaction is refused. */
export const isSharedSession = (error: SqlError): boolean =>
  ["26000", "42P05"].includes(codeOf(error) ?? "") || textOf(error).includes("statement pooling mode")

/**
 * Maps every {@link SqlError}, including one that surfaced as a defect: the client's ROLLBACK on a
 * broken connection dies of the error that broke it.
 */
export const mapSqlErrors =
  <E2>(map: (error: SqlError) => E2) =>
  <A, E, R>(self: Effect.Effect<A, E | SqlError, R>): Effect.Effect<A, Exclude<E, SqlError> | E2, R> =>
    Effect.catchCause(self, (cause): Effect.Effect<never, Exclude<E, SqlError> | E2> => {
      for (const reason of cause.reasons) {
        const error = Cause.isFailReason(reason) ? reason.error : Cause.isDieReason(reason) ? reason.defect : undefined
        if (isSqlError(error)) return Effect.fail(map(error))
      }
      // No reason is a SqlError, so none is left in the type.
      return Effect.failCause(cause as Cause.Cause<Exclude<E, SqlError>>)
    })
