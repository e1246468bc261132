/** Reasons why a task ends that neither the log nor the store reports. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"

export class TaskError extends OperatorError.extend<TaskError>("TaskError")({
  _tag: Schema.tag("TaskError"),
  reason: Schema.Literals([
    /** Another worker has taken the task over. */
    "Fenced",
    /** The checkpoint was written under other settings. */
    "Settings",
    /** The checkpoint is of other inputs. */
    "Inputs"
  ])
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return this.reason === "Fenced" ? ExitCode.unavailable : ExitCode.config
  }
  get isRetryable(): boolean {
    return false
  }
}
