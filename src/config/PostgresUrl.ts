/** Parses POSTGRES_URL: postgresql://, postgres:// and the jdbc:postgresql:// of the Spark job. */
import { Redacted, Result } from "effect"
import type { PostgresConfig } from "./AppConfig.ts"
import { isHost } from "./HostName.ts"
import { fateOf } from "./UrlParameters.ts"

/** The parts of a URL; `undefined` if the URL leaves a part out. */
export interface PostgresUrl {
  readonly host: string
  readonly port: number
  readonly database: string | undefined
  readonly user: string | undefined
  readonly password: Redacted.Redacted | undefined
  readonly sslMode: PostgresConfig["sslMode"] | undefined
  /** PEM text or a path, as written. */
  readonly sslRootCert: string | undefined
  /** The first of `currentSchema`, `schema`, `search_path`, or of that in `options`. */
  readonly schema: string | undefined
  /** Names of ignored parameters, in their order. */
  readonly unusedParameters: ReadonlyArray<string>
}

const sslModes = new Map<string, PostgresConfig["sslMode"]>([
  ["disable", "disable"],
  // libpq's allow tries without TLS first; prefer connects in the same cases and uses TLS if it
  // can.
  ["allow", "prefer"],
  ["prefer", "prefer"],
  ["require", "require"],
  ["verify-ca", "verify-ca"],
  ["verify-full", "verify-full"]
])

/** The percent-decoded part; `undefined` if it is not valid UTF-8. */
const decode = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

/**
 * The parts of the URL, or the expected form. A failure never repeats a part of the URL, because
 * any part may be a misplaced password.
 */
