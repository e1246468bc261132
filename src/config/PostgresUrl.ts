/** Reads POSTGRES_URL: postgresql://, postgres:// and the jdbc:postgresql:// of the job before this one. */
import { Redacted, Result } from "effect"
import type { PostgresConfig } from "./AppConfig.ts"

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
  /** The first of `currentSchema`. */
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

  const said = {
    host: host.replace(/^\[|\]$/g, "") || "localhost",
    port: url.port === "" ? 5432 : Number(url.port),
    database: database || undefined,
    user: user || undefined,
    password: password === "" ? undefined : Redacted.make(password)
  }
  let sslMode: PostgresConfig["sslMode"] | undefined
  let isSsl = false
  let isTrusting = false
  let sslRootCert: string | undefined
  let schema: string | undefined
  const unusedParameters: Array<string> = []
  for (const [name = "", value = ""] of pairs) {
    switch (name) {
      case "user":
        said.user = value || said.user
        break
      case "password":
        said.password = value === "" ? said.password : Redacted.make(value)
        break
      case "sslmode":
        sslMode = sslModes.get(value)
        if (sslMode === undefined) return Result.fail(`its sslmode to be ${[...sslModes.keys()].join(" or ")}`)
        break
      case "ssl":
        isSsl = value === "" || value.toLowerCase() === "true"
        break
      case "sslfactory":
        isTrusting = value === "org.postgresql.ssl.NonValidatingFactory"
        if (!isTrusting) unusedParameters.push(name)
        break
      case "sslrootcert":
        sslRootCert = value || undefined
        break
      case "currentSchema":
        schema =
          value
            .split(",")[0]
            ?.trim()
            .replace(/^"(.*)"$/, "$1") || undefined
        break
      default:
        unusedParameters.push(name)
    }
  }
  // As the JDBC driver has it: ssl without sslmode means that the server must prove who it is, unless it is told to trust any.
  if (isSsl) sslMode ??= isTrusting ? "require" : "verify-full"
  return Result.succeed({ ...said, sslMode, sslRootCert, schema, unusedParameters })
}
