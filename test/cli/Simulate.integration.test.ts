import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import { Effect } from "effect"
import { KafkaBroker, kafkaMissing, uniqueName } from "../harness/Kafka.ts"
import { telemetra } from "./Command.ts"

describe.skipIf(kafkaMissing !== undefined)("simulate", () => {
  layer(KafkaBroker.shared(), { timeout: "10 minutes", excludeTestServices: true })("with a Kafka", (it) => {
    it.effect("fills the topics and writes what happens in the streams", () =>
      Effect.gen(function* () {
        const { bootstrap } = yield* KafkaBroker
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-simulate-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
        )
        const file = join(folder, "truth.ndjson")
        const env = {
          KAFKA_BOOTSTRAP_SERVERS: bootstrap,
          CHAT_TOPIC: uniqueName("chat"),
          VIEWER_TOPIC: uniqueName("viewer")
        }
        const args = "simulate --events 24000 --rate 40 --history 700 --partitions 2 --seed 3 --json --truth".split(" ")
        const { code, stderr, stdout } = yield* telemetra([...args, file], { env })
        assert.strictEqual(code, 0, stderr)
        assert.isAtLeast(JSON.parse(stdout).records, 24_000)
        const truths = readFileSync(file, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
        assert.isAbove(truths.length, 4)
        for (const { stream_id: stream, timestamp } of truths) {
          assert.match(stream, /^[a-z]+\d*$/)
          assert.isBelow(Date.parse(timestamp), Date.now() + 60_000)
        }
      }).pipe(Effect.scoped)
    )
  })
})
