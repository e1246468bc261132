/** A replay of which no record is an event. */
import { Schema } from "effect"

export class NothingAcceptedError extends Schema.TaggedError<NothingAcceptedError>()("NothingAcceptedError", {
  /** What was read, what it is, what is expected, and what to do: lines, fit for people. Text from outside is escaped. */
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}
