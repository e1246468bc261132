/** The code of the system or of a library inside an error, such as ECONNREFUSED. */

/**
 * The first code in the chain of causes: capital letters, digits and underscores. Errors of
 * connections are logged by this code, since their messages may hold a URL or a secret. `undefined`
 * if the chain has none.
 */
export const errorCode = (error: unknown): string | undefined => {
  const seen = new Set<unknown>()
  for (let cause = error; cause !== null && typeof cause === "object" && !seen.has(cause);) {
    seen.add(cause)
    if ("code" in cause && typeof cause.code === "string" && /^[A-Z0-9_]+$/.test(cause.code)) return cause.code
    cause = "cause" in cause ? cause.cause : undefined
  }
  return undefined
}
