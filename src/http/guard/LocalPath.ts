/** Where a browser may be sent after the login: a place on this server, whatever it is asked for. */

const HERE = "http://here.invalid"

/** The path with its query; `/` where it is none, or would lead elsewhere. Fit for a header: ASCII, no controls. */
export const localPath = (wanted: string | undefined): string => {
  if (wanted === undefined || !wanted.startsWith("/") || !URL.canParse(wanted, HERE)) return "/"
  const { hash, origin, pathname, search } = new URL(wanted, HERE)
  // a path such as /.//host is //host once its dots are gone, and that is another server
  return origin === HERE && !pathname.startsWith("//") ? `${pathname}${search}${hash}` : "/"
}
