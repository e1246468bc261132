/**
 * `telemetra demo`: `run` on a simulated platform and an embedded PostgreSQL, removed at the end.
 */
import { resolve } from "node:path"
import { Clock, Effect, FileSystem, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { Config } from "../config/AppConfig.ts"
import { localUrl } from "../http/Exposure.ts"
import { Simulator } from "../source/simulator/Simulator.ts"
import type { Truth } from "../source/simulator/Truth.ts"
import { highlights } from "../source/simulator/Evening.ts"
import { tryListen } from "../http/Port.ts"
import { configured } from "./Root.ts"
import { serve } from "./Run.ts"
import { claim } from "../worker/FolderUse.ts"
import { keptPlatform } from "../worker/KeptPlatform.ts"
import { type Database, Platform } from "../worker/Layers.ts"

const WORDS: Readonly<Record<Truth["kind"], string>> = {
  hype: "people shout one word",
  talk: "all viewers chat at once",
  copypasta: "a copypasta spreads",
  emote: "people post one emote",
  spam: "four spammers (no moment)",
  silence: "a stream falls silent",
  mood: "the mood turns",
  raid: "a raid",
  host: "another channel's viewers arrive",
  viewer_surge: "viewers arrive",
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

/** The configured port, or a free one if another program uses it. */
const portFor = Effect.fn("cli.portFor")(function* (host: string, wanted: number) {
  const got = yield* tryListen(host, wanted)
  if (got !== "EADDRINUSE") return typeof got === "number" ? got : wanted // The HTTP server reports other errors.
  const other = yield* tryListen(host, 0)
  return typeof other === "number" ? other : wanted
})

export const demo = Command.make(
  "demo",
  {
    dataDir: Flag.Directory("data-dir", { mustExist: false }).pipe(
      Flag.withDescription(
        "Keep all data in this folder, and continue from it at the next start; the default is a temporary folder that is removed"
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
      yield* claim({ database: { _tag: "embedded" }, dataDir, source: { _tag: "simulator" } })
      const platform = yield* keptPlatform(dataDir, nowMs)
      const { host } = config.http
      const port = yield* portFor(host, config.http.port)

      const greeting = (_: typeof config, { psql }: Database): string =>
        [
          "",
          "  Telemetra stream: an eventful evening on a simulated platform",
          "",
          `    Dashboard  ${localUrl(host, port)}/${port === config.http.port ? "" : `  (port ${config.http.port} is in use)`}`,
          `    SQL        ${psql}`,
          "",
          "  Two hours of broadcasts that are over and the last 15 minutes are read first, then live events.",
          "  Moments to expect:",
          ...highlights(new Simulator(platform), nowMs).map((truth) => line(truth, nowMs)),
          "",
          Option.isSome(given)
            ? `  Ctrl-C stops the demo and keeps all data in ${dataDir}.`
            : `  Ctrl-C stops the demo and removes all data (${dataDir}).`,
          ""
        ].join("\n")

      yield* serve(greeting).pipe(
        Effect.provideService(Config, { ...config, dataDir, workers: 1, http: { ...config.http, port } }),
        Effect.provideService(Platform, platform)
      )
    }).pipe(Effect.scoped, Effect.provide(configured({ SOURCE: "simulator", COLLECT: "", STORE: "embedded" })))
).pipe(
  Command.withDescription("Try the worker: a simulated platform, everything embedded, all data removed at the end"),
  Command.withExamples([
    { command: "telemetra demo", description: "In a temporary folder that is removed at the end" },
    { command: "telemetra demo --data-dir ./demo", description: "Keep the data; the next start continues with it" }
  ])
)
