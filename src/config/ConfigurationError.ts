/** Everything that is wrong with the environment, at once. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

export const Problem = Schema.Struct({
  /** The environment variable. */
  name: Schema.String,
  /** What it holds, fit for one line; `null` where it is not set. Of a secret only that it is one. */
  value: Schema.NullOr(Schema.String),
  /** What it may be, or what to do. */
  allowed: Schema.String
})
export type Problem = typeof Problem.Type

export class ConfigurationError extends Schema.TaggedError<ConfigurationError>()("ConfigurationError", {
  problems: Schema.Array(Problem)
}) {
  /** One line a problem. */
  override get message(): string {
    const lines = this.problems.map(
      ({ name, value, allowed }) => `  ${name}${value === null ? " is not set" : `=${value}`}: expected ${allowed}`
    )
    return [`The configuration has ${lines.length === 1 ? "a problem" : `${lines.length} problems`}:`, ...lines].join(
      "\n"
    )
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.config
  }
}
