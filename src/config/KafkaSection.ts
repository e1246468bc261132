/**
 * The KAFKA_* variables and the topics to write as a {@link KafkaConfig}. Reads each PEM file once.
 */
import { Effect, Redacted } from "effect"
import type { KafkaConfig } from "./AppConfig.ts"
import type { Draft } from "./Draft.ts"
import { isPair, problemOfCertificates, problemOfKey } from "./Pem.ts"
import { readPem } from "./PemFile.ts"
import { variables } from "./Variables.ts"

/** The parts of KAFKA_SECURITY_PROTOCOL. */
const securityOf = (protocol: KafkaConfig["securityProtocol"]) => ({
  isSasl: protocol === "SASL_PLAINTEXT" || protocol === "SASL_SSL",
  isSsl: protocol === "SSL" || protocol === "SASL_SSL"
})

/** Variables that KAFKA_SECURITY_PROTOCOL requires or rules out. */
const checkSecurity = (draft: Draft): void => {
  const { values } = draft
  const protocol = values.KAFKA_SECURITY_PROTOCOL
  const isKnown = draft.isFine("KAFKA_SECURITY_PROTOCOL")
  const { isSasl, isSsl } = securityOf(protocol)
  for (const name of ["KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"] as const) {
    if (!isKnown || isSasl === draft.isSet(name)) continue
    draft.refuse(
      name,
      isSasl
        ? `${variables[name].allowed}, because KAFKA_SECURITY_PROTOCOL=${protocol}`
        : `no value, unless KAFKA_SECURITY_PROTOCOL is SASL_SSL or SASL_PLAINTEXT (it is ${protocol})`
    )
  }
  // Brokers refuse other names: ScramMessages in org.apache.kafka.common.security.scram.internals,
  // 4.1.
  if (values.KAFKA_SASL_MECHANISM?.startsWith("SCRAM") && /\P{ASCII}/u.test(values.KAFKA_SASL_USERNAME ?? "")) {
    draft.refuse("KAFKA_SASL_USERNAME", `ASCII characters, because KAFKA_SASL_MECHANISM=${values.KAFKA_SASL_MECHANISM}`)
  }
  for (const name of ["KAFKA_SSL_CA", "KAFKA_SSL_CERT", "KAFKA_SSL_KEY"] as const) {
    if (!isKnown || isSsl || !draft.isSet(name)) continue
    draft.refuse(name, `no value, unless KAFKA_SECURITY_PROTOCOL is SSL or SASL_SSL (it is ${protocol})`)
  }
  for (const [one, other] of [
    ["KAFKA_SSL_CERT", "KAFKA_SSL_KEY"],
    ["KAFKA_SSL_KEY", "KAFKA_SSL_CERT"]
  ] as const) {
    if (draft.isSet(one) && !draft.isSet(other)) {
      draft.refuse(other, `${variables[other].allowed}, because ${one} is set`)
    }
  }
}

const readSsl = Effect.fnUntraced(function* (draft: Draft) {
  const { KAFKA_SSL_CA: ca, KAFKA_SSL_CERT: cert, KAFKA_SSL_KEY: key } = draft.values
  const certificates = (name: "KAFKA_SSL_CA" | "KAFKA_SSL_CERT", textOrPath: string | undefined) =>
    textOrPath === undefined ? Effect.undefined : readPem(draft, name, textOrPath, problemOfCertificates)
  const keyText =
    key === undefined ? undefined : yield* readPem(draft, "KAFKA_SSL_KEY", Redacted.value(key).trim(), problemOfKey)
  const ssl: KafkaConfig["ssl"] = {
    ca: yield* certificates("KAFKA_SSL_CA", ca),
    cert: yield* certificates("KAFKA_SSL_CERT", cert),
    key: keyText === undefined ? undefined : Redacted.make(keyText)
  }
  if (ssl.cert !== undefined && keyText !== undefined && !isPair(ssl.cert, keyText)) {
    draft.refuse("KAFKA_SSL_KEY", "the private key of KAFKA_SSL_CERT: it belongs to another certificate")
  }
  return ssl
})

export const toKafka = Effect.fn("config.toKafka")(function* (draft: Draft) {
  checkSecurity(draft)
  const { values } = draft
  const { isSasl, isSsl } = securityOf(values.KAFKA_SECURITY_PROTOCOL)
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = values
  const kafka: KafkaConfig = {
    bootstrapServers: values.KAFKA_BOOTSTRAP_SERVERS ?? [],
    groupId: values.KAFKA_GROUP_ID,
    startingOffsets: values.KAFKA_STARTING_OFFSETS,
    securityProtocol: values.KAFKA_SECURITY_PROTOCOL,
    sasl:
      isSasl && mechanism !== undefined && username !== undefined && password !== undefined
        ? { mechanism, username, password }
        : undefined,
    ssl: isSsl ? yield* readSsl(draft) : { ca: undefined, cert: undefined, key: undefined },
    deadLetterTopic: values.DEAD_LETTER_TOPIC,
    momentsTopic: values.MOMENTS_TOPIC,
    windowsTopic: values.WINDOWS_TOPIC
  }
  return kafka
})
