/**
 * No record of a replay is an event. The detail has several lines: the input, its format, the
 * expected format and the remedy. Text from outside is escaped.
 */
import { Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"

export class NothingAcceptedError extends OperatorError.extend<NothingAcceptedError>("NothingAcceptedError")({
  _tag: Schema.tag("NothingAcceptedError")
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.data
  }
}
