/** A running deployment as its operator reaches it: by HTTP, within bounds of time. */
import { Duration, Effect, Schema } from "effect"

/** It did not answer, or not as a worker does. */
export class AnswerError extends Schema.TaggedError<AnswerError>()("AnswerError", {
  detail: Schema.String,
  /** What to do, where the answer shows it. */
  remedy: Schema.UndefinedOr(Schema.String)
}) {
  override get message(): string {
    return this.detail
  }
}

export interface Deployment {
  /** Without a path: http://127.0.0.1:4040 */
  readonly url: string
  readonly token: string | undefined
}

/** The longest that one answer may take. */
const PATIENCE = Duration.seconds(10)

/** The text of a 200. Fails with what else was answered. */
export const ask = Effect.fn("verify.ask")(function* (
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
      const said = reason instanceof Error ? reason.message || reason.name : String(reason)
      return new AnswerError({ detail: `${url} does not answer: ${said}`, remedy: undefined })
    }
  }).pipe(
    Effect.timeoutOrElse({
      duration: PATIENCE,
      orElse: () =>
        Effect.fail(new AnswerError({ detail: `no answer within ${Duration.format(PATIENCE)}`, remedy: undefined }))
    })
  )
  if (answer.status === 200) return answer.text
  return yield* new AnswerError({
    detail: `${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`.trimEnd(),
    remedy: answer.status === 401 ? "set API_TOKEN to the worker's" : undefined
  })
})

/** The JSON of a 200, of which only what `schema` names is looked at. */
export const askJson = <S extends Schema.ConstraintDecoder<unknown>>(deployment: Deployment, path: string, schema: S) =>
  Effect.flatMap(ask(deployment, path), (text) =>
    Schema.decodeEffect(Schema.fromJsonString(schema))(text).pipe(
      Effect.mapError(
        ({ message }) => new AnswerError({ detail: `${path} is not what a worker says: ${message}`, remedy: undefined })
      )
    )
  )
