/** Requests that change something. */
import { ApiError, apiUrl, type Query, request } from "./Client.ts"

const TIMEOUT_MS = 30_000

/** Sends a change. */
export const send = (method: "PUT" | "DELETE", path: string, query: Query, body?: object): Promise<Response> =>
  request(apiUrl(path, query), {
    method,
    headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS)
  })

/** Sends a change and returns the response as JSON. */
export const change = async <A>(...parameters: Parameters<typeof send>): Promise<A> =>
  (await send(...parameters)).json()

/** The text of a failed change, for users. */
export const failureText = (cause: unknown): string =>
  cause instanceof ApiError ? cause.message : "The change was not stored."
