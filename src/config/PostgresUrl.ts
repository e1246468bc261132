/** Reads POSTGRES_URL: postgresql://, postgres:// and the jdbc:postgresql:// of the job before this one. */
import { Redacted, Result } from "effect"
import type { PostgresConfig } from "./AppConfig.ts"
import { isHost } from "./HostName.ts"
import { fateOf } from "./UrlParameters.ts"

/** What a URL says. What it does not say is `undefined`. */
export interface PostgresUrl {
  readonly host: string
  readonly port: number
  readonly database: string | undefined
  readonly user: string | undefined
  readonly password: Redacted.Redacted | undefined
  readonly sslMode: PostgresConfig["sslMode"] | undefined
  /** PEM text or a path, as it stands. */
  readonly sslRootCert: string | undefined
  /** The first of `currentSchema`, `schema`, `search_path`, or of that in `options`. */
  readonly schema: string | undefined
  /** Names of parameters that have no effect here, in their order. */
  readonly unusedParameters: ReadonlyArray<string>
}

const sslModes = new Map<string, PostgresConfig["sslMode"]>([
  ["disable", "disable"],
  // allow = "without TLS if the server lets us": prefer does the same and uses TLS where it can.
  ["allow", "prefer"],
  ["prefer", "prefer"],
  ["require", "require"],
  ["verify-ca", "verify-ca"],
  ["verify-full", "verify-full"]
])

/** Percent signs resolved; `undefined` where they are not followed by bytes of UTF-8. */
const decode = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

/** The URL in parts, or what is expected instead. A failure never holds a part of the URL: any part may be a password in the wrong place. */
export const parsePostgresUrl = (text: string): Result.Result<PostgresUrl, string> => {
  const isJdbc = text.startsWith("jdbc:")
  const plain = isJdbc ? text.slice("jdbc:".length) : text
  if (!/^(postgresql|postgres):\/\//.test(plain)) {
    return Result.fail("postgresql://user@host:port/database or jdbc:postgresql://host:port/database")
  }
  if (plain.includes("#")) return Result.fail("no # in it: write %23 where a password holds one")
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
  const parts = [url.hostname, url.pathname.replace(/^\//, ""), url.username, url.password].map(decode)
  const pairs = words.map((word) => {
    const [name = "", ...rest] = word.split("=")
    const value = rest.join("=")
    // Java writes a blank as +, libpq does not.
    return [decode(name), decode(isJdbc ? value.replaceAll("+", " ") : value)] as const
  })
  if (parts.includes(undefined) || pairs.some((pair) => pair.includes(undefined))) {
    return Result.fail("percent signs that are followed by two hexadecimal digits: write %25 for a percent sign")
  }
  const [host = "", database = "", user = "", password = ""] = parts
  if (url.pathname.slice(1).includes("/"))
    return Result.fail("one path segment, the database: write %2F for a / in user or password")

  const said: Said = {
    host: host.replace(/^\[|\]$/g, "") || undefined,
    port: url.port || undefined,
    database: database || undefined,
    user: user || undefined,
    password: password || undefined
  }
  const problem = readParameters(said, pairs as ReadonlyArray<readonly [string, string]>) ?? problemOf(said)
  return problem === undefined ? Result.succeed(toUrl(said)) : Result.fail(problem)
}

/** What the URL says so far. */
interface Said {
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

/** Of the server's options only the schema: `-c search_path=name`. */
const schemaOfOptions = (options: string): string | undefined =>
  firstSchema(/^\s*(?:-c\s*|--)search_path=([^\s\\]+)\s*$/.exec(options)?.[1] ?? "")

const readParameters = (said: Said, pairs: ReadonlyArray<readonly [string, string]>): string | undefined => {
  const seen = new Map<string, string>()
  for (const [name, value] of pairs) {
    const fate = fateOf(name, value)
    if (fate === "unused") {
      said.unused = [...(said.unused ?? []), name]
      continue
    }
    if (fate !== "honored") return fate.instead
    if ((seen.get(name) ?? value) !== value) return `its parameter ${name} once`
    seen.set(name, value)
    if (value === "" && name === "password") continue
    if (value === "" && name !== "ssl") return `a value for its parameter ${name}`
    const problem = readParameter(said, name, value)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** `undefined`, or what the URL has to say instead. */
const readParameter = (said: Said, name: string, value: string): string | undefined => {
  switch (name) {
    case "user":
    case "host":
    case "port":
      return sayOnce(said, name, value)
    case "dbname":
      return sayOnce(said, "database", value)
    case "password":
      said.password = value
      return undefined
    case "sslmode": {
      const mode = sslModes.get(value)
      if (mode === undefined) return `its sslmode to be ${[...sslModes.keys()].join(" or ")}`
      said.sslMode = mode
      return undefined
    }
    case "ssl":
      said.isSsl = value === "" || value.toLowerCase() === "true"
      return undefined
    case "sslfactory":
      said.isTrusting = value === "org.postgresql.ssl.NonValidatingFactory"
      if (!said.isTrusting) said.unused = [...(said.unused ?? []), name]
      return undefined
    case "sslrootcert":
      said.sslRootCert = value
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
        : sayOnce(said, "schema", schema)
    }
    default: {
      // currentSchema, schema, search_path
      const schema = firstSchema(value)
      return schema === undefined ? `a value for its parameter ${name}` : sayOnce(said, "schema", schema)
    }
  }
}

const sayOnce = (
  said: Said,
  part: "user" | "host" | "port" | "database" | "schema",
  value: string
): string | undefined => {
  if (said[part] !== undefined && said[part] !== value) return `one ${part}: it names two`
  said[part] = value
  return undefined
}

/** What the system takes as the path of a socket, without the zero byte at its end. */
const SOCKET_PATH_BYTES = 107

const isSocketFolder = (folder: string, port: string): boolean =>
  !folder.includes(",") && Buffer.byteLength(`${folder}/.s.PGSQL.${port}`) <= SOCKET_PATH_BYTES

const problemOf = (said: Said): string | undefined => {
  const { database, host, port } = said
  if ([host, database, said.user, said.password].some((part) => part?.includes("\0") === true)) {
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

const toUrl = (said: Said): PostgresUrl => ({
  host: said.host ?? "localhost",
  port: Number(said.port ?? 5432),
  database: said.database,
  user: said.user,
  password: said.password === undefined ? undefined : Redacted.make(said.password),
  // As the JDBC driver has it: ssl without sslmode means that the server must prove who it is, unless it is told to trust any.
  sslMode: said.sslMode ?? (said.isSsl === true ? (said.isTrusting === true ? "require" : "verify-full") : undefined),
  sslRootCert: said.sslRootCert,
  schema: said.schema,
  unusedParameters: said.unused ?? []
})

/** Which of the parts that libpq's environment variables can name are said by a URL that has been parsed before. */
export const partsSaid = (text: string): ReadonlySet<"host" | "port"> => {
  const url = URL.parse(text.replace(/^jdbc:/, ""))
  const said = new Set<"host" | "port">()
  if (url === null) return said
  for (const part of ["host", "port"] as const) {
    if ((part === "host" ? url.hostname : url.port) !== "" || url.searchParams.has(part)) said.add(part)
  }
  return said
}
