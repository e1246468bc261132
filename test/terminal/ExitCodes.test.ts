import { assert, it } from "@effect/vitest"
import { Cause, Exit } from "effect"
import { CliError } from "effect/cli"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import { exitCodeOf, teardown } from "../../src/terminal/ExitCodes.ts"
import { ConfigurationError } from "../../src/config/ConfigurationError.ts"
import { EmbeddedPostgresError } from "../../src/embedded/EmbeddedPostgresError.ts"
import { ResultStoreError } from "../../src/sink/ResultStore.ts"
import { NotFoundError } from "../../src/domain/NotFoundError.ts"
import { EventLogError } from "../../src/source/EventLog.ts"

const cases: ReadonlyArray<readonly [string, unknown, ExitCode]> = [
  ["configuration", new ConfigurationError({ problems: [] }), 78],
  ["an unreachable log", new EventLogError({ reason: "Unreachable", detail: "" }), 69],
  ["topics that differ", new EventLogError({ reason: "Topics", detail: "" }), 78],
  ["an unreadable batch", new EventLogError({ reason: "Unreadable", detail: "" }), 65],
  ["an unreachable store", new ResultStoreError({ reason: "Unreachable", detail: "" }), 69],
  ["refused credentials", new ResultStoreError({ reason: "Unauthorized", detail: "" }), 77],
  ["missing tables", new ResultStoreError({ reason: "Schema", detail: "" }), 78],
  ["a folder in use", new EmbeddedPostgresError({ reason: "InUse", detail: "" }), 73],
  ["no embedded PostgreSQL", new EmbeddedPostgresError({ reason: "NotInstalled", detail: "" }), 78],
  ["something that is not there", new NotFoundError({ detail: "" }), 66],
  ["an unknown flag", new CliError.UnrecognizedOption({ option: "--x", suggestions: [] }), 2],
  ["requested help", new CliError.ShowHelp({ commandPath: [], errors: [] }), 0],
  [
    "help as a complaint",
    new CliError.ShowHelp({
      commandPath: [],
      errors: [new CliError.UnrecognizedOption({ option: "--x", suggestions: [] })]
    }),
    2
  ],
  ["a wrapped failure", new CliError.UserError({ cause: new ConfigurationError({ problems: [] }) }), 78],
  ["a defect", new TypeError("x"), 1],
  ["a reason without tag", { reason: "Unreachable" }, 1],
  ["nothing", undefined, 1]
]
for (const [name, error, code] of cases) it(name, () => assert.strictEqual(exitCodeOf(error), code))

it("what is left at the end of the program", () => {
  const codes: Array<number> = []
  const leave = (exit: Exit.Exit<unknown, unknown>) => teardown(exit, (code) => codes.push(code))
  leave(Exit.void)
  leave(Exit.failCause(Cause.interrupt(1)))
  leave(Exit.fail(new ConfigurationError({ problems: [] })))
  leave(Exit.die(new Error("x")))
  assert.deepStrictEqual(codes, [ExitCode.ok, ExitCode.ok, ExitCode.config, ExitCode.crash])
})

it("an interruption is a failure if a command declares it", () => {
  const before = process.exitCode
  process.exitCode = ExitCode.interrupted
  teardown(Exit.failCause(Cause.interrupt(1)), (code) => assert.strictEqual(code, 130))
  process.exitCode = before
})
