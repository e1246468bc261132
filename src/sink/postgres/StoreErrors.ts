/** The boundary between PostgreSQL's errors and the store's: every reason stays what it is. */
import type { SqlError } from "effect/sql/SqlError"
import type { Place } from "../../postgres/Place.ts"
import { type PostgresError, toPostgresError } from "../../postgres/PostgresError.ts"
import { mapSqlErrors } from "../../postgres/SqlErrors.ts"
import { ResultStoreError } from "../ResultStore.ts"

export const toStoreError = ({ cause, detail, reason }: PostgresError): ResultStoreError =>
  new ResultStoreError({ reason, detail, cause })

/** `doing` completes "could not ...". */
export const storeErrorOf = (place: Place, doing: string, error: SqlError): ResultStoreError =>
  toStoreError(toPostgresError(place, doing, error))

/** Turns every SqlError into a {@link ResultStoreError}. `doing` completes "could not ...". */
export const catchStoreErrors = (place: Place, doing: string) =>
  mapSqlErrors((error) => storeErrorOf(place, doing, error))

/** The message of a decoder on one line. */
export const onOneLine = (message: string): string => message.replaceAll(/\s*\n\s*/g, " ")
