/** Requests to the API. */

const API = "/api/v1"

/** Longer than the server lets a query run. */
const TIMEOUT_MS = 30_000

/** The API did not respond, or responded with an error. */
export class ApiError extends Error {
  /** The HTTP status; 0 without a response. */
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = "ApiError"
    this.status = status
  }
}

/** A list repeats its parameter. */
export type Query = Readonly<Record<string, string | number | ReadonlyArray<string> | undefined>>

export const apiUrl = (path: string, query: Query = {}): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value])
      parameters.append(name, String(one))
  return `${API}${path}${parameters.size === 0 ? "" : `?${parameters}`}`
}

/** Opens the login page, which returns to this page. */
const logIn = (): void => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`)

/** The server's description of a failure, for users. */
const problemOf = async (response: Response): Promise<string> => {
  try {
    const problem: unknown = await response.json()
    const detail = typeof problem === "object" && problem !== null ? Reflect.get(problem, "detail") : undefined
    if (typeof detail === "string" && detail !== "") return detail
  } catch {
    // The response has no problem document: the status describes the failure.
  }
  return `The server answered ${response.status}${response.statusText === "" ? "" : ` ${response.statusText}`}.`
}

/**
 * Fails with an {@link ApiError} on anything but success; a missing token leads to the login page.
 */
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

/** Returns the response as JSON. Its type comes from the contract in src/api. */
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
