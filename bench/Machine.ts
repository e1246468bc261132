/** The environment of a benchmark: the machine, and the versions of all programs. */
import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { cpus, release, totalmem } from "node:os"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { VERSION as KAFKA_VERSION } from "../test/harness/Kafka.ts"
import { BROKER_JVM, POSTGRES_SETTINGS } from "./Servers.ts"

const javaVersion = (): string => /version "([^"]+)"/.exec(spawnSync("java", ["-version"]).stderr.toString())?.[1] ?? ""

const git = (...args: ReadonlyArray<string>): string =>
  execFileSync("git", args, { cwd: import.meta.dirname, encoding: "utf8" }).trim()

const commit = (): string =>
  `${git("rev-parse", "--short", "HEAD")}${git("status", "--porcelain", "--", "../src") === "" ? "" : ", with changes"}`

const decodeVersion = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))

const versionOf = (name: string): string => {
  const text = readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), "utf8")
  return decodeVersion(text).version
}

/** Names and values, in the order of the report. */
export const machine = Effect.gen(function* () {
  const sql = yield* SqlClient
  const [server] = yield* sql.unsafe<{ version: string }>("SELECT current_setting('server_version') AS version")
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["processor", `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} cores`],
    ["memory", `${Math.round(totalmem() / 2 ** 30)} GiB`],
    ["system", `Linux ${release().split("-")[0]}`],
    ["the worker", `commit ${commit()}`],
    ["Node", process.versions.node],
    ["Java", javaVersion()],
    ["kafkajs", versionOf("kafkajs")],
    ["Kafka broker", `${KAFKA_VERSION}, one node, \`${BROKER_JVM.join(" ")}\`, initial rebalance delay 0`],
    [
      "PostgreSQL",
      `${server?.version ?? ""}, defaults except ${Object.entries(POSTGRES_SETTINGS)
        .map(([name, value]) => `\`${name} = ${value}\``)
        .join(", ")}`
    ]
  ]
  return facts
})
