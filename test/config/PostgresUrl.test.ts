import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result } from "effect"
import { parsePostgresUrl } from "../../src/config/PostgresUrl.ts"

/** The parts that the URL contains, the password in the clear. */
const parts = (text: string) => {
  const url = Result.getOrThrow(parsePostgresUrl(text))
  const contained = { ...url, password: url.password && Redacted.value(url.password) }
  return Object.fromEntries(
    Object.entries(contained).filter(
      ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)
    )
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
    ["postgresql://db/?schema=one", { host: "db", port: 5432, schema: "one" }],
    ["postgresql://db/?search_path=one", { host: "db", port: 5432, schema: "one" }],
    ["postgresql://db/?options=-c%20search_path%3Done", { host: "db", port: 5432, schema: "one" }],
    ["postgresql://db/?options=-csearch_path%3Done", { host: "db", port: 5432, schema: "one" }],
    ["postgresql://db/?options=--search_path%3Done", { host: "db", port: 5432, schema: "one" }],
    ["postgresql://db/?schema=one&currentSchema=one", { host: "db", port: 5432, schema: "one" }],
    ["postgresql:///?host=db&port=6543&dbname=live&user=u", { host: "db", port: 6543, database: "live", user: "u" }],
    ["postgresql:///live?host=/run/postgresql", { host: "/run/postgresql", port: 5432, database: "live" }],
    ["postgresql://%2Frun%2Fpostgresql:6543/live", { host: "/run/postgresql", port: 6543, database: "live" }],
    ["postgresql://db/?target_session_attrs=read-write", { host: "db", port: 5432 }],
    ["jdbc:postgresql://db/?targetServerType=primary", { host: "db", port: 5432 }],
    ["postgresql://db/?user=u&password=", { host: "db", port: 5432, user: "u" }],
    ...[
      "application_name=x",
      "ApplicationName=x",
      "fallback_application_name=x",
      "connect_timeout=3",
      "loginTimeout=3",
      "socketTimeout=3",
      "keepalives_idle=3",
      "tcp_user_timeout=3",
      "client_encoding=utf8",
      "load_balance_hosts=disable",
      "sslsni=1",
      "sslcompression=0",
      "channel_binding=prefer",
      "gssencmode=disable",
      "sslnegotiation=postgres",
      "pgbouncer=true",
      "connection_limit=5",
      "reWriteBatchedInserts=true"
    ].map(
      (parameter) =>
        [
          `postgresql://db/?${parameter}`,
          { host: "db", port: 5432, unusedParameters: [parameter.split("=")[0]] }
        ] as const
    ),
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
    ["postgresql://db/live?password=a&b", "%26"],
    ["postgresql://db/live?schema=one&currentSchema=two", "one schema"],
    ["postgresql://db/live?schema=one&schema=two", "once"],
    ["postgresql://db/live?schema=", "a value"],
    ["postgresql://db/live?currentSchema=", "a value"],
    ["postgresql://db/live?Schema=one", "may mean schema"],
    ["postgresql://db/live?shema=one", "may mean schema"],
    ["postgresql://db/live?current_schema=one", "may mean currentSchema"],
    ["postgresql://db/live?searchpath=one", "may mean search_path"],
    ["postgresql://db/live?options=-c%20search_path%3Done%20-c%20role%3Dx", "search_path=name"],
    ["postgresql://db/live?options=-c%20role%3Dx", "search_path=name"],
    ["postgresql://db/live?options=endpoint%3Dx", "endpoint"],
    ["postgresql://db/live?options=", "a value"],
    ["postgresql://db/live?host=other", "one host"],
    ["postgresql:///live?host=a,b", "one host"],
    ["postgresql:///live?host=a&host=b", "once"],
    ["postgresql:///live?host=@abstract", "one host"],
    ["postgresql://db:1/live?port=2", "one port"],
    ["postgresql://db/live?port=1,2", "one port"],
    ["postgresql://db/live?port=99999", "one port"],
    ["postgresql://db/live?dbname=other", "one database"],
    ["postgresql://db/?dbname=host%3Dother", "plain name"],
    ["postgresql://u@db/live?user=other", "one user"],
    ["postgresql://u@/live?host=/tmp", "one host"],
    ["postgresql://db/live?target_session_attrs=standby", "target_session_attrs"],
    ["jdbc:postgresql://db/live?targetServerType=secondary", "targetServerType"],
    ["postgresql://db/live?channel_binding=require", "channel_binding"],
    ["postgresql://db/live?gssencmode=require", "gssencmode"],
    ...[
      "hostaddr",
      "service",
      "servicefile",
      "passfile",
      "role",
      "database",
      "replication",
      "sslcert",
      "sslkey",
      "sslpassword",
      "sslcrl",
      "requiressl",
      "requirepeer",
      "require_auth",
      "krbsrvname",
      "ssl_min_protocol_version",
      "PGHOST",
      "PGDBNAME",
      "socketFactory"
    ].map((name) => [`postgresql://db/live?${name}=hidden`, `no parameter ${name}`] as const)
  ]
  for (const [text, words] of cases) {
    it(text, () => {
      const result = parsePostgresUrl(text)
      assert.include(Result.isFailure(result) ? result.failure : "nothing", words)
    })
  }
})
