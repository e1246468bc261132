/** Base of the errors that operators read. */
import { Schema } from "effect"

export class OperatorError extends Schema.Error<OperatorError>("OperatorError")({
  /** The failure, the cause and the remedy: one line, without secrets. It is the message. */
  detail: Schema.String,
  cause: Schema.optional(Schema.Defect())
}) {
  override get message(): string {
    return this.detail
  }
}
