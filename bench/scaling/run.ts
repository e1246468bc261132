/** `npm run bench:scaling`: writes docs/scaling.md and its picture once every curve is measured. */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Data, Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { kept } from "../report/Kept.ts"
import { number } from "../report/Text.ts"
import { type Curve, curves, warmUpOf } from "./Curves.ts"
import { document } from "./Document.ts"
import { cpuPerMillion, eventsPerSecond, type PointResult, postgresCpuPerMillion, Results } from "./Results.ts"
import { measureScaling } from "./Scaling.ts"

const { keep, render } = kept("scaling.json", Results, "scaling.md", document)

const EVENTS = 400_000
const QUICK_EVENTS = 40_000
/** Events, rows and the constant: what tuning is after. */
const QUICK_CURVES = ["streams", "windows", "backlog"]

const line = ({ id }: Curve, point: PointResult): string =>
  [
    `${id.padEnd(10)} ${point.label.padEnd(30)} ${number(eventsPerSecond(point)).padStart(9)} events/s`,
    `CPU s per M events ${number(cpuPerMillion(point), 2)} (PostgreSQL ${number(postgresCpuPerMillion(point), 2)}), start ${number(point.startCpuSeconds, 2)} s`,
    `peak ${number(point.peakResidentMiB)} MiB`,
    `${number(point.rows)} rows in ${number(point.flushes)} flushes`,
    `${number(point.liveStreams)} streams and ${number(point.liveChatters)} chatters live`,
    `whole process ${number(point.wallSeconds, 1)} s`
  ].join(", ")

class NoCurveError extends Data.TaggedError("NoCurveError")<{ readonly only: string }> {
  override get message(): string {
    return `--only ${this.only} is none of ${curves.map(({ id }) => id).join(", ")}`
  }
}

const scaling = Command.make(
  "bench:scaling",
  {
    quick: Flag.Boolean("quick").pipe(
      Flag.withDescription(
        "A minute for tuning the worker: the ends of three curves or of those given, a smaller load"
      ),
      Flag.withDefault(false)
    ),
    only: Flag.String("only").pipe(Flag.withDescription("Which curves, by commas"), Flag.withDefault(""))
  },
  Effect.fnUntraced(function* ({ only, quick }) {
    const wanted = only !== "" ? only.split(",") : quick ? QUICK_CURVES : curves.map(({ id }) => id)
    const chosen = curves.filter(({ id }) => wanted.includes(id))
    if (chosen.length === 0) return yield* new NoCurveError({ only })
    const results = yield* measureScaling({
      command: "npm run bench:scaling",
      curves: chosen,
      events: quick ? QUICK_EVENTS : EVENTS,
      endsOnly: quick,
      onPoint: (curve, point) => Console.log(line(curve, point))
    })
    for (const { curve, points } of results.curves) {
      const trends = curves.find(({ id }) => id === curve)?.trends ?? []
      yield* Console.log(
        [`\n${curve}:`, ...trends.map((trend) => trend(points, warmUpOf(results.curves)))].join("\n  ")
      )
    }
    // The page is made from the whole measurement alone.
    if (quick || only !== "") return
    yield* keep(results)
    yield* render
  })
).pipe(Command.withDescription("Measures what an event costs the worker over streams, chatters, windows and more"))

scaling.pipe(Command.run({ version: "1" }), Effect.provide(NodeServices.layer), NodeRuntime.runMain())
