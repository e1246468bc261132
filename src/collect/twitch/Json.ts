/** One request to a JSON API, bounded in time and in bytes. */
import { type Duration, Effect, Stream } from "effect"
import { type Headers, HttpClient, type HttpClientError, type HttpClientRequest } from "effect/http"
import { errorCode } from "../../domain/ErrorCode.ts"

/** How a request ended. */
export type Answer =
  /** `body`: the parsed JSON; `undefined` = the body is not JSON. */
  | {
      readonly _tag: "Reply"
      readonly status: number
      readonly headers: Headers.Headers
      readonly body: unknown
    }
  /** No usable reply. `why`: one phrase, without secrets. */
  | { readonly _tag: "NoReply"; readonly why: string }

export interface Bounds {
  /** From the connection to the last byte. */
  readonly timeout: Duration.Input
  /** A longer body is not read to its end. */
  readonly maxBytes: number
}

const noReply = (why: string): Answer => ({ _tag: "NoReply", why })

/** Messages of errors are not used: they may hold the URL and what was sent. */
const brokenOf = ({ reason }: HttpClientError.HttpClientError): Answer =>
  noReply(`no connection: ${errorCode(reason) ?? reason._tag}`)

const parsed = (chunks: ReadonlyArray<Uint8Array>): unknown => {
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"))
  } catch {
    return undefined
  }
}

/**
 * Sends the request and reads the whole reply. Never fails, and follows no redirect. Holds at most
 * `maxBytes` and one chunk of the body.
 */
export const requestJson = (
  request: HttpClientRequest.HttpClientRequest,
  { maxBytes, timeout }: Bounds
): Effect.Effect<Answer, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = HttpClient.withScope(yield* HttpClient.HttpClient)
    const { headers, status, stream } = yield* client.execute(request)
    const chunks: Array<Uint8Array> = []
    let bytes = 0
    yield* stream.pipe(
      Stream.takeWhile((chunk) => (bytes += chunk.length) <= maxBytes),
      Stream.runForEach((chunk) => Effect.sync(() => chunks.push(chunk)))
    )
    if (bytes > maxBytes) return noReply(`its reply is larger than ${maxBytes / 1_048_576} MiB`)
    return { _tag: "Reply", status, headers, body: parsed(chunks) } satisfies Answer
  }).pipe(
    Effect.timeoutOrElse({
      duration: timeout,
      orElse: () => Effect.succeed(noReply("no complete reply in time"))
    }),
    Effect.catch((error) => Effect.succeed(brokenOf(error))),
    Effect.scoped,
    // Spans would add a header and keep the URL.
    Effect.provideService(HttpClient.TracerDisabledWhen, () => true)
  )

/** The headers of every request. */
export const ACCEPT_JSON = { accept: "application/json", "user-agent": "telemetra-stream" } as const
