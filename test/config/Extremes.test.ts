import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { NodeServices } from "@effect/platform-node"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer } from "effect"
import * as Load from "../../src/config/Load.ts"

const read = (env: Record<string, string>) =>
  Load.load.pipe(
    Effect.provide(Layer.mergeAll(NodeServices.layer, ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
  )

const real = { KAFKA_BOOTSTRAP_SERVERS: "kafka:9092", POSTGRES_URL: "postgresql://telemetra@db/live" }
const tls = { ...real, KAFKA_SECURITY_PROTOCOL: "SSL" }
const verified = { ...real, POSTGRES_SSL_MODE: "verify-full" }

const folder = mkdtempSync(join(tmpdir(), "telemetra-extremes-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const openssl = (name: string): { readonly cert: string; readonly key: string } => {
  const words = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x -keyout ${name}.key -out ${name}.pem`
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" })
  const file = (extension: string) => readFileSync(join(folder, `${name}.${extension}`), "utf8")
  return { cert: file("pem"), key: file("key") }
}
const one = openssl("one")
const other = openssl("other")
const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
const sealed = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"

interface Extreme {
  readonly name: string
  readonly along?: Record<string, string>
  readonly works: ReadonlyArray<string>
  readonly refused: ReadonlyArray<string>
  /** A word of what the refusal allows. */
  readonly words: string
}

const labels = (count: number, length: number): string =>
  Array.from({ length: count }, () => "a".repeat(length)).join(".")

const extremes: ReadonlyArray<Extreme> = [
  {
    name: "KAFKA_BOOTSTRAP_SERVERS",
    along: real,
    works: [
      "[::1]:9092",
      "[2001:db8::1]:1,b:65535",
      "kafka.:9092",
      "my_kafka-1:9092",
      "10.0.0.1:9092",
      labels(3, 63) + ":1"
    ],
    refused: [
      "[:::::]:9092",
      "[1.2]:9092",
      "[1.2.3.4]:9092",
      "[fe80::1%eth0]:9092",
      "[::1]",
      "::1:9092",
      "[a]:1",
      "a..b:1",
      ".:1",
      "-a:1",
      "a-:1",
      "a.-b:1",
      "999.1.1.1:1",
      "1.2.3:1",
      "123:1",
      "a".repeat(64) + ":1",
      labels(5, 60) + ":1",
      "kafka://a:1",
      "SASL_SSL://a:1",
      "a:1 b:2",
      "a:1;b:2",
      "user@a:1",
      "ü:1",
      "a:99999",
      "a:01"
    ],
    words: "host:port, an IPv6 address in brackets"
  },
  {
    name: "POSTGRES_URL",
    along: real,
    works: [
      "postgresql://u@[::1]:5432/d",
      "postgresql:///d?user=u&host=::1",
      "postgresql://u@db./d",
      "postgresql://u@DB/d",
      "postgresql://u@my_db-1/d",
      "postgresql://u%0a@db/a%0Ab%20",
      "postgresql://u:%25%2F%3A%40%F0%9F%98%80@db/%C3%BC",
      `postgresql://u@%2F${"b".repeat(92)}/d`
    ],
    refused: [
      "postgresql://u@a..b/d",
      "postgresql://u@999.1.1.1/d",
      "postgresql://u@-x/d",
      "postgresql://u@$a/d",
      "postgresql://u@a%26b/d",
      "postgresql://u@localhost%3A1/d",
      "postgresql://u@h%00/d",
      "postgresql://u@h%C3%BC/d",
      "postgresql:///d?user=u&host=[::1]",
      "postgresql:///d?user=u&host=db:5433",
      `postgresql://u@${"x".repeat(64)}/d`,
      "postgresql://u%00x@db/d",
      "postgresql://u:a%00b@db/d",
      "postgresql://u@db/d?password=a%00b",
      "postgresql://u@db/a%00",
      `postgresql://u@%2F${"b".repeat(93)}/d`,
      "postgresql://u@db/d?sslrootcert=/ca.pem",
      "postgresql://u@db/d?sslmode=require&sslrootcert=system"
    ],
    words: ""
  },
  // Node reads bytes that are not UTF-8 as U+FFFD.
  {
    name: "POSTGRES_PASSWORD",
    along: real,
    works: ["pässwörd 😀\t"],
    refused: ["a\uFFFD", "a\uD800", "a\0"],
    words: "UTF-8"
  },
  {
    name: "POSTGRES_USER",
    along: real,
    works: ["ü", "a'b\"c", "😀"],
    refused: ["a\uFFFD", "\uDC00a", "a\tb"],
    words: "UTF-8"
  },
  { name: "KAFKA_GROUP_ID", works: ["ü/ 😀"], refused: ["a\uFFFD", "\uD800", "a\nb"], words: "UTF-8" },
  {
    name: "CHAT_TOPIC",
    works: ["__events", "..."],
    refused: ["__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata", "a\u200bb"],
    words: "none of Kafka's internal topics"
  },
  {
    name: "VIEWER_TOPIC",
    along: { CHAT_TOPIC: "a.b_c" },
    works: ["a.b-c"],
    refused: ["a.b_c", "a_b.c"],
    words: "CHAT_TOPIC"
  },
  {
    name: "DEAD_LETTER_TOPIC",
    along: { CHAT_TOPIC: "a.b" },
    works: ["a"],
    refused: ["a_b", "telemetra_events_viewer"],
    words: "VIEWER_TOPIC"
  },
  {
    name: "MAX_EVENT_BYTES",
    along: { MAX_BATCH_BYTES: "1048576" },
    works: ["1048576"],
    refused: ["1048577"],
    words: "at most MAX_BATCH_BYTES"
  },
  {
    name: "HTTP_HOST",
    works: ["::1", "fe80::1%eth0", "localhost.", "::ffff:1.2.3.4"],
    refused: ["a..b", "999.1.1.1", ":::", "-", "1.2.3", "x".repeat(64)],
    words: "a host name or an address"
  },
  {
    name: "HTTP_ALLOWED_HOSTS",
    works: ["xn--a.example"],
    refused: [":::", "a..b", "1.2.3", "a,-"],
    words: "a host name"
  },
  {
    name: "VOD_URL_TEMPLATE",
    works: [
      "https://vod.example",
      "https://vod.example:8443/{stream}?t={offset}",
      "HTTPS://vod.example/?v={stream}#t={offset_hms}",
      "https://vod.example?t={offset}{offset_hms}"
    ],
    refused: [
      "http://vod.example/{stream}",
      "javascript:alert(1)//{stream}",
      "https://{stream}.example/",
      "https://{stream}/",
      "https://user:password@vod.example/{stream}",
      "https://",
      "https:///{stream}",
      "https:vod.example/{stream}",
      "https://vod.example/{Stream}",
      "https://vod.example/{name}",
      "https://vod.example/{stream",
      "https://vod.example/a b",
      "//vod.example/{stream}",
      "https://vod.example:99999/"
    ],
    words: "an https URL with {stream}"
  },
  {
    name: "KAFKA_SSL_CA",
    along: tls,
    works: [one.cert, one.cert + other.cert],
    refused: [damaged, one.cert + damaged, one.key, "-----BEGIN"],
    words: "PEM"
  },
  {
    name: "KAFKA_SSL_CERT",
    along: { ...tls, KAFKA_SSL_KEY: one.key },
    works: [one.cert, one.cert + other.cert],
    refused: [damaged],
    words: "certificate 1 of 1 in it is damaged"
  },
  {
    name: "KAFKA_SSL_KEY",
    along: { ...tls, KAFKA_SSL_CERT: one.cert },
    works: [one.key],
    refused: [sealed, one.cert, other.key, "-----BEGIN PRIVATE KEY-----"],
    words: "key"
  },
  {
    name: "POSTGRES_SSL_CA",
    along: verified,
    works: [one.cert, join(folder, "one.pem")],
    refused: [damaged, one.cert + damaged, one.key, folder, join(folder, "none")],
    words: "PEM text"
  },
  {
    name: "POSTGRES_SSL_CA",
    along: real,
    works: [],
    refused: [one.cert, "/none"],
    words: "verify-ca or verify-full: prefer verifies no certificate"
  }
]

describe("what the configuration accepts works, or is refused by name", () => {
  for (const { along, name, refused, words, works } of extremes) {
    it.effect(`${name}: ${words}`, () =>
      Effect.gen(function* () {
        for (const value of works) yield* Effect.orDie(read({ ...along, [name]: value }))
        for (const value of refused) {
          const label = JSON.stringify(value).slice(0, 80)
          const result = yield* Effect.result(read({ ...along, [name]: value }))
          assert(result._tag === "Failure", `${name}=${label} is accepted`)
          const problem = result.failure.problems.find((problem) => problem.name === name)
          assert.isDefined(problem, `${name}=${label}: ${result.failure.message}`)
          assert.include(problem.allowed, words)
          if (value.includes("PRIVATE KEY")) assert.notInclude(problem.allowed, value)
        }
      })
    )
  }
})
