/** Asks the API. */

const API = "/api/v1"

/** Longer than the server lets a query run. */
const TIMEOUT_MS = 30_000

/** The API has not answered, or not with what was asked for. */
export class ApiError extends Error {
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "ApiError"
    this.status = status
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>

export const apiUrl = (path: string, query: Query = {}): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
  return `${API}${path}${parameters.size === 0 ? "" : `?${parameters}`}`
}

/** Where a token is asked for, and back. */
const logIn = (): void => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`)

/** What the server says of a failure, for people. */
const problemOf = async (response: Response): Promise<string> => {
  try {
    const problem: unknown = await response.json()
    const detail = typeof problem === "object" && problem !== null ? Reflect.get(problem, "detail") : undefined
    if (typeof detail === "string" && detail !== "") return detail
  } catch {
    // no problem document: the status must do
  }
  return `The server answered ${response.status}${response.statusText === "" ? "" : ` ${response.statusText}`}.`
}

/** Fails with an {@link ApiError} on anything but success; a missing token leads to the login page. */
export const request = async (url: string, init: RequestInit): Promise<Response> => {
  let response: Response
  try {
    response = await fetch(url, init)
  } catch (cause) {
    throw new ApiError(0, "The server does not respond.", { cause })
  }
  if (response.status === 401) logIn()
  if (!response.ok) throw new ApiError(response.status, await problemOf(response))
  return response
}

/** The answer as JSON: the contract of src/http/api holds both sides to its shape. */
export const get = async <A>(path: string, query: Query, signal: AbortSignal): Promise<A> => {
  const response = await request(apiUrl(path, query), {
    headers: { accept: "application/json" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  })
  try {
    return await response.json()
  } catch (cause) {
    throw new ApiError(0, "The response was cut off.", { cause })
  }
}
