/**
 * The native limit: a program in Rust that writes the same rows with as little work as possible.
 * Built by Cargo, once. Without Cargo it is not measured.
 */
import { existsSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, join } from "node:path"
import { Effect } from "effect"
import { type System, Unavailable } from "../System.ts"
import { built, builtFolder, run } from "./Cache.ts"
import { peerTable, peerVariables } from "./PeerTable.ts"

const SOURCES = new URL("limit", import.meta.url).pathname
const BUILT = builtFolder("limit", SOURCES)

const findCargo = (): string | undefined =>
  [...(process.env["PATH"] ?? "").split(delimiter), join(homedir(), ".cargo/bin")]
    .map((folder) => join(folder, "cargo"))
    .find((path) => existsSync(path))

/** The first line of a failed build states the command and the cause. */
const firstLine = (defect: unknown): string => String(defect).split("\n")[0] ?? ""

const build = Effect.suspend(() => {
  const cargo = findCargo()
  return cargo === undefined
    ? Effect.fail(new Unavailable({ why: "Cargo is not installed" }))
    : built(BUILT, SOURCES, (folder) => run(cargo, ["build", "--release", "--locked", "--quiet"], folder)).pipe(
        Effect.catchDefect((defect) => Effect.fail(new Unavailable({ why: `the build failed: ${firstLine(defect)}` })))
      )
})

/** Its stages, each with those before. The cost of one is the difference to the one before. */
export const STAGES = ["fetch", "decode", "aggregate", "write"] as const
export type Stage = (typeof STAGES)[number]

const limit = (threads: number, stage: Stage = "write"): System => ({
  id: stage === "write" ? `limit-${threads}` : `limit-${threads}-${stage}`,
  kind: "limit",
  name: `limit, ${threads} ${threads === 1 ? "thread" : "threads"}${stage === "write" ? "" : `, up to ${stage}`}`,
  settings: `Rust, \`target-cpu=native\`. Threads that read and aggregate: ${threads}. Each has another thread that writes. Upserts of 2000 rows`,
  without:
    "any fault tolerance, a consumer group, compressed batches, checks of records, detectors, dead letters: the ceiling of this machine",
  prepare: build,
  table: stage === "write" ? peerTable.name : undefined,
  ddl: peerTable.ddl,
  program: (place) => ({
    command: join(BUILT, "target/release/limit"),
    args: [],
    env: { ...peerVariables(place), THREADS: String(threads), STAGE: stage }
  }),
  isDone: undefined,
  lastMs: Number
})

export const limitOneThread = limit(1)
export const limitTwoThreads = limit(2)
/** One thread, by the last stage that runs. */
export const limitStages: ReadonlyArray<System> = STAGES.map((stage) => limit(1, stage))
