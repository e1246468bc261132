/** `npm run bench:micro`: ends with 1 where a naive form gives something else than ours. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, DateTime, Effect, Layer, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import * as PostgresHarness from "../../test/harness/Postgres.ts"
import * as PostgresTables from "../../test/harness/PostgresTables.ts"
import { replaceSection } from "../../test/harness/Section.ts"
import { writeIfFull } from "../Full.ts"
import { machine } from "../Machine.ts"
import { POSTGRES_SETTINGS } from "../Servers.ts"
import type { Case } from "./Case.ts"
import { decodeCase } from "./cases/Decode.ts"
import { fetchCases } from "./cases/Fetch.ts"
import { reactionCases } from "./cases/Reactions.ts"
import { sentimentCases } from "./cases/Sentiment.ts"
import { upsertCase } from "./cases/Upsert.ts"
import { windowCases } from "./cases/Windows.ts"
import { loadOf, recordedChat, recordsOf, rowsOf, tinyStreams, valuesOf } from "./Inputs.ts"
import { measure, type Measured } from "./Measure.ts"
import { parseMessage } from "./naive/Parse.ts"
import { describe } from "./Report.ts"
import { decode } from "./Subject.ts"

/** Twice a window, of which half are whole. */
const WINDOWS_SECONDS = 120
/** Three times as far as a baseline reaches. */
const HISTORY_MINUTES = 30

const DOCUMENT = new URL("../../docs/profiles.md", import.meta.url).pathname

/** What of the machine's facts these benchmarks stand on. */
const FACTS = ["processor", "system", "the worker", "Node", "PostgreSQL"]

const casesOf = Effect.fnUntraced(function* (events: number, rows: number) {
  const load = loadOf(events, WINDOWS_SECONDS)
  const chat = recordsOf(load, "chat")
  const values = valuesOf(chat)
  const decoded = decode("chat", values)
  const messages = values.map(parseMessage)
  const history = rowsOf(loadOf(events, HISTORY_MINUTES * 60))
  const cases: ReadonlyArray<Case> = [
    decodeCase("chat", values),
    decodeCase("viewer", valuesOf(recordsOf(load, "viewer"))),
    ...sentimentCases(decoded, messages),
    ...windowCases(decoded, messages),
    ...reactionCases([
      { name: "busy streams", events: decoded },
      {
        name: "tiny streams",
        events: decode("chat", valuesOf(recordsOf(tinyStreams(events, WINDOWS_SECONDS), "chat")))
      },
      { name: "recorded chat", events: recordedChat() }
    ]),
    yield* upsertCase(history.slice(0, rows)),
    ...(yield* Effect.promise(() => fetchCases(chat)))
  ]
  return cases
})

/** The run whose figures docs/ has. */
const FULL = { events: 200_000, rows: 2_000, rounds: 5, time: 500 }

const positive = Flag.withSchema(Schema.Int.check(Schema.isGreaterThan(0)))

const micro = Command.make(
  "bench:micro",
  {
    events: Flag.Int("events").pipe(positive, Flag.withDescription("Chat events"), Flag.withDefault(FULL.events)),
    rows: Flag.Int("rows").pipe(positive, Flag.withDescription("Rows of the upsert"), Flag.withDefault(FULL.rows)),
    rounds: Flag.Int("rounds").pipe(
      positive,
      Flag.withDescription("How often each is timed"),
      Flag.withDefault(FULL.rounds)
    ),
    time: Flag.Int("time").pipe(
      positive,
      Flag.withDescription("Milliseconds of each way in each round, at least"),
      Flag.withDefault(FULL.time)
    ),
    only: Flag.String("only").pipe(
      Flag.withDescription("Cases whose names begin so; the document then stays as it is"),
      Flag.withDefault("")
    ),
    document: Flag.String("document").pipe(
      Flag.withDescription("The document whose last report is replaced by this one"),
      Flag.withDefault(DOCUMENT)
    )
  },
  ({ document, events, only, rounds, rows, time }) =>
    Effect.gen(function* () {
      const cases = (yield* casesOf(events, rows)).filter(({ name }) => name.startsWith(only))
      const measured: Array<Measured> = []
      for (const one of cases) {
        const found = yield* Effect.promise(() => measure(one, { rounds, timeMs: time }))
        measured.push(found)
        yield* Console.log(
          `${found.name.padEnd(22)} ${found.ours.nanoseconds.median.toFixed(0).padStart(9)} ns, naive ${found.naive.ratio.median.toFixed(1)} times that`
        )
      }
      if (only !== "") return
      const facts = yield* machine
      const text = describe(
        {
          command: `npm run bench:micro -- --events ${events} --rows ${rows} --rounds ${rounds} --time ${time}`,
          date: DateTime.formatIsoDateUtc(yield* DateTime.now),
          rounds,
          timeMs: time,
          machine: facts.filter(([name]) => FACTS.includes(name))
        },
        measured
      )
      yield* writeIfFull(
        document,
        { events, rows, rounds, time },
        FULL,
        replaceSection(document, "micro-benchmarks", text)
      )
    }).pipe(
      Effect.provide(
        PostgresTables.fresh().pipe(
          Layer.provide(PostgresHarness.layer({ timezone: "UTC", settings: POSTGRES_SETTINGS }))
        )
      )
    )
).pipe(Command.withDescription("Times parts of the worker beside naive forms of them"))

micro.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
