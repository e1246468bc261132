/** A replay of which no record is an event. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

export class NothingAcceptedError extends Schema.TaggedError<NothingAcceptedError>()("NothingAcceptedError", {
  /** What was read, what it is, what is expected, and what to do: lines, fit for people. Text from outside is escaped. */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.data
  }
}
