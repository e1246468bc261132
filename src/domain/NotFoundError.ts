/** What was asked for is not there. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

export class NotFoundError extends Schema.TaggedError<NotFoundError>()("NotFoundError", {
  /** What is missing, where, and what to do: one line, fit for people. */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.notFound
  }
}
