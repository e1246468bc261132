import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { parsePostgresUrl } from "../../src/config/PostgresUrl.ts"

/** The parts that are said, the password in the clear. */
const parts = (text: string) => {
  const url = Result.getOrThrow(parsePostgresUrl(text))
  const said = { ...url, password: url.password && Redacted.value(url.password) }
  return Object.fromEntries(
    Object.entries(said).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
  )
}

describe("allowed", () => {
  const cases: ReadonlyArray<readonly [string, object]> = [
    ["postgresql://db", { host: "db", port: 5432 }],
    ["postgres://db:6543/live", { host: "db", port: 6543, database: "live" }],
    ["jdbc:postgresql://db:6543/live", { host: "db", port: 6543, database: "live" }],
    ["postgresql:///live", { host: "localhost", port: 5432, database: "live" }],
    ["postgresql://u:p@[::1]:6543/live", { host: "::1", port: 6543, database: "live", user: "u", password: "p" }],
    [
      "postgresql://u:a%40b%2F%3A+%20@db/l%2Fv",
      { host: "db", port: 5432, database: "l/v", user: "u", password: "a@b/:+ " }
    ],
    ["postgresql://u%C3%BC@db/d", { host: "db", port: 5432, database: "d", user: "uü" }],
    [
      "jdbc:postgresql://db/d?user=u&password=a+b%2Bc",
      { host: "db", port: 5432, database: "d", user: "u", password: "a b+c" }
    ],
    ["postgresql://db/d?user=u&password=a+b=", { host: "db", port: 5432, database: "d", user: "u", password: "a+b=" }],
    ["postgresql://db/?sslmode=require", { host: "db", port: 5432, sslMode: "require" }],
    ["postgresql://db/?sslmode=allow", { host: "db", port: 5432, sslMode: "prefer" }],
    ["jdbc:postgresql://db/?ssl=true", { host: "db", port: 5432, sslMode: "verify-full" }],
    ["jdbc:postgresql://db/?ssl", { host: "db", port: 5432, sslMode: "verify-full" }],
    ["jdbc:postgresql://db/?ssl=false", { host: "db", port: 5432 }],
    ["jdbc:postgresql://db/?ssl=true&sslmode=require", { host: "db", port: 5432, sslMode: "require" }],
    [
      "jdbc:postgresql://db/?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory",
      { host: "db", port: 5432, sslMode: "require" }
    ],
    ["postgresql://db/?sslrootcert=/ca.pem", { host: "db", port: 5432, sslRootCert: "/ca.pem" }],
    ['jdbc:postgresql://db/?currentSchema="one",public', { host: "db", port: 5432, schema: "one" }],
    ["jdbc:postgresql://db/?a=1&b=2", { host: "db", port: 5432, unusedParameters: ["a", "b"] }]
  ]
  for (const [text, expected] of cases) it(text, () => assert.deepStrictEqual(parts(text), expected))
})

describe("refused", () => {
  const cases: ReadonlyArray<readonly [string, string]> = [
    ["", "postgresql://"],
    ["db:5432/live", "postgresql://"],
    ["mysql://db/live", "postgresql://"],
    ["jdbc:mysql://db/live", "postgresql://"],
    ["postgresql://db:0/live", "port"],
    ["postgresql://db:65536/live", "port"],
    ["postgresql://a:1,b:2/live", "one host"],
    ["postgresql://u:p#w@db/live", "%23"],
    ["postgresql://u:p/w@db/live", "percent-encoded"],
    ["postgresql://u:p%w@db/live", "%25"],
    ["postgresql://u:p%ff@db/live", "percent"],
    ["postgresql://db/a/b", "one path segment"],
    ["postgresql://db/live?sslmode=yes", "sslmode"],
    ["postgresql://db/live?password=a&b", "%26"]
  ]
  for (const [text, words] of cases) {
    it(text, () => {
      const result = parsePostgresUrl(text)
      assert.include(Result.isFailure(result) ? result.failure : "nothing", words)
    })
  }
})
