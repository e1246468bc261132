/** The requested object does not exist. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"

export class NotFoundError extends Schema.TaggedError<NotFoundError>()("NotFoundError", {
  /** The missing object, its expected place, and the remedy: one line for people. */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.notFound
  }
}
