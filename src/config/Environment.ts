/** Where variables come from: the environment of the process, over that of a file. */
import { isUtf8 } from "node:buffer"
import { readFile } from "node:fs/promises"
import { parseEnv } from "node:util"
import { ConfigProvider, Effect, Layer, Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

/** A file of variables that can't be read. */
export class EnvFileError extends Schema.TaggedError<EnvFileError>()("EnvFileError", {
  path: Schema.String,
  /** What the system says, ENOENT and the like, or what is wrong with its content. */
  code: Schema.String
}) {
  override get message(): string {
    const why = this.code === "ENOENT" ? "there is no such file" : this.code
    return `The environment file ${this.path} can't be read (${why}): correct the path after --env-file`
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.config
  }
}

/** The variables in a file's bytes, or why it is no such file: a file in UTF-16 would seem to hold none, and the worker would start without its configuration. */
const variablesIn = (bytes: Buffer): NodeJS.Dict<string> | string => {
  if (!isUtf8(bytes) || bytes.includes(0)) return "it is not text in UTF-8; convert it, for example from UTF-16"
  const content = bytes.toString("utf8").replace(/^\uFEFF/, "")
  const variables = parseEnv(content)
  const isBlank = content.split(/[\r\n]/).every((line) => /^\s*(#|$)/.test(line))
  return Object.keys(variables).length === 0 && !isBlank ? "it has no line NAME=value" : variables
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
 * The variables to read the configuration from, each from the first that has it: `overrides` (of a command), the process, the file after `--env-file`. A variable that is
 * set but empty in the process counts as not set, so the file's stands.
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
      for (const variables of [file, options.process, options.overrides ?? {}]) {
        for (const [name, value] of Object.entries(variables)) {
          if (value !== undefined && value.trim() !== "") merged[name] = value
        }
      }
      return ConfigProvider.layer(ConfigProvider.fromEnv({ env: merged }))
    })
  )