export const parsePostgresUrl = (text: string): Result.Result<PostgresUrl, string> => {
  const isJdbc = text.startsWith("jdbc:")
  const plain = isJdbc ? text.slice("jdbc:".length) : text
  if (!/^(postgresql|postgres):\/\//.test(plain)) {
    return Result.fail("postgresql://user@host:port/database or jdbc:postgresql://host:port/database")
  }
  if (plain.includes("#")) return Result.fail("no # in it: write %23 for a # in a password")
  const url = URL.parse(plain)
  if (url === null) {
    return Result.fail(
      "one host and a port from 1 to 65535, and the characters / ? # @ : % of user and password percent-encoded (%2F %3F %23 %40 %3A %25)"
    )
  }
  if (url.port === "0") return Result.fail("a port from 1 to 65535")

  const words = url.search
    .slice(1)
    .split("&")
    .filter((word) => word !== "")
  if (words.some((word) => !word.includes("=") && word !== "ssl")) {
    return Result.fail("parameters of the form name=value, joined by &: write %26 for an & in a value")
  }
  const decoded = [url.hostname, url.pathname.replace(/^\//, ""), url.username, url.password].map(decode)
  const pairs = words.map((word) => {
    const [name = "", ...rest] = word.split("=")
    const value = rest.join("=")
    // Java encodes a blank as +, libpq does not.
    return [decode(name), decode(isJdbc ? value.replaceAll("+", " ") : value)] as const
  })
  if (decoded.includes(undefined) || pairs.some((pair) => pair.includes(undefined))) {
    return Result.fail("percent signs that are followed by two hexadecimal digits: write %25 for a percent sign")
  }
  const [host = "", database = "", user = "", password = ""] = decoded
  if (url.pathname.slice(1).includes("/"))
    return Result.fail("one path segment, the database: write %2F for a / in user or password")

  const parts: Parts = {
    host: host.replace(/^\[|\]$/g, "") || undefined,
    port: url.port || undefined,
    database: database || undefined,
    user: user || undefined,
    password: password || undefined
  }
  const problem = readParameters(parts, pairs as ReadonlyArray<readonly [string, string]>) ?? problemOf(parts)
  return problem === undefined ? Result.succeed(toUrl(parts)) : Result.fail(problem)
}

/** The parts read so far. */
interface Parts {
  host: string | undefined
  port: string | undefined
  database: string | undefined
  user: string | undefined
  password: string | undefined
  sslMode?: PostgresConfig["sslMode"]
  isSsl?: boolean
  isTrusting?: boolean
  sslRootCert?: string
  schema?: string
  unused?: ReadonlyArray<string>
}

/** The first of a search path, without its quotes. */
const firstSchema = (path: string): string | undefined =>
  path
    .split(",")[0]
    ?.trim()
    .replace(/^"(.*)"$/, "$1") || undefined

/** The schema of the server's options, `-c search_path=name`. */
const schemaOfOptions = (options: string): string | undefined =>
  firstSchema(/^\s*(?:-c\s*|--)search_path=([^\s\\]+)\s*$/.exec(options)?.[1] ?? "")

const readParameters = (parts: Parts, pairs: ReadonlyArray<readonly [string, string]>): string | undefined => {
  const seen = new Map<string, string>()
  for (const [name, value] of pairs) {
    const fate = fateOf(name, value)
    if (fate === "unused") {
      parts.unused = [...(parts.unused ?? []), name]
      continue
    }
    if (fate !== "honored") return fate.instead
    if ((seen.get(name) ?? value) !== value) return `its parameter ${name} once`
    seen.set(name, value)
    if (value === "" && name === "password") continue
    if (value === "" && name !== "ssl") return `a value for its parameter ${name}`
    const problem = readParameter(parts, name, value)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** The problem of the parameter, or `undefined`. */
const readParameter = (parts: Parts, name: string, value: string): string | undefined => {
  switch (name) {
    case "user":
    case "host":
    case "port":
      return setOnce(parts, name, value)
    case "dbname":
      return setOnce(parts, "database", value)
    case "password":
      parts.password = value
      return undefined
    case "sslmode": {
      const mode = sslModes.get(value)
      if (mode === undefined) return `its sslmode to be ${[...sslModes.keys()].join(" or ")}`
      parts.sslMode = mode
      return undefined
    }
    case "ssl":
      parts.isSsl = value === "" || value.toLowerCase() === "true"
      return undefined
    case "sslfactory":
      parts.isTrusting = value === "org.postgresql.ssl.NonValidatingFactory"
      if (!parts.isTrusting) parts.unused = [...(parts.unused ?? []), name]
      return undefined
    case "sslrootcert":
      parts.sslRootCert = value
      return undefined
    case "target_session_attrs":
      return ["any", "read-write", "primary"].includes(value)
        ? undefined
        : "its target_session_attrs to be any, read-write or primary: the worker writes"
    case "targetServerType":
      return ["any", "primary", "master"].includes(value)
        ? undefined
        : "its targetServerType to be any or primary: the worker writes"
    case "options": {
      const schema = schemaOfOptions(value)
      return schema === undefined
        ? "its options to be -c search_path=name: use ALTER ROLE ... SET for other settings, and the endpoint's own host name"
        : setOnce(parts, "schema", schema)
    }
    default: {
      // currentSchema, schema, search_path
      const schema = firstSchema(value)
      return schema === undefined ? `a value for its parameter ${name}` : setOnce(parts, "schema", schema)
    }
  }
}

const setOnce = (
  parts: Parts,
  part: "user" | "host" | "port" | "database" | "schema",
  value: string
): string | undefined => {
  if (parts[part] !== undefined && parts[part] !== value) return `one ${part}: it names two`
  parts[part] = value
  return undefined
}

/** The longest path of a Unix socket, without the zero byte at its end. */
const SOCKET_PATH_BYTES = 107

const isSocketFolder = (folder: string, port: string): boolean =>
  !folder.includes(",") && Buffer.byteLength(`${folder}/.s.PGSQL.${port}`) <= SOCKET_PATH_BYTES

const problemOf = (parts: Parts): string | undefined => {
  const { database, host, port } = parts
  if ([host, database, parts.user, parts.password].some((part) => part?.includes("\0") === true)) {
    return "no U+0000 (%00): PostgreSQL's protocol cannot carry it"
  }
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    return "one port from 1 to 65535"
  }
  if (host !== undefined && !(host.startsWith("/") ? isSocketFolder(host, port ?? "5432") : isHost(host))) {
    return `one host: a name, an address, or the folder of a socket (%2Frun%2Fpostgresql, ${SOCKET_PATH_BYTES} bytes with the socket's name)`
  }
  return database !== undefined && /=|:\/\//.test(database) ? "the plain name of a database" : undefined
}

const toUrl = (parts: Parts): PostgresUrl => ({
  host: parts.host ?? "localhost",
  port: Number(parts.port ?? 5432),
  database: parts.database,
  user: parts.user,
  password: parts.password === undefined ? undefined : Redacted.make(parts.password),
  // As in the JDBC driver: ssl without sslmode verifies the server, unless its factory trusts any
  // server.
  sslMode:
    parts.sslMode ?? (parts.isSsl === true ? (parts.isTrusting === true ? "require" : "verify-full") : undefined),
  sslRootCert: parts.sslRootCert,
  schema: parts.schema,
  unusedParameters: parts.unused ?? []
})

/** Which of host and port the URL contains; it has been parsed before. */
export const partsOf = (text: string): ReadonlySet<"host" | "port"> => {
  const url = URL.parse(text.replace(/^jdbc:/, ""))
  const parts = new Set<"host" | "port">()
  if (url === null) return parts
  for (const part of ["host", "port"] as const) {
    if ((part === "host" ? url.hostname : url.port) !== "" || url.searchParams.has(part)) parts.add(part)
  }
  return parts
}
