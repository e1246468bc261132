/** All problems of the environment at once. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

export const Problem = Schema.Struct({
  /** The environment variable. */
  name: Schema.String,
  /** Its value on one line; `null` if it is not set. Secrets are hidden. */
  value: Schema.NullOr(Schema.String),
  /** The allowed values, or the remedy. */
  allowed: Schema.String
})
export type Problem = typeof Problem.Type

/** For example `HTTP_PORT="http": expected an integer from 0 to 65535`. */
export const describeProblem = ({ allowed, name, value }: Problem): string =>
  `${name}${value === null ? " is not set" : `=${value}`}: expected ${allowed}`

export class ConfigurationError extends Schema.TaggedError<ConfigurationError>()("ConfigurationError", {
  problems: Schema.Array(Problem)
}) {
  /** One line for each problem. */
  override get message(): string {
    const lines = this.problems.map((problem) => `  ${describeProblem(problem)}`)
    return [`The configuration has ${lines.length === 1 ? "a problem" : `${lines.length} problems`}:`, ...lines].join(
      "\n"
    )
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.config
  }
}
