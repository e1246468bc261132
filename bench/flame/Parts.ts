/** What a worker's time is spent for: the rooms of the worker, and what it stands on. */

export interface Part {
  readonly name: string
  /** Of its frames. */
  readonly colour: string
  /** Whether calls among its functions are drawn as one frame: how a foreign runtime calls itself and others says little. */
  readonly isFolded: boolean
}

const own = (name: string, colour: string): Part => ({ name, colour, isFolded: false })
const foreign = (name: string, colour: string): Part => ({ name, colour, isFolded: true })

const KAFKAJS = foreign("kafkajs", "#cbb6e8")
const POSTGRES = own("sink/postgres, with Effect's SQL", "#9fc5f0")
const EFFECT = foreign("Effect's runtime", "#e3e0d3")
const NODE = foreign("Node", "#cfd6dc")
const PACKAGES = foreign("other packages", "#d9c9b6")
const REST = own("the worker's other rooms", "#f7d3c4")

/** By the folder of `src/`. */
const ROOMS: Readonly<Record<string, Part>> = {
  decode: own("decode", "#f5a97f"),
  sentiment: own("sentiment", "#f7c948"),
  windowing: own("windowing", "#9ccc7a"),
  anomaly: own("anomaly", "#6fc3a8"),
  pipeline: own("pipeline", "#8fd3dd"),
  source: own("source/kafka", "#b48ad6"),
  sink: POSTGRES
}

/** By V8's name for what is no function. */
const STATES: Readonly<Record<string, Part>> = {
  "(garbage collector)": foreign("garbage collector", "#e58a9b"),
  "(program)": foreign("native code outside of functions", "#bfbfbf"),
  "(idle)": foreign("idle", "#f2f2f2")
}

/** What no processor is used for. */
export const IDLE = STATES["(idle)"]

/** In the order in which they are told. */
export const PARTS: ReadonlyArray<Part> = [
  ...new Set([...Object.values(ROOMS), REST, KAFKAJS, EFFECT, PACKAGES, NODE, ...Object.values(STATES)])
]

/** Where a function stands: `room/File.ts`, `package/path/file.js`, `node:module`. */
export const fileOf = (url: string): string => {
  const path = url.replace(/^file:\/\//, "")
  const [, inPackage] = /.*\/node_modules\/(.+)$/.exec(path) ?? []
  if (inPackage !== undefined) return inPackage.replace("/dist/", "/")
  const [, inWorker] = /.*\/src\/(.+)$/.exec(path) ?? []
  return inWorker ?? path
}

/** `undefined` for what is built into V8 or Node: it counts for whoever calls it. */
export const partOf = (functionName: string, url: string): Part | undefined => {
  if (url === "") return STATES[functionName]
  if (url.startsWith("node:")) return NODE
  const file = fileOf(url)
  if (!url.includes("/node_modules/")) return ROOMS[file.split("/")[0] ?? ""] ?? REST
  if (file.startsWith("kafkajs/")) return KAFKAJS
  if (/^(@effect\/sql|effect\/(internal\/)?sql)/.test(file)) return POSTGRES
  return /^(@effect|effect)\//.test(file) ? EFFECT : PACKAGES
}
