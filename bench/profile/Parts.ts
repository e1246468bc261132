/** The parts of a profile: the worker's rooms, and the code beneath them. */

export interface Part {
  readonly name: string
}

const OTHER_ROOMS: Part = { name: "the worker's other rooms" }
const SQL: Part = { name: "postgres and sink, with Effect's SQL" }
const KAFKAJS: Part = { name: "kafkajs" }
const EFFECT: Part = { name: "Effect's runtime" }
const PACKAGES: Part = { name: "other packages" }
const NODE: Part = { name: "Node" }
export const IDLE: Part = { name: "idle" }

/** By folder of `src/`. */
const ROOMS: Readonly<Record<string, Part>> = {
  source: { name: "source" },
  decode: { name: "decode" },
  sentiment: { name: "sentiment" },
  windowing: { name: "windowing" },
  reaction: { name: "reaction" },
  anomaly: { name: "anomaly" },
  pipeline: { name: "pipeline" },
  sink: SQL,
  postgres: SQL
}

/** By the name that V8 gives to time outside functions. */
const STATES: Readonly<Record<string, Part>> = {
  "(garbage collector)": { name: "garbage collector" },
  "(program)": { name: "native code outside functions" },
  "(idle)": IDLE
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
  if (url.startsWith("node:")) return NODE
  const file = fileOf(url)
  if (!url.includes("/node_modules/")) return ROOMS[file.split("/")[0] ?? ""] ?? OTHER_ROOMS
  if (file.startsWith("kafkajs/")) return KAFKAJS
  if (/^(@effect\/sql|effect\/(internal\/)?sql)/.test(file)) return SQL
  return /^(@effect|effect)\//.test(file) ? EFFECT : PACKAGES
}
