/** `npm run bench:settings`: what the settings of docs/PRODUCTION.md for high volume and for low latency bring; ends with 1 where the tables lack anything. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { replaceSection } from "../../test/harness/Section.ts"
import { measure } from "../platform/Measure.ts"
import { type Contended, figures } from "./Report.ts"
import { type Contender, type Purpose, PURPOSES } from "./Settings.ts"

const DOCUMENT = new URL("../../docs/PRODUCTION.md", import.meta.url).pathname
const PARTITIONS = 6
const STREAMS = 10_000
const MESSAGES_PER_SECOND = 10_000

const contend = ({ minutes, mode, name }: Purpose, contender: Contender) =>
  Effect.map(
    measure(
      {
        mode,
        minutes,
        streams: STREAMS,
        messagesPerSecond: MESSAGES_PER_SECOND,
        workers: contender.workers,
        partitions: PARTITIONS
      },
      `npm run bench:settings -- --only '${name}'`,
      contender.variant
    ),
    (measured): Contended => ({ ...measured, contender })
  )

const settings = Command.make(
  "bench:settings",
  {
    only: Flag.Literals("only", ["all", ...PURPOSES.map(({ name }) => name)]).pipe(
      Flag.withDescription("Which of them"),
      Flag.withDefault("all")
    )
  },
  Effect.fnUntraced(function* ({ only }) {
    const missing: Array<string> = []
    for (const purpose of PURPOSES.filter(({ name }) => only === "all" || only === name)) {
      const contenders = yield* Effect.forEach(purpose.contenders, (contender) => contend(purpose, contender))
      const text = figures(purpose, contenders)
      yield* Console.log(text)
      missing.push(...contenders.flatMap(({ result }) => result.counted.differences))
      if (missing.length === 0) yield* replaceSection(DOCUMENT, purpose.name, text)
    }
    if (missing.length > 0) return yield* Effect.fail(["Not as it should be:", ...missing].join("\n  "))
  })
).pipe(
  Command.withDescription("Measures the proposed settings beside the shipped ones and those that tuned the Spark job")
)

settings.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
