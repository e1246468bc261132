/** POSTGRES_URL and the POSTGRES_* variables that override its parts. */
import { Effect, Redacted, Result } from "effect"
import type { PostgresConfig } from "./AppConfig.ts"
import { type Draft, nodeAt } from "./Draft.ts"
import { LIBPQ_NAMES, type LibpqName, libpqConflicts } from "./LibpqVariables.ts"
import { problemOfCertificates } from "./Pem.ts"
import { readPem } from "./PemFile.ts"
import { parsePostgresUrl, partsOf, type PostgresUrl } from "./PostgresUrl.ts"
import { checksCertificate } from "./SecurityNotices.ts"
import { variables } from "./Variables.ts"

export const toUrl = (draft: Draft): PostgresUrl | undefined => {
  const text = draft.values.POSTGRES_URL
  if (text === undefined) return undefined
  const url = parsePostgresUrl(Redacted.value(text).trim())
  if (Result.isSuccess(url)) return url.success
  draft.refuse("POSTGRES_URL", url.failure)
  return undefined
}

/** POSTGRES_SCHEMA, else the URL's, else public. */
export const toSchema = (draft: Draft, url: PostgresUrl | undefined): string => {
  const { POSTGRES_SCHEMA: schema } = draft.values
  if (schema !== undefined || url?.schema === undefined) return schema ?? "public"
  if (variables.POSTGRES_SCHEMA.parse(url.schema) === undefined) {
    draft.refuse("POSTGRES_URL", `its currentSchema, schema or search_path to be ${variables.POSTGRES_SCHEMA.allowed}`)
  }
  return url.schema
}

const readRootCert = Effect.fnUntraced(function* (draft: Draft, url: PostgresUrl, sslMode: PostgresConfig["sslMode"]) {
  const { POSTGRES_SSL_CA: authorities } = draft.values
  if (checksCertificate(sslMode)) {
    if (authorities !== undefined) return yield* readPem(draft, "POSTGRES_SSL_CA", authorities, problemOfCertificates)
    if (url.sslRootCert === undefined || url.sslRootCert === "system") return undefined
    return yield* readPem(draft, "POSTGRES_URL", url.sslRootCert, problemOfCertificates)
  }
  if (!draft.isFine("POSTGRES_SSL_MODE")) return undefined
  const why = `${sslMode} verifies no certificate`
  if (draft.isSet("POSTGRES_SSL_CA")) {
    draft.refuse("POSTGRES_SSL_CA", `no value, unless POSTGRES_SSL_MODE is verify-ca or verify-full: ${why}`)
  } else if (url.sslRootCert !== undefined) {
    draft.refuse("POSTGRES_URL", `no sslrootcert, unless its sslmode is verify-ca or verify-full: ${why}`)
  }
  return undefined
})

/** Refuses libpq's own variables that would lead psql elsewhere than this worker. */
const checkLibpq = Effect.fn("config.checkLibpq")(function* (draft: Draft, url: PostgresUrl, database: string) {
  const { values } = draft
  const found = new Map<LibpqName, string>()
  for (const name of LIBPQ_NAMES) {
    const node = yield* Effect.orElseSucceed(nodeAt([name]), () => undefined)
    if (node?.value !== undefined) found.set(name, node.value.trim())
  }
  const parts = partsOf(values.POSTGRES_URL === undefined ? "" : Redacted.value(values.POSTGRES_URL).trim())
  const conflicts = libpqConflicts(found, {
    url,
    parts,
    database,
    isSslModeSet: (values.POSTGRES_SSL_MODE ?? url.sslMode) !== undefined,
    isSchemaSet: (values.POSTGRES_SCHEMA ?? url.schema) !== undefined
  })
  for (const conflict of conflicts) draft.refuse("POSTGRES_URL", conflict)
})

export const toPostgres = Effect.fn("config.toPostgres")(function* (draft: Draft, url: PostgresUrl) {
  const { values } = draft
  const user = values.POSTGRES_USER ?? url.user
  if (user === undefined && draft.isFine("POSTGRES_USER")) {
    draft.refuse("POSTGRES_USER", "the database user, here or in POSTGRES_URL")
  }
  const sslMode = values.POSTGRES_SSL_MODE ?? url.sslMode ?? "prefer"
  const postgres: PostgresConfig = {
    host: url.host,
    port: url.port,
    database: url.database ?? user ?? "",
    user: user ?? "",
    password: values.POSTGRES_PASSWORD ?? url.password,
    sslMode,
    sslRootCert: yield* readRootCert(draft, url, sslMode)
  }
  yield* checkLibpq(draft, url, postgres.database)
  return postgres
})
