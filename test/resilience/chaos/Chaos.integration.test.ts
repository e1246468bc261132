/** Two minutes of what `npm run chaos` does for longer. */
import { assert, describe as suite, layer } from "@effect/vitest"
import { Effect } from "effect"
import { KafkaBroker, kafkaMissing } from "../../harness/Kafka.ts"
import { runChaos } from "./Chaos.ts"
import { describe, isGood } from "./Report.ts"

const ownBroker = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "") === ""

suite.skipIf(kafkaMissing !== undefined || !ownBroker)("chaos", () => {
  layer(KafkaBroker.layer(), { timeout: "10 minutes", excludeTestServices: true })("two minutes of it", (it) => {
    it.effect(
      "every row, moment and dead letter equals the recount; no worker ends unexpectedly",
      () =>
        Effect.gen(function* () {
          const report = yield* runChaos({ minutes: 2, seed: 7, workers: [1, 1], eventsPerSecond: 2000 })
          assert.isTrue(isGood(report), describe(report))
        }),
      900_000
    )
  })
})
