/** Where a browser may be sent after the login: a place on this server, whatever it is asked for. */

const HERE = "http://here.invalid"

/** In characters. Longer ones do not fit into the login's form together with the token. */
const MOST_CHARACTERS = 800

/** The path with its query; `/` where it is none, is too long, or would lead elsewhere. Fit for a header: ASCII, no controls. */
export const localPath = (wanted: string | undefined): string => {
  if (wanted === undefined || !wanted.startsWith("/") || !URL.canParse(wanted, HERE)) return "/"
  const { hash, origin, pathname, search } = new URL(wanted, HERE)
  // a path such as /.//host is //host once its dots are gone, and that is another server
  const path = `${pathname}${search}${hash}`
  return origin === HERE && !pathname.startsWith("//") && path.length <= MOST_CHARACTERS ? path : "/"
}
