/**
 * The treatment of each parameter of POSTGRES_URL. Parameters that choose host, database, schema,
 * role or authentication are honored or refused, never ignored. The names are those of libpq, of
 * the JDBC driver and of Prisma.
 */
import { nearestName } from "./NearestName.ts"

/** Read by `PostgresUrl`. */
const HONORED = [
  "user",
  "password",
  "host",
  "port",
  "dbname",
  "sslmode",
  "ssl",
  "sslfactory",
  "sslrootcert",
  "currentSchema",
  "schema",
  "search_path",
  "options",
  "target_session_attrs",
  "targetServerType"
]

const IN_THE_URL = "write host, port, database and user into the URL itself"
const NO_CERTIFICATE = "client certificates are not supported: use POSTGRES_PASSWORD"
const NO_SUCH_CHECK = "this worker cannot apply it: remove it, or use sslmode=verify-full"
const NO_SUCH_LOGIN = "only passwords are supported: use POSTGRES_PASSWORD"

/** The remedy, by name. */
const REFUSED: Readonly<Record<string, string>> = {
  hostaddr: "write the address in place of the host",
  service: IN_THE_URL,
  servicefile: IN_THE_URL,
  PGHOST: IN_THE_URL,
  PGPORT: IN_THE_URL,
  PGDBNAME: IN_THE_URL,
  database: IN_THE_URL,
  localSocketAddress: "remove it",
  socketFactory: "remove it: the worker connects directly",
  socketFactoryArg: "remove it: the worker connects directly",
  role: "use ALTER ROLE ... SET role = ..., or connect as that user",
  passfile: "use POSTGRES_PASSWORD",
  replication: "remove it",
  sslcert: NO_CERTIFICATE,
  sslkey: NO_CERTIFICATE,
  sslpassword: NO_CERTIFICATE,
  sslidentity: NO_CERTIFICATE,
  requiressl: "use sslmode=require",
  sslcrl: NO_SUCH_CHECK,
  sslcrldir: NO_SUCH_CHECK,
  sslhostnameverifier: NO_SUCH_CHECK,
  requirepeer: NO_SUCH_CHECK,
  ssl_min_protocol_version: NO_SUCH_CHECK,
  ssl_max_protocol_version: NO_SUCH_CHECK,
  require_auth: NO_SUCH_CHECK,
  requireAuth: NO_SUCH_CHECK,
  krbsrvname: NO_SUCH_LOGIN,
  kerberosServerName: NO_SUCH_LOGIN,
  gsslib: NO_SUCH_LOGIN,
  gssdelegation: NO_SUCH_LOGIN,
  authenticationPluginClassName: NO_SUCH_LOGIN,
  scram_client_key: NO_SUCH_LOGIN,
  scram_server_key: NO_SUCH_LOGIN,
  oauth_issuer: NO_SUCH_LOGIN,
  oauth_client_id: NO_SUCH_LOGIN,
  oauth_client_secret: NO_SUCH_LOGIN,
  oauth_scope: NO_SUCH_LOGIN
}

/** By name: the values that match what the worker does. */
const HARMLESS_VALUES: Readonly<Record<string, ReadonlyArray<string>>> = {
  channel_binding: ["disable", "prefer"],
  channelBinding: ["disable", "prefer"],
  gssencmode: ["disable", "prefer"],
  gssEncMode: ["disable", "allow", "prefer"],
  sslcertmode: ["disable", "allow"],
  sslnegotiation: ["postgres"]
}

const NAMES = [...HONORED, ...Object.keys(REFUSED), ...Object.keys(HARMLESS_VALUES)]

/** Letters only, in lower case: Java's `currentSchema` and a `current_schema` mean the same. */
const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_.]/g, "")

const PLAIN_NAMES = new Map(NAMES.map((name) => [plain(name), name]))

/**
 * `honored` = the caller reads it. `unused` = harmless and ignored, such as a timeout or a name for
 * the server's log. Otherwise the remedy, which never repeats the value.
 */
export const fateOf = (name: string, value: string): "honored" | "unused" | { readonly instead: string } => {
  if (HONORED.includes(name)) return "honored"
  const remedy = REFUSED[name]
  if (remedy !== undefined) return { instead: `no parameter ${name}: ${remedy}` }
  const harmless = HARMLESS_VALUES[name]
  if (harmless !== undefined) {
    return harmless.includes(value)
      ? "unused"
      : { instead: `its ${name} to be ${harmless.join(" or ")}: ${NO_SUCH_CHECK}` }
  }
  const meant = nearestName(plain(name), [...PLAIN_NAMES.keys()])
  return meant === undefined ? "unused" : { instead: `no unknown parameter that may mean ${PLAIN_NAMES.get(meant)}` }
}
