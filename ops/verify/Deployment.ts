/** A running deployment as its operator reaches it: by HTTP, within bounds of time. */
import { Duration, Effect, Schema } from "effect"

/** The deployment does not reply, or not as a worker does. */
export class ReplyError extends Schema.TaggedError<ReplyError>()("ReplyError", {
  detail: Schema.String,
  /** The remedy, if the reply shows it. */
  remedy: Schema.UndefinedOr(Schema.String)
}) {
  override get message(): string {
    return this.detail
  }
}

export interface Deployment {
  /** Without a path: http://127.0.0.1:4040. */
  readonly url: string
  readonly token: string | undefined
}

/** The longest time of one reply. */
const PATIENCE = Duration.seconds(10)

/** The text of a reply with status 200. Fails with any other reply. */
export const request = Effect.fn("verify.request")(function* (
  { token, url }: Deployment,
  path: string,
  method: "GET" | "HEAD" = "GET"
) {
  const answer = yield* Effect.tryPromise({
    try: async (signal) => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await fetch(new URL(path, url), { method, headers, signal, redirect: "manual" })
      return { status: response.status, text: (await response.text()).trim() }
    },
    catch: (cause) => {
      const reason = cause instanceof Error ? (cause.cause ?? cause) : cause
      const detail = reason instanceof Error ? reason.message || reason.name : String(reason)
      return new ReplyError({ detail: `${url} does not reply: ${detail}`, remedy: undefined })
    }
  }).pipe(
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () =>
        Effect.fail(new ReplyError({ detail: `no reply within ${Duration.format(PATIENCE)}`, remedy: undefined }))
    })
  )
  if (answer.status === 200) return answer.text
  return yield* new ReplyError({
    detail: `${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`.trimEnd(),
    remedy: answer.status === 401 ? "set API_TOKEN to the worker's" : undefined
  })
})

/** The JSON of a reply with status 200; fields that `schema` does not name are ignored. */
export const requestJson = <S extends Schema.ConstraintDecoder<unknown>>(
  deployment: Deployment,
  path: string,
  schema: S
) =>
  Effect.flatMap(request(deployment, path), (text) =>
    Schema.decodeEffect(Schema.fromJsonString(schema))(text).pipe(
      Effect.mapError(
        ({ message }) =>
          new ReplyError({ detail: `${path} is not the reply of a worker: ${message}`, remedy: undefined })
      )
    )
  )
