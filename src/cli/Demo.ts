/** `telemetra demo`: a lively evening on a simulated platform, everything embedded, gone afterwards. `run` with other settings. */
import { join, resolve } from "node:path"
import { Clock, Duration, Effect, FileSystem, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { Config } from "../config/AppConfig.ts"
import * as EmbeddedPostgres from "../embedded/EmbeddedPostgres.ts"
import { localUrl } from "../http/Exposure.ts"
import { Simulator } from "../source/simulator/Simulator.ts"
import type { Truth } from "../source/simulator/Truth.ts"
import { chooseSeed, eveningOf, highlights } from "./Evening.ts"
import { tryListen } from "../http/Port.ts"
import { configured } from "./Root.ts"
import { serve } from "./Run.ts"
import { type Database, Platform } from "../worker/Layers.ts"

const WORDS: Readonly<Record<Truth["kind"], string>> = {
  hype: "people shout one word",
  talk: "everybody talks at once",
  copypasta: "a copypasta goes round",
  emote: "people post one emote",
  spam: "four spammers (no moment)",
  silence: "a stream falls silent",
  mood: "the mood turns",
  raid: "a raid",
  host: "another channel's viewers come",
  viewer_surge: "viewers come",
  viewer_loss: "viewers leave",
  drift: "an hour of slow change (no moment)",
  online: "a stream begins",
  offline: "a stream ends"
}

const line = ({ from, kind, startMs, stream }: Truth, nowMs: number): string => {
  const minutes = Math.round((startMs - nowMs) / 60_000)
  const when = minutes < 0 ? `${-minutes} min ago` : minutes === 0 ? "now" : `in ${minutes} min`
  return `    ${when.padEnd(10)} ${WORDS[kind]}: ${stream}${from === undefined ? "" : ` (by ${from})`}`
}

const Kept = Schema.fromJsonString(Schema.Struct({ seed: Schema.Int }))

/** The platform that a folder's rows are of, where there are any: of the file beside them, else that of `run`. A new folder gets a lively evening. */
const platformOf = Effect.fn("cli.platformOf")(function* (dataDir: string, nowMs: number) {
  const fs = yield* FileSystem.FileSystem
  const file = join(dataDir, "demo.json")
  if (yield* fs.exists(file)) {
    const { seed } = yield* Effect.flatMap(fs.readFileString(file), Schema.decodeEffect(Kept))
    return eveningOf(seed)
  }
  if (yield* EmbeddedPostgres.exists(dataDir)) return {}
  const seed = chooseSeed(nowMs)
  yield* fs.makeDirectory(dataDir, { recursive: true })
  yield* fs.writeFileString(file, yield* Schema.encodeEffect(Kept)({ seed }))
  return eveningOf(seed)
})

/** The port that is configured, or where another program has it any free one. */
const portFor = Effect.fn("cli.portFor")(function* (host: string, wanted: number) {
  const got = yield* tryListen(host, wanted)
  if (got !== "EADDRINUSE") return typeof got === "number" ? got : wanted // whoever listens tells what is wrong
  const other = yield* tryListen(host, 0)
  return typeof other === "number" ? other : wanted
})

export const demo = Command.make(
  "demo",
  {
    dataDir: Flag.Directory("data-dir", { mustExist: false }).pipe(
      Flag.withDescription(
        "Keep everything in this folder and go on from there; by default a temporary one is removed"
      ),
      Flag.optional
    )
  },
  ({ dataDir: given }) =>
    Effect.gen(function* () {
      const config = yield* Config
      const fs = yield* FileSystem.FileSystem
      const dataDir = yield* Option.match(given, {
        onNone: () => fs.makeTempDirectoryScoped({ prefix: "telemetra-demo-" }),
        onSome: (folder) => Effect.succeed(resolve(folder))
      })
      const nowMs = yield* Clock.currentTimeMillis
      const platform = yield* platformOf(dataDir, nowMs)
      const { host } = config.http
      const port = yield* portFor(host, config.http.port)

      const greeting = (_: typeof config, { psql }: Database): string =>
        [
          "",
          "  Telemetra stream: a lively evening on a simulated platform",
          "",
          `    Dashboard  ${localUrl(host, port)}/${port === config.http.port ? "" : `  (port ${config.http.port} is taken)`}`,
          `    SQL        ${psql}`,
          "",
          `  The last ${Duration.format(Duration.minutes(15))} are read first, then it goes on live. What to look for:`,
          ...highlights(new Simulator(platform), nowMs).map((truth) => line(truth, nowMs)),
          "",
          Option.isSome(given)
            ? `  Ctrl-C ends it; everything stays in ${dataDir}.`
            : `  Ctrl-C ends it and removes everything (${dataDir}).`,
          ""
        ].join("\n")

      yield* serve(greeting).pipe(
        Effect.provideService(Config, { ...config, dataDir, workers: 1, http: { ...config.http, port } }),
        Effect.provideService(Platform, platform)
      )
    }).pipe(Effect.scoped, Effect.provide(configured({ SOURCE: "simulator", STORE: "embedded" })))
).pipe(
  Command.withDescription("See it at work: a lively evening, everything embedded, nothing left behind"),
  Command.withExamples([
    { command: "telemetra demo", description: "In a temporary folder that goes with it" },
    { command: "telemetra demo --data-dir ./demo", description: "Keep the data; the next start goes on with it" }
  ])
)
