/**
 * libpq's environment variables. psql uses them for parts that the URL leaves out; the worker reads
 * none of them. The configuration is refused if the worker would use another server, database or
 * schema than psql, or less encryption.
 */
import type { PostgresUrl } from "./PostgresUrl.ts"

/** The variables that can change the connection. */
export const LIBPQ_NAMES = [
  "PGHOST",
  "PGHOSTADDR",
  "PGPORT",
  "PGDATABASE",
  "PGSERVICE",
  "PGOPTIONS",
  "PGSSLMODE"
] as const
export type LibpqName = (typeof LIBPQ_NAMES)[number]

/** The configuration without libpq's variables. */
export interface Configured {
  readonly url: PostgresUrl
  /** Parts that the URL contains. */
  readonly parts: ReadonlySet<"host" | "port">
  readonly database: string
  readonly isSslModeSet: boolean
  readonly isSchemaSet: boolean
}

const SECURE_MODES = ["require", "verify-ca", "verify-full"]

/**
 * One phrase without values for each variable that would change the connection: the part to add to
 * the URL.
 */
export const libpqConflicts = (
  values: ReadonlyMap<LibpqName, string>,
  { database, isSchemaSet, isSslModeSet, parts, url }: Configured
): ReadonlyArray<string> => {
  const isSet = (name: LibpqName, matters: (value: string) => boolean): boolean => {
    const value = values.get(name)
    return value !== undefined && value !== "" && matters(value)
  }
  const conflicts: ReadonlyArray<readonly [LibpqName, boolean, string]> = [
    ["PGHOST", isSet("PGHOST", (value) => !parts.has("host") && value !== url.host), "the host"],
    ["PGHOSTADDR", isSet("PGHOSTADDR", (value) => value !== url.host), "the address as its host"],
    ["PGPORT", isSet("PGPORT", (value) => !parts.has("port") && value !== String(url.port)), "the port"],
    ["PGDATABASE", isSet("PGDATABASE", (value) => url.database === undefined && value !== database), "the database"],
    ["PGSERVICE", isSet("PGSERVICE", () => !parts.has("host") || url.database === undefined), "host and database"],
    [
      "PGOPTIONS",
      isSet("PGOPTIONS", (value) => /search_path|role/i.test(value) && !isSchemaSet),
      "the schema (schema=...), or POSTGRES_SCHEMA"
    ],
    ["PGSSLMODE", isSet("PGSSLMODE", (value) => SECURE_MODES.includes(value) && !isSslModeSet), "sslmode"]
  ]
  return conflicts.flatMap(([name, isConflict, what]) =>
    isConflict
      ? [`${what} in it, because ${name} is set, which psql uses and this worker ignores. Or unset ${name}`]
      : []
  )
}
