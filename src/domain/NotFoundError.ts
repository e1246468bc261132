/** The requested object does not exist. The detail names it, its place, and the remedy. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "./ExitCode.ts"
import { OperatorError } from "./OperatorError.ts"

export class NotFoundError extends OperatorError.extend<NotFoundError>("NotFoundError")({
  _tag: Schema.tag("NotFoundError")
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return ExitCode.notFound
  }
}
