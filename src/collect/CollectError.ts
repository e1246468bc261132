/** A failure of a platform that waiting cannot mend: rejected credentials, a wrong URL. */
import { Runtime, Schema, Struct } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"

/** The exit code of a process that ends with a {@link CollectError}, by its reason. */
const EXIT_CODES = {
  /** The platform rejected the credentials. */
  Unauthorized: ExitCode.permission,
  /** A setting is wrong: a URL that is none, or one that another service answers. */
  Configuration: ExitCode.config
} as const

export class CollectError extends OperatorError.extend<CollectError>("CollectError")({
  _tag: Schema.tag("CollectError"),
  reason: Schema.Literals(Struct.keys(EXIT_CODES))
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return EXIT_CODES[this.reason]
  }
}
