/** The parts of a profile: the worker's rooms, and the code beneath them. */
import type { Stage } from "../peers/Limit.ts"

export type Part = string

const OTHER_ROOMS: Part = "the worker's other rooms"
const SQL: Part = "postgres and sink, with Effect's SQL"
const KAFKAJS: Part = "kafkajs"
const EFFECT: Part = "Effect's runtime"
const PACKAGES: Part = "other packages"
const NODE: Part = "Node"
export const IDLE: Part = "idle"

/** By folder of `src/`. */
const ROOMS: Readonly<Record<string, Part>> = {
  source: "source",
  decode: "decode",
  sentiment: "sentiment",
  windowing: "windowing",
  reaction: "reaction",
  anomaly: "anomaly",
  pipeline: "pipeline",
  sink: SQL,
  postgres: SQL
}

/** By the name that V8 gives to time outside functions. */
const STATES: Readonly<Record<string, Part>> = {
  "(garbage collector)": "garbage collector",
  "(program)": "native code outside functions",
  "(idle)": IDLE
}

/** The parts that do the work of a stage of the native limit. Other parts have no counterpart. */
export const PARTS_OF_STAGE: Readonly<Record<Stage, ReadonlyArray<Part>>> = {
  fetch: ["source", KAFKAJS, NODE],
  decode: ["decode"],
  aggregate: ["sentiment", "windowing", "reaction", "anomaly"],
  write: ["pipeline", SQL]
}

/** In the order of the report. */
export const PARTS: ReadonlyArray<Part> = [
  ...new Set([...Object.values(ROOMS), OTHER_ROOMS, KAFKAJS, EFFECT, PACKAGES, NODE, ...Object.values(STATES)])
]

/** The file of a function, as `room/File.ts`, `package/path/file.js` or `node:module`. */
export const fileOf = (url: string): string => {
  const path = url.replace(/^file:\/\//, "")
  const [, inPackage] = /.*\/node_modules\/(.+)$/.exec(path) ?? []
  if (inPackage !== undefined) return inPackage.replace("/dist/", "/")
  const [, inWorker] = /.*\/src\/(.+)$/.exec(path) ?? []
  return inWorker ?? path
}

/**
 * The part of a function. `undefined` for V8's and Node's built-in functions, which count for their
 * caller.
 */
export const partOf = (functionName: string, url: string): Part | undefined => {
  if (url === "") return STATES[functionName]
  // The kernel.
  if (url.startsWith("wasm:")) return ROOMS["decode"]
  if (url.startsWith("node:")) return NODE
  const file = fileOf(url)
  if (!url.includes("/node_modules/")) return ROOMS[file.split("/")[0] ?? ""] ?? OTHER_ROOMS
  if (file.startsWith("kafkajs/")) return KAFKAJS
  if (/^(@effect\/sql|effect\/(internal\/)?sql)/.test(file)) return SQL
  return /^(@effect|effect)\//.test(file) ? EFFECT : PACKAGES
}
