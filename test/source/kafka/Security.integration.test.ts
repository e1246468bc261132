import { readFileSync } from "node:fs"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import type { KafkaConfig } from "../../../src/config/AppConfig.ts"
import { KafkaBroker, kafkaMissing } from "../../harness/Kafka.ts"
import {
  awaitAssignment,
  config,
  joinGroup,
  limits,
  makeTopics,
  openLog,
  readToEnd,
  task,
  values
} from "./KafkaLogHarness.ts"

const user = { username: "alice", password: "right-secret" }

type Mechanism = NonNullable<KafkaConfig["sasl"]>["mechanism"]

const secured = (bootstrap: string, mechanism: Mechanism, password: string): KafkaConfig =>
  config(bootstrap, {
    securityProtocol: "SASL_PLAINTEXT",
    sasl: { mechanism, username: user.username, password: Redacted.make(password) }
  })

const overTls = (broker: KafkaBroker["Service"], ca: string | undefined): KafkaConfig =>
  config(broker.ssl?.bootstrap ?? "", { securityProtocol: "SSL", ssl: { ca, cert: undefined, key: undefined } })

const external = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "") !== ""

describe.skipIf(kafkaMissing !== undefined || external)("KafkaLog with a login", () => {
  layer(KafkaBroker.layer({ sasl: user, ssl: true }), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    for (const mechanism of ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] as const) {
      it.effect(`joins and reads with ${mechanism}`, () =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const topics = yield* makeTopics(1, 1)
          yield* broker.produce(topics.chat, [{ partition: 0, value: "hello" }])
          const log = yield* openLog({ topics, kafka: secured(broker.saslBootstrap ?? "", mechanism, user.password) })
          const newest = yield* joinGroup(log)
          yield* awaitAssignment(newest, ({ tasks }) => tasks.length === 1)
          assert.deepStrictEqual(values(yield* readToEnd(log, task(topics, 0)), 0), ["hello"])
        })
      )

      it.effect(`gives up at once where ${mechanism} refuses the password`, () =>
        Effect.gen(function* () {
          const broker = yield* KafkaBroker
          const topics = yield* makeTopics(1, 1)
          const kafka = secured(broker.saslBootstrap ?? "", mechanism, "wrong-secret")
          // So many attempts would outlast the test.
          const log = yield* openLog({
            topics,
            kafka,
            limits: { ...limits, group: { ...limits.group, startAttempts: 1_000 } }
          })
          const joining = yield* Effect.flip(Stream.runDrain(log.assignments))
          const querying = yield* Effect.flip(log.endOffsets(task(topics, 0)))
          const reading = yield* Effect.flip(Stream.runDrain(log.read(task(topics, 0), [0n, 0n], () => [0])))
          for (const error of [joining, querying, reading]) {
            assert(error !== undefined && "reason" in error)
            assert.strictEqual(error.reason, "Unauthorized")
            assert.isFalse(error.isRetryable)
            assert.include(error.detail, `as alice with ${mechanism}`)
            assert.notInclude(JSON.stringify(error), "secret")
          }
        })
      )
    }

    it.effect("joins and reads over TLS", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        yield* broker.produce(topics.chat, [{ partition: 0, value: "hello" }])
        const ca = readFileSync(broker.ssl?.caFile ?? "", "utf8")
        const log = yield* openLog({ topics, kafka: overTls(broker, ca) })
        const newest = yield* joinGroup(log)
        yield* awaitAssignment(newest, ({ tasks }) => tasks.length === 1)
        assert.deepStrictEqual(values(yield* readToEnd(log, task(topics, 0)), 0), ["hello"])
      })
    )

    it.effect("refuses at once a certificate that it doesn't trust, and a damaged authority", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const log = yield* openLog({ topics, kafka: overTls(broker, undefined) })
        const error = yield* Effect.flip(Stream.runDrain(log.assignments))
        assert.strictEqual(error.reason, "Unauthorized")
        assert.include(error.detail, "SELF_SIGNED")
        assert.include(error.detail, "KAFKA_SSL_CA")
        const damaged = yield* Effect.flip(openLog({ topics, kafka: overTls(broker, "-----BEGIN") }))
        assert.strictEqual(damaged.reason, "Unauthorized")
        assert.include(damaged.detail, "KAFKA_SSL_CA")
      })
    )

    it.effect("gives up at once where the listener requires TLS, or has no such mechanism or no login at all", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const patient = { ...limits, group: { ...limits.group, startAttempts: 1_000 } }
        const refused = (kafka: KafkaConfig) =>
          Effect.gen(function* () {
            const log = yield* openLog({ topics, kafka, limits: patient })
            return yield* Effect.flip(Stream.runDrain(log.assignments))
          })
        const plainToTls = yield* refused(config(broker.ssl?.bootstrap ?? ""))
        assert.strictEqual(plainToTls.reason, "Unauthorized", plainToTls.detail)
        assert.include(plainToTls.detail, "KAFKA_SECURITY_PROTOCOL")
        const loginToNone = yield* refused(secured(broker.bootstrap, "PLAIN", user.password))
        assert.strictEqual(loginToNone.reason, "Unauthorized", loginToNone.detail)
        assert.notInclude(JSON.stringify([plainToTls, loginToNone]), "secret")
      }).pipe(Effect.scoped)
    )

    it.effect("refuses at once PEM text that is damaged", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const damaged = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"
        const error = yield* Effect.flip(openLog({ topics, kafka: overTls(broker, damaged) }))
        assert.strictEqual(error.reason, "Unauthorized")
        assert.include(error.detail, "KAFKA_SSL_CA")
      })
    )

    it.effect("tries on where the protocol is not the listener's, until its attempts are over", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const topics = yield* makeTopics(1, 1)
        const log = yield* openLog({
          topics,
          kafka: config(broker.saslBootstrap ?? ""),
          limits: { ...limits, group: { ...limits.group, startAttempts: 2 } }
        })
        const error = yield* Effect.flip(Stream.runDrain(log.assignments))
        assert.strictEqual(error.reason, "Unreachable")
        assert.include(error.detail, "Kafka not available after 2 attempts")
        assert.include(error.detail, "KAFKA_SECURITY_PROTOCOL")
      })
    )
  })
})
