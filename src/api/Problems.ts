/** Error responses of the API: RFC 9457, `application/problem+json`. */
import { ErrorReporter } from "effect"
import { HttpApiError } from "effect/http-api"

export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", {
  type: "about:blank",
  status: 404,
  title: "Not Found"
}) {}

/** A cursor that this API did not issue, or an invalid parameter. */
export class BadRequest extends HttpApiError.Problem<BadRequest>()("BadRequest", {
  type: "about:blank",
  status: 400,
  title: "Bad Request"
}) {}

/** API_TOKEN is set and the request does not contain it. */
export class Unauthorized extends HttpApiError.Problem<Unauthorized>()("Unauthorized", {
  type: "about:blank",
  status: 401,
  title: "Unauthorized"
}) {}

/** The request comes from another site, or requests data that this server withholds. */
export class Forbidden extends HttpApiError.Problem<Forbidden>()("Forbidden", {
  type: "about:blank",
  status: 403,
  title: "Forbidden"
}) {}

/** The change would exceed a limit of the tables. */
export class Conflict extends HttpApiError.Problem<Conflict>()("Conflict", {
  type: "about:blank",
  status: 409,
  title: "Conflict"
}) {}

/** Too many clients are connected to the live updates. */
export class TooMany extends HttpApiError.Problem<TooMany>()("TooMany", {
  type: "about:blank",
  status: 429,
  title: "Too Many Requests"
}) {}

/** The tables are unavailable. The caller that raises it logs the reason. */
export class Unavailable extends HttpApiError.Problem<Unavailable>()("Unavailable", {
  type: "about:blank",
  status: 503,
  title: "Service Unavailable"
}) {
  override readonly [ErrorReporter.ignore] = true
}
