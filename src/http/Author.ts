/** The author of a change, for the tables and the log. */
import { Option } from "effect"
import type { HttpServerRequest } from "effect/http"

/** The client's address. Behind a proxy it is the proxy's. */
export const authorOf = ({ remoteAddress }: HttpServerRequest.HttpServerRequest): string =>
  Option.getOrElse(remoteAddress, () => "unknown")
