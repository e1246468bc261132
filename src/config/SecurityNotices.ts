/** What the configuration allows others to read or to imitate, as warnings of the start and of `telemetra doctor`. */
import type { KafkaConfig, PostgresConfig } from "./AppConfig.ts"

/** The connection does not leave this machine. */
export const isThisMachine = (host: string): boolean =>
  host.startsWith("/") || host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)

/** The server's certificate must come from an authority that is trusted. */
export const checksCertificate = (sslMode: PostgresConfig["sslMode"]): boolean =>
  sslMode === "verify-ca" || sslMode === "verify-full"

/** TLS proves that the server is the one that is meant: by its name, or by a CA of its own. A public CA certifies any server for its own name, so the name has to be checked too. */
export const isVerified = ({ sslMode, sslRootCert }: Pick<PostgresConfig, "sslMode" | "sslRootCert">): boolean =>
  sslMode === "verify-full" || (sslMode === "verify-ca" && sslRootCert !== undefined)

/** One line each. Holds no values of secrets. */
export const securityNotices = (
  kafka: KafkaConfig | undefined,
  postgres: PostgresConfig | undefined
): ReadonlyArray<string> => {
  const notices: Array<string> = []
  if (kafka?.securityProtocol === "SASL_PLAINTEXT" && kafka.sasl?.mechanism === "PLAIN") {
    notices.push(
      "KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT with KAFKA_SASL_MECHANISM=PLAIN sends the password in cleartext, to whatever answers at the address: use SASL_SSL, or a SCRAM mechanism"
    )
  }
  if (postgres !== undefined && !isVerified(postgres) && !isThisMachine(postgres.host)) {
    notices.push(
      `The identity of PostgreSQL is not verified under POSTGRES_SSL_MODE=${postgres.sslMode}: another server at this address could read the results. The password is safe: only SCRAM is used. Set POSTGRES_SSL_MODE=verify-full, and POSTGRES_SSL_CA for a private authority`
    )
  }
  return notices
}
