/**
 * `npm run verify -- [URL] [--patience '2 minutes']`: verifies a running deployment, by default
 * http://127.0.0.1:4040. API_TOKEN is the worker's. With POSTGRES_URL the tables are checked as
 * well. Exits with 0, or with the code of the first failure.
 */
import { parseArgs } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Duration, Effect } from "effect"
import type { Finding } from "../../src/doctor/Check.ts"
import { type Colour, paint } from "../../src/terminal/Output.ts"
import * as Environment from "../../src/config/Environment.ts"
import { duration } from "../../src/config/Kind.ts"
import * as Load from "../../src/config/Load.ts"
import { escapeControls } from "../../src/domain/EscapeControls.ts"
import { verify } from "./Checks.ts"

const WORDS: Readonly<Record<Finding["status"], readonly [word: string, colour: Colour]>> = {
  ok: ["ok", "green"],
  warning: ["warning", "yellow"],
  failure: ["failed", "red"],
  skipped: ["skipped", "grey"]
}

const report = ({ found, name, remedy, status }: Finding) => {
  const [word, colour] = WORDS[status]
  const then = remedy === undefined ? "" : ` → ${escapeControls(remedy)}`
  return Console.log(`${paint(colour, word.padEnd(8))} ${name.padEnd(20)} ${escapeControls(found)}${then}`)
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { patience: { type: "string", default: "2 minutes" } }
})
const [url = "http://127.0.0.1:4040"] = positionals
const patience = duration("1 second", "1 hour").parse(values.patience)

const program = Effect.gen(function* () {
  if (!URL.canParse(url) || patience === undefined || positionals.length > 1) {
    yield* Console.error("npm run verify -- [http://host:port] [--patience '2 minutes']")
    process.exitCode = 2
    return
  }
  // Only the database of the configuration is used here.
  const variables = Environment.layer({ process: process.env, overrides: { SOURCE: "simulator" } })
  const config = process.env["POSTGRES_URL"] ? (yield* Effect.provide(Load.load, variables)).config : undefined
  const findings = yield* verify({ url, token: process.env["API_TOKEN"] || undefined }, config, patience, report)
  const failed = findings.filter(({ status }) => status === "failure")
  process.exitCode = failed[0]?.exitCode ?? 0
  yield* Console.log(
    failed.length === 0
      ? "verified"
      : `${failed.length} of ${findings.length} failed, after ${Duration.format(patience)}`
  )
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
