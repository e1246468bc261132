import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { MomentItem } from "../../src/api/Moments.ts"
import { StreamNow } from "../../src/api/Streams.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"
import { startTask, withApi } from "../harness/ApiWorld.ts"
import * as Postgres from "../harness/Postgres.ts"
import { until } from "../harness/Until.ts"
import { postgresVariables } from "../harness/WorkerProcess.ts"
import { start, telemetra } from "./Command.ts"

const lines = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line !== "")

const objects = (text: string): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  lines(text).map((line) => JSON.parse(line))

const cells = (text: string, column: number): ReadonlyArray<string | undefined> =>
  lines(text)
    .slice(1)
    .map((line) => line.split(/ {2,}/)[column])

/** A task to commit through, and the variables that name its schema. */
const withTask = <A, E>(
  use: (
    env: Readonly<Record<string, string>>,
    task: Effect.Success<ReturnType<typeof startTask>>
  ) => Effect.Effect<A, E>
) =>
  withApi(({ postgres, schema }) =>
    Effect.flatMap(startTask(), (task) => use(postgresVariables(postgres, schema), task))
  )

const moments = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
  Effect.map(telemetra(["moments", ...args], { env }), ({ code, stderr, stdout }) => {
    assert.strictEqual(code, 0, stderr)
    return stdout
  })

const CONTROL = "b\u001b[2J\u202e"

layer(Postgres.layer(), { timeout: "10 minutes", excludeTestServices: true })("streams and moments", (it) => {
  it.effect("streams are ranked in a table or as the objects of the API; names cannot control the terminal", () =>
    withTask((env, task) =>
      Effect.gen(function* () {
        yield* task.commit({
          rows: [
            rowOf({ stream: "calm", chatCount: 9, avgSentiment: 0.5, scoredCount: 9 }),
            rowOf({ stream: CONTROL, chatCount: 30, avgSentiment: -0.5, scoredCount: 12 }),
            rowOf({ stream: "single", chatCount: 1, avgSentiment: -1, scoredCount: 1 })
          ]
        })
        const shown = yield* telemetra(["streams"], { env })
        assert.strictEqual(shown.code, 0, shown.stderr)
        assert.notInclude(shown.stdout, "\u001b")
        assert.deepStrictEqual(cells(shown.stdout, 2), ["30", "9", "1"])
        const angry = yield* telemetra(
          ["streams", "--json", "--sort", "avg_sentiment", "--order", "asc", "--min-scored", "5"],
          { env }
        )
        const found = objects(angry.stdout)
        assert.deepStrictEqual(
          found.map(({ stream_id }) => stream_id),
          [CONTROL, "calm"]
        )
        for (const stream of found) Schema.decodeUnknownSync(StreamNow)(stream)
        assert.strictEqual((yield* telemetra(["streams", "--search", "none"], { env })).stdout, "No live streams\n")
        assert.strictEqual((yield* telemetra(["streams", "--sort", "colour"], { env })).code, 2)
      })
    )
  )

  it.effect("moments are filtered and sorted, in a table or as the objects of the API", () =>
    withTask((env, task) =>
      Effect.gen(function* () {
        yield* task.commit({
          moments: [3, 9, 6].map((intensity, index) =>
            momentOf({ stream: `s${index}`, intensity, timestampMs: EventTimeMs(T0 + index * 1000) })
          )
        })
        assert.deepStrictEqual(cells(yield* moments(env), 1), ["s2", "s1", "s0"])
        assert.deepStrictEqual(cells(yield* moments(env, "--sort", "intensity"), 1), ["s1", "s2", "s0"])
        assert.deepStrictEqual(cells(yield* moments(env, "--order", "asc", "--limit", "2"), 1), ["s0", "s1"])
        const strong = objects(
          yield* moments(env, "--json", "--min-intensity", "5", "--to", new Date(T0 + 2000).toISOString())
        )
        assert.deepStrictEqual(
          strong.map(({ stream_id }) => stream_id),
          ["s1"]
        )
        for (const moment of strong) Schema.decodeUnknownSync(MomentItem)(moment)
        assert.strictEqual(yield* moments(env, "--stream", "nobody"), "No moments\n")
      })
    )
  )

  it.effect("follow what is written, until they are interrupted", () =>
    withTask((env, task) =>
      Effect.scoped(
        Effect.gen(function* () {
          const first = momentOf({ stream: "first" })
          yield* task.commit({ moments: [first], rows: [rowOf({ stream: "first" })] })
          const table = yield* start(["moments", "--follow"], { env })
          const json = yield* start(["moments", "--follow", "--json"], { env })
          const streams = yield* start(["streams", "--follow", "--json"], { env })
          const streamsOf = ({ printed }: typeof json) => objects(printed().stdout).map(({ stream_id }) => stream_id)
          const waitFor = (what: string, holds: () => boolean) =>
            until(
              what,
              Effect.sync(() => holds() || undefined),
              () => JSON.stringify([table.printed(), json.printed(), streams.printed()])
            )
          yield* waitFor("the first moment and stream", () =>
            [cells(table.printed().stdout, 1), streamsOf(json), streamsOf(streams)].every(({ length }) => length === 1)
          )
          // It continues, and another one begins.
          const later = { startMs: EventTimeMs(T0 + 10_000), endMs: EventTimeMs(T0 + 70_000) }
          yield* task.commit({
            moments: [
              { ...first, endedAtMs: EventTimeMs(first.endedAtMs + 10_000) },
              momentOf({ stream: "second", timestampMs: EventTimeMs(T0 + 90_000) })
            ],
            rows: [rowOf({ stream: "first", ...later })]
          })
          yield* waitFor("the second moment", () => cells(table.printed().stdout, 1).includes("second"))
          yield* waitFor("the second moment as JSON", () => streamsOf(json).includes("second"))
          yield* waitFor("the next window", () => streamsOf(streams).length === 2)
          assert.deepStrictEqual(cells(table.printed().stdout, 1), ["first", "second"])
          assert.deepStrictEqual([...streamsOf(json)].toSorted(), ["first", "first", "second"])
          for (const command of [table, json, streams]) {
            yield* command.signal("SIGINT")
            assert.strictEqual((yield* command.ended).code, 130)
          }
        })
      )
    )
  )
})
