/**
 * Logins that a real broker checks: passwords beyond ASCII, and a mechanism that the listener
 * lacks.
 */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import type { KafkaConfig } from "../../../src/config/AppConfig.ts"
import { KafkaBroker, kafkaMissing } from "../../harness/Kafka.ts"
import { config, limits, makeTopics, openLog } from "./KafkaLogHarness.ts"

/** Kafka compares the bytes of passwords. SASLprep would change ﬁ, ª and the no-break space. */
const USER = { username: "alice", password: "right-sécret-\uFB01-\u00AA-\u00A0-日本" }

const external = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "") !== ""

type Mechanism = NonNullable<KafkaConfig["sasl"]>["mechanism"]

const login = (bootstrap: string, mechanism: Mechanism, password = USER.password): KafkaConfig =>
  config(bootstrap, {
    securityProtocol: "SASL_PLAINTEXT",
    sasl: { mechanism, username: USER.username, password: Redacted.make(password) }
  })

/** The broker's listener for logins. */
const listener = Effect.map(KafkaBroker, ({ saslBootstrap }) => {
  assert.isDefined(saslBootstrap)
  return saslBootstrap
})

const refused = (kafka: KafkaConfig) =>
  Effect.gen(function* () {
    const group = { ...limits.group, startAttempts: 1_000 }
    const log = yield* openLog({ topics: yield* makeTopics(1, 1), kafka, limits: { ...limits, group } })
    return yield* Effect.flip(Stream.runDrain(log.assignments))
  }).pipe(Effect.scoped)

describe.skipIf(kafkaMissing !== undefined || external)("logins to Kafka", () => {
  layer(KafkaBroker.layer({ sasl: USER, properties: { "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256" } }), {
    timeout: "10 minutes",
    excludeTestServices: true
  })((it) => {
    for (const mechanism of ["PLAIN", "SCRAM-SHA-256"] as const) {
      it.effect(`by ${mechanism} take a password beyond ASCII, and refuse another password`, () =>
        Effect.gen(function* () {
          const bootstrap = yield* listener
          const log = yield* openLog({ topics: yield* makeTopics(1, 1), kafka: login(bootstrap, mechanism) })
          const assigned = yield* log.assignments.pipe(
            Stream.filter(({ tasks }) => tasks.length === 1),
            Stream.runHead
          )
          assert.strictEqual(assigned._tag, "Some")
          const error = yield* refused(login(bootstrap, mechanism, "right-secret"))
          assert.strictEqual(error.reason, "Unauthorized", error.detail)
          assert.notInclude(JSON.stringify(error), "right-secret")
        }).pipe(Effect.scoped)
      )
    }

    it.effect("end at once if the listener lacks the mechanism, and name its variable", () =>
      Effect.gen(function* () {
        const error = yield* refused(login(yield* listener, "SCRAM-SHA-512"))
        assert.strictEqual(error.reason, "Unauthorized", error.detail)
        assert.include(error.detail, "KAFKA_SASL_MECHANISM")
      })
    )
  })
})
