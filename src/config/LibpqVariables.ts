/**
 * libpq's environment variables. psql uses them for what a URL does not say; the worker reads none of them. Where that would lead to another server, database, schema
 * or to less encryption than psql would use, the configuration is refused.
 */
import type { PostgresUrl } from "./PostgresUrl.ts"

/** The ones that matter here. */
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

/** What is configured without them. */
export interface Configured {
  readonly url: PostgresUrl
  /** Parts that the URL says. */
  readonly said: ReadonlySet<"host" | "port">
  readonly database: string
  readonly isSslModeSaid: boolean
  readonly isSchemaSaid: boolean
}

const SECURE_MODES = ["require", "verify-ca", "verify-full"]

/** What to configure instead, one phrase for each variable that would change the result; holds no values. */
export const libpqConflicts = (
  values: ReadonlyMap<LibpqName, string>,
  { database, isSchemaSaid, isSslModeSaid, said, url }: Configured
): ReadonlyArray<string> => {
  const isSet = (name: LibpqName, matters: (value: string) => boolean): boolean => {
    const value = values.get(name)
    return value !== undefined && value !== "" && matters(value)
  }
  const conflicts: ReadonlyArray<readonly [LibpqName, boolean, string]> = [
    ["PGHOST", isSet("PGHOST", (value) => !said.has("host") && value !== url.host), "the host"],
    ["PGHOSTADDR", isSet("PGHOSTADDR", (value) => value !== url.host), "the address as its host"],
    ["PGPORT", isSet("PGPORT", (value) => !said.has("port") && value !== String(url.port)), "the port"],
    ["PGDATABASE", isSet("PGDATABASE", (value) => url.database === undefined && value !== database), "the database"],
    ["PGSERVICE", isSet("PGSERVICE", () => !said.has("host") || url.database === undefined), "host and database"],
    [
      "PGOPTIONS",
      isSet("PGOPTIONS", (value) => /search_path|role/i.test(value) && !isSchemaSaid),
      "the schema (schema=...), or POSTGRES_SCHEMA"
    ],
    ["PGSSLMODE", isSet("PGSSLMODE", (value) => SECURE_MODES.includes(value) && !isSslModeSaid), "sslmode"]
  ]
  return conflicts.flatMap(([name, isConflict, what]) =>
    isConflict
      ? [`${what} in it, because ${name} is set: psql would use it, and this worker does not. Or unset ${name}`]
      : []
  )
}
