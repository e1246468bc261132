/** The target of the redirect after the login: always a path on this server. */

const HERE = "http://here.invalid"

/** Longer paths do not fit into the login's form together with the token. */
const MOST_CHARACTERS = 800

/**
 * Returns the path with its query. Returns `/` if the text is not a path, is too long, or leads to
 * another server. The result is ASCII without control characters, so that a header can hold it.
 */
export const localPath = (wanted: string | undefined): string => {
  if (wanted === undefined || !wanted.startsWith("/") || !URL.canParse(wanted, HERE)) return "/"
  const { hash, origin, pathname, search } = new URL(wanted, HERE)
  // A path such as /.//host becomes //host without its dots, which is another server.
  const path = `${pathname}${search}${hash}`
  return origin === HERE && !pathname.startsWith("//") && path.length <= MOST_CHARACTERS ? path : "/"
}
