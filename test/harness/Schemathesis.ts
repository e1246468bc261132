/**
 * Schemathesis sends an API the requests that its OpenAPI document allows and forbids, and checks
 * the answers against it. A validator of such documents is included. Both from PyPI, in an
 * environment of their own in a cache folder (TELEMETRA_SCHEMATHESIS_CACHE, else XDG_CACHE_HOME or
 * ~/.cache, `telemetra-schemathesis-<version>`).
 */
import { execFile, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { Effect } from "effect"

const VERSION = "4.32.5"
const VALIDATOR_VERSION = "0.9.0"

const folder =
  process.env["TELEMETRA_SCHEMATHESIS_CACHE"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), `telemetra-schemathesis-${VERSION}`)

const python = join(folder, "bin", "python")

const canMake = (): boolean => spawnSync("python3", ["-c", "import ensurepip, venv"]).status === 0

/**
 * Why there is none to be had here, or `undefined`. With CI=true that is an error, not a reason to
 * skip.
 */
export const schemathesisMissing: string | undefined = (() => {
  if (existsSync(python) || canMake()) return undefined
  const line = "the API's contract tests need python3 with venv"
  if (process.env["CI"] === "true") throw new Error(line)
  process.stderr.write(`SKIPPED: ${line}\n`)
  return line
})()

export interface Outcome {
  readonly code: number
  /** Both streams. */
  readonly output: string
}

const run = (
  command: string,
  args: ReadonlyArray<string>,
  timeoutMs: number,
  env: NodeJS.ProcessEnv = {}
): Effect.Effect<Outcome> =>
  Effect.callback((resume) => {
    const child = execFile(
      command,
      [...args],
      // It leaves notes where it is run.
      { cwd: tmpdir(), timeout: timeoutMs, maxBuffer: 64 * 2 ** 20, env: { ...process.env, NO_COLOR: "1", ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1
        resume(Effect.succeed({ code, output: `${stdout}${stderr}` }))
      }
    )
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** Makes the environment where there is none yet; half of one is never left under its name. */
const prepared = Effect.gen(function* () {
  if (existsSync(python)) return
  const half = `${folder}.${process.pid}`
  mkdirSync(dirname(folder), { recursive: true })
  const packages = [`schemathesis==${VERSION}`, `openapi-spec-validator==${VALIDATOR_VERSION}`]
  for (const [command, ...args] of [
    ["python3", "-m", "venv", half] as const,
    [join(half, "bin", "python"), "-m", "pip", "install", "--quiet", ...packages] as const
  ]) {
    const { code, output } = yield* run(command, args, 300_000)
    if (code !== 0) {
      rmSync(half, { recursive: true, force: true })
      return yield* Effect.die(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`))
    }
  }
  renameSync(half, folder)
})

/** Runs one of its modules. */
export const runModule = (
  name: string,
  args: ReadonlyArray<string>,
  timeoutMs: number,
  env: NodeJS.ProcessEnv = {}
): Effect.Effect<Outcome> => Effect.andThen(prepared, run(python, ["-m", name, ...args], timeoutMs, env))
