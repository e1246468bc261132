/** One attempt: sends a message to its target, and interprets the response. */
import { Clock, Effect, Redacted, Stream } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import type { NotifyConfig, NotifyTarget } from "../config/AppConfig.ts"
import { errorCode } from "../domain/ErrorCode.ts"
import { bodyOf } from "./Body.ts"
import type { Message } from "./Message.ts"
import { retryAfterMs } from "./Pause.ts"
import { headersOf } from "./Signature.ts"

/** How an attempt ended. `why`: one phrase without secrets. */
export type Outcome =
  | { readonly _tag: "Delivered" }
  /** The target refuses this body. Other messages may pass. */
  | { readonly _tag: "Rejected"; readonly why: string }
  /** The target accepts nothing now. `afterMs`: the wait that it requests. */
  | { readonly _tag: "Failed"; readonly why: string; readonly afterMs: number | undefined }

/** Time for a request, from the connection to the response's status. */
export const TIMEOUT = "10 seconds"

/** The rest of a response is read for so long and so many bytes, then the connection is closed. */
const DRAIN_TIME = "1 second"
const DRAIN_BYTES = 65_536

/** Statuses that mean this body, not the target. */
const BODY_STATUSES: ReadonlySet<number> = new Set([400, 413, 415, 422])

const drained = ({ stream }: HttpClientResponse.HttpClientResponse) => {
  let bytes = 0
  return stream.pipe(
    Stream.takeWhile((chunk) => (bytes += chunk.length) <= DRAIN_BYTES),
    Stream.runDrain,
    Effect.timeout(DRAIN_TIME),
    Effect.ignore
  )
}

const remedyOf = (status: number): string => {
  if (status === 410) return ": the webhook no longer exists; remove its URL from NOTIFY_URLS"
  if (status === 401 || status === 403 || status === 404) return ": check its URL in NOTIFY_URLS"
  return status >= 300 && status < 400 ? ": redirects are not followed; set the final URL in NOTIFY_URLS" : ""
}

const outcomeOf = ({ headers, status }: HttpClientResponse.HttpClientResponse, nowMs: number): Outcome => {
  if (status >= 200 && status < 300) return { _tag: "Delivered" }
  const why = `it responded ${status}${remedyOf(status)}`
  if (BODY_STATUSES.has(status)) return { _tag: "Rejected", why }
  return { _tag: "Failed", why, afterMs: retryAfterMs(headers["retry-after"], nowMs) }
}

/** Messages of errors are not logged: they may name the URL. */
const codeOf = ({ reason }: HttpClientError.HttpClientError): string => errorCode(reason) ?? reason._tag

/** Sends messages to one target. Never fails, and follows no redirect. */
export const sender = Effect.fnUntraced(function* (
  { shape, url }: NotifyTarget,
  { publicUrl, secret }: Pick<NotifyConfig, "publicUrl" | "secret">
) {
  const client = HttpClient.withScope(yield* HttpClient.HttpClient)
  return Effect.fnUntraced(
    function* (message: Message): Effect.fn.Return<Outcome> {
      const nowMs = yield* Clock.currentTimeMillis
      const body = bodyOf(shape, message, publicUrl)
      const request = HttpClientRequest.post(Redacted.value(url), {
        headers: { "user-agent": "telemetra-stream", ...headersOf(message.id, nowMs, body, secret) }
      }).pipe(HttpClientRequest.bodyText(body, "application/json"))
      return yield* client.execute(request).pipe(
        Effect.timeoutOrElse({ duration: TIMEOUT, orElse: () => Effect.void }),
        Effect.flatMap((response) =>
          response === undefined
            ? Effect.succeed<Outcome>({ _tag: "Failed", why: `no response within ${TIMEOUT}`, afterMs: undefined })
            : Effect.as(drained(response), outcomeOf(response, nowMs))
        ),
        Effect.catch((error) =>
          Effect.succeed<Outcome>({ _tag: "Failed", why: `no connection: ${codeOf(error)}`, afterMs: undefined })
        ),
        Effect.scoped
      )
    },
    // Spans would add a header and keep the URL.
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
  )
})
