/** No record of a replay is an event. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"

export class NothingAcceptedError extends Schema.TaggedError<NothingAcceptedError>()("NothingAcceptedError", {
  /**
   * The input, its format, the expected format and the remedy, in lines. Text from outside is
   * escaped.
   */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.data
  }
}
