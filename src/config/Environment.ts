/** The variables of the process, with those of a file as defaults. */
import { isUtf8 } from "node:buffer"
import { readFile } from "node:fs/promises"
import { parseEnv } from "node:util"
import { ConfigProvider, Effect, Layer, Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

/** The file after `--env-file` cannot be read. */
export class EnvFileError extends Schema.TaggedError<EnvFileError>()("EnvFileError", {
  path: Schema.String,
  /** The code of the system, such as ENOENT, or the problem of the content. */
  code: Schema.String
}) {
  override get message(): string {
    const why = this.code === "ENOENT" ? "the file does not exist" : this.code
    return `Environment file ${this.path} cannot be read (${why}): correct the path after --env-file`
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.config
  }
}

/**
 * The variables in a file, or the problem of its content. Without this check a file in UTF-16 would
 * give no variables, and the worker would start without its configuration.
 */
const variablesIn = (bytes: Buffer): NodeJS.Dict<string> | string => {
  if (!isUtf8(bytes) || bytes.includes(0)) return "it is not UTF-8 text; convert it, for example from UTF-16"
  const content = bytes.toString("utf8").replace(/^\uFEFF/, "")
  const variables = parseEnv(content)
  const isBlank = content.split(/[\r\n]/).every((line) => /^\s*(#|$)/.test(line))
  return Object.keys(variables).length === 0 && !isBlank ? "it has no line of the form NAME=value" : variables
}

const readEnvFile = Effect.fn("config.readEnvFile")(function* (path: string) {
  const bytes = yield* Effect.tryPromise({
    try: () => readFile(path),
    catch: (cause) =>
      new EnvFileError({
        path,
        code: cause instanceof Error && "code" in cause ? String(cause.code) : String(cause)
      })
  })
  const variables = variablesIn(bytes)
  return typeof variables === "string" ? yield* new EnvFileError({ path, code: variables }) : variables
})

/**
 * The variables to read the configuration from. `overrides` of a command take precedence over the
 * process, and the process over the file after `--env-file`. An empty variable counts as not set.
 * An empty override unsets its variable.
 */
export const layer = (options: {
  readonly process: Readonly<Record<string, string | undefined>>
  readonly envFile?: string | undefined
  readonly overrides?: Readonly<Record<string, string>> | undefined
}): Layer.Layer<never, EnvFileError> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const file = options.envFile === undefined ? {} : yield* readEnvFile(options.envFile)
      const merged: Record<string, string> = {}
      for (const variables of [file, options.process]) {
        for (const [name, value] of Object.entries(variables)) {
          if (value !== undefined && value.trim() !== "") merged[name] = value
        }
      }
      for (const [name, value] of Object.entries(options.overrides ?? {})) {
        if (value === "") delete merged[name]
        else merged[name] = value
      }
      return ConfigProvider.layer(ConfigProvider.fromEnv({ env: merged }))
    })
  )
