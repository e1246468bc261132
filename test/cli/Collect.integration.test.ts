/** `telemetra collect`, from a chat server on this machine into Kafka. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { KafkaBroker, kafkaMissing, uniqueName } from "../harness/Kafka.ts"
import type { Post } from "../harness/twitch/Lines.ts"
import { startTwitchServer } from "../harness/twitch/TwitchServer.ts"
import { untilTrue } from "../harness/Until.ts"
import { openLog, readToEnd, task, values } from "../source/kafka/KafkaLogHarness.ts"
import { start, telemetra } from "./Command.ts"

const post = (id: string, stream: string): Post => ({
  stream,
  id,
  timeMs: 1_767_225_600_000,
  user: "ann",
  userId: "1",
  text: `hello ${id}`,
  emotes: [],
  badges: [],
  bits: 0
})

/** The event ids and viewer counts of all partitions. */
const collected = Effect.fnUntraced(function* (topics: { readonly chat: string; readonly viewer: string }) {
  const broker = yield* KafkaBroker
  const log = yield* openLog({ topics })
  yield* log.assignments.pipe(Stream.take(1), Stream.runDrain)
  const chat: Array<Record<string, unknown>> = []
  const viewer: Array<Record<string, unknown>> = []
  for (const partition of (yield* broker.endOffsets(topics.chat)).keys()) {
    const batches = yield* readToEnd(log, task(topics, partition))
    for (const value of values(batches, 0)) chat.push(JSON.parse(String(value)) as Record<string, unknown>)
    for (const value of values(batches, 1)) viewer.push(JSON.parse(String(value)) as Record<string, unknown>)
  }
  return { chat, viewer }
})

describe.skipIf(kafkaMissing !== undefined)("telemetra collect", () => {
  layer(KafkaBroker.shared(), { timeout: "10 minutes", excludeTestServices: true })((it) => {
    it.effect("appends each message once, and drains at its stop", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const twitch = yield* startTwitchServer()
        twitch.lists.viewers.set("one", 42)
        const topics = { chat: uniqueName("chat"), viewer: uniqueName("viewer") }
        const command = yield* start(["collect", "twitch:One,https://www.twitch.tv/two", "#one"], {
          env: {
            KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
            CHAT_TOPIC: topics.chat,
            VIEWER_TOPIC: topics.viewer,
            EMOTE_LISTS: "none",
            ...twitch.variables({ withViewers: true })
          }
        })
        const output = () => `${command.printed().stdout}${command.printed().stderr}`
        yield* untilTrue("both channels are joined", () => twitch.chat.joined.size === 2, output)
        const ids = Array.from({ length: 500 }, (_, index) => `m${index}`)
        for (const [index, id] of ids.entries()) twitch.chat.post([post(id, index % 2 === 0 ? "one" : "two")])
        yield* Effect.promise(() => twitch.chat.barrier())
        yield* untilTrue("viewers are sampled", () => output().includes("Reading chat of twitch:two"), output)
        yield* Effect.sleep("2 seconds")
        yield* command.signal("SIGTERM")
        const { code } = yield* command.ended
        assert.strictEqual(code, 0, output())
        assert.include(output(), "collects twitch:one, twitch:two")
        const { chat, viewer } = yield* collected(topics)
        assert.deepStrictEqual(chat.map(({ event_id }) => String(event_id)).toSorted(), ids.toSorted())
        assert.deepStrictEqual(
          viewer.map(({ stream_id, viewer_count }) => [stream_id, viewer_count]),
          [["one", 42]]
        )
      })
    )

    it.effect("ends with the exit code of wrong credentials, and names the variable", () =>
      Effect.gen(function* () {
        const broker = yield* KafkaBroker
        const twitch = yield* startTwitchServer()
        const { code, stderr } = yield* telemetra(["collect", "twitch:one"], {
          env: {
            KAFKA_BOOTSTRAP_SERVERS: broker.bootstrap,
            CHAT_TOPIC: uniqueName("chat"),
            VIEWER_TOPIC: uniqueName("viewer"),
            EMOTE_LISTS: "none",
            ...twitch.variables({ withViewers: true }),
            TWITCH_CLIENT_SECRET: "wrong"
          }
        })
        assert.strictEqual(code, 77, stderr)
        assert.include(stderr, "TWITCH_CLIENT_SECRET")
        assert.notInclude(stderr, "wrong")
      })
    )

    it.effect("refuses in one sentence what cannot be a channel", () =>
      Effect.gen(function* () {
        for (const [args, env, problem] of [
          [["one"], {}, 'COLLECT="one": expected a platform before the first channel, such as twitch:one'],
          [
            ["twitch:a b"],
            {},
            'COLLECT="twitch:a b": expected the name of a channel instead of "a b": A Twitch channel has'
          ],
          [[], {}, "COLLECT is not set: expected channels, such as `telemetra collect twitch:NAME`"],
          [["twitch:one"], { SOURCE: "simulator" }, 'COLLECT="twitch:one": expected no value while SOURCE=simulator']
        ] as const) {
          const { code, stderr } = yield* telemetra(["collect", ...args], {
            env: { KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1", ...env }
          })
          assert.strictEqual(code, 78, stderr)
          assert.include(stderr, problem)
        }
      })
    )
  })
})
