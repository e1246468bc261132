/** Warnings about insecure connections, at the start and in `telemetra doctor`. */
import { Redacted } from "effect"
import type { HelixConfig, KafkaConfig, NotifyConfig, PostgresConfig } from "./AppConfig.ts"

/** Whether the connection stays on this machine. */
export const isThisMachine = (host: string): boolean =>
  host.startsWith("/") || host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host)

/** Whether the server's certificate must come from a trusted authority. */
export const checksCertificate = (sslMode: PostgresConfig["sslMode"]): boolean =>
  sslMode === "verify-ca" || sslMode === "verify-full"

/**
 * Whether TLS proves the identity of the server: by its name, or by a private CA. A public CA
 * certifies any server for its own name, so the name has to be checked as well.
 */
export const isVerified = ({ sslMode, sslRootCert }: Pick<PostgresConfig, "sslMode" | "sslRootCert">): boolean =>
  sslMode === "verify-full" || (sslMode === "verify-ca" && sslRootCert !== undefined)

/** One line each, without secrets. */
export const securityNotices = (
  kafka: KafkaConfig | undefined,
  postgres: PostgresConfig | undefined,
  notify: NotifyConfig,
  helix: HelixConfig | undefined
): ReadonlyArray<string> => {
  const notices: Array<string> = []
  if (kafka?.securityProtocol === "SASL_PLAINTEXT" && kafka.sasl?.mechanism === "PLAIN") {
    notices.push(
      "KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT with KAFKA_SASL_MECHANISM=PLAIN sends the password in cleartext to any server at that address: use SASL_SSL, or a SCRAM mechanism"
    )
  }
  if (postgres !== undefined && !isVerified(postgres) && !isThisMachine(postgres.host)) {
    notices.push(
      `The identity of PostgreSQL is not verified under POSTGRES_SSL_MODE=${postgres.sslMode}: another server at this address could read the results. The password is safe: only SCRAM is used. Set POSTGRES_SSL_MODE=verify-full, and POSTGRES_SSL_CA for a private authority`
    )
  }
  for (const { name, url } of notify.targets) {
    const { hostname, protocol } = new URL(Redacted.value(url))
    if (protocol === "https:" || isThisMachine(hostname)) continue
    notices.push(
      `NOTIFY_URLS sends notifications to target ${name} in cleartext, the secret parts of its URL included: use https`
    )
  }
  if (helix !== undefined) {
    for (const [name, url, what] of [
      ["TWITCH_TOKEN_URL", helix.tokenUrl, "TWITCH_CLIENT_SECRET"],
      ["TWITCH_API_URL", helix.apiUrl, "the access token"]
    ] as const) {
      const { hostname, protocol } = new URL(url)
      if (protocol !== "https:" && !isThisMachine(hostname)) {
        notices.push(`${name} receives ${what} in cleartext: use https`)
      }
    }
  }
  return notices
}
