/** A CPU profile of V8's as a tree of frames. */
import { existsSync, readFileSync } from "node:fs"
import { SourceMap } from "node:module"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import { fileOf, type Part, partOf } from "./Parts.ts"

const CallFrame = Schema.Struct({
  functionName: Schema.String,
  url: Schema.String,
  /** Both from 0 on. */
  lineNumber: Schema.Int,
  columnNumber: Schema.Int
})

/** What `node --cpu-prof` writes (Chrome DevTools Protocol, `Profiler.Profile`). Times are in microseconds. */
const CpuProfile = Schema.Struct({
  nodes: Schema.Array(
    Schema.Struct({ id: Schema.Int, callFrame: CallFrame, children: Schema.optional(Schema.Array(Schema.Int)) })
  ),
  /** The node that each sample found. */
  samples: Schema.Array(Schema.Int),
  /** From the sample before, or from the start. */
  timeDeltas: Schema.Array(Schema.Int)
})

export const decodeProfile = Schema.decodeUnknownEffect(Schema.fromJsonString(CpuProfile))

export interface Frame {
  readonly name: string
  /** Empty where it is no function, or folded. */
  readonly file: string
  readonly part: Part
  readonly caller: Frame | undefined
  /** Microseconds in it and in what it calls. */
  totalUs: number
  readonly children: Map<string, Frame>
}

/** A function's own time, wherever it was called from. */
export interface Self {
  readonly name: string
  readonly file: string
  readonly part: Part
  selfUs: number
}

export interface Profile {
  readonly roots: ReadonlyMap<string, Frame>
  readonly selves: ReadonlyArray<Self>
  readonly samples: number
  readonly totalUs: number
}

const sourceMaps = new Map<string, SourceMap | undefined>()

const sourceMapOf = (url: string): SourceMap | undefined => {
  if (!sourceMaps.has(url)) {
    const path = url.startsWith("file:") ? `${fileURLToPath(url)}.map` : ""
    sourceMaps.set(url, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, "utf8"))) : undefined)
  }
  return sourceMaps.get(url)
}

/** From 1 on, of the source where there is a map. */
const lineOf = ({ columnNumber, lineNumber, url }: typeof CallFrame.Type): number => {
  const origin = sourceMapOf(url)?.findOrigin(lineNumber + 1, columnNumber + 1)
  return origin !== undefined && "lineNumber" in origin ? origin.lineNumber : lineNumber + 1
}

const nameOf = (frame: typeof CallFrame.Type): string =>
  frame.functionName === "" ? `(anonymous, line ${lineOf(frame)})` : frame.functionName

/** The part of the profile from one time to another, in microseconds from its start. */
export const profileOf = (profile: typeof CpuProfile.Type, fromUs: number, toUs: number): Profile => {
  const spentUs = new Map<number, number>()
  let atUs = 0
  let samples = 0
  for (const [index, id] of profile.samples.entries()) {
    atUs += profile.timeDeltas[index] ?? 0
    if (atUs < fromUs || atUs > toUs) continue
    samples++
    // what a sample finds goes on until the next one
    spentUs.set(id, (spentUs.get(id) ?? 0) + Math.max(0, profile.timeDeltas[index + 1] ?? 0))
  }

  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const roots = new Map<string, Frame>()
  const selves = new Map<string, Self>()

  let totalUs = 0
  const add = (id: number, caller: Frame | undefined): void => {
    const node = nodes.get(id)
    if (node === undefined) return
    const { callFrame, children = [] } = node
    const part = partOf(callFrame.functionName, callFrame.url) ?? caller?.part
    let frame = caller
    // V8's root is no function
    if (part !== undefined) {
      const told = { name: nameOf(callFrame), file: fileOf(callFrame.url), part }
      const key = `${told.name} ${told.file} ${part.name}`
      const self = selves.get(key) ?? { ...told, selfUs: 0 }
      const selfUs = spentUs.get(id) ?? 0
      self.selfUs += selfUs
      selves.set(key, self)
      totalUs += selfUs
      frame = part.isFolded
        ? (folded(caller, part) ?? frameOn(caller, roots, { name: part.name, file: "", part }))
        : frameOn(caller, roots, told)
      for (let on: Frame | undefined = frame; on !== undefined; on = on.caller) on.totalUs += selfUs
    }
    for (const child of children) add(child, frame)
  }

  const [root] = profile.nodes
  if (root !== undefined) add(root.id, undefined)
  return { roots, selves: [...selves.values()], samples, totalUs }
}

/** The frame into which a call is folded: of the same part, with none between that isn't folded. */
const folded = (caller: Frame | undefined, part: Part): Frame | undefined =>
  caller === undefined || !caller.part.isFolded
    ? undefined
    : caller.part === part
      ? caller
      : folded(caller.caller, part)

/** The frame of that name on a caller, or at the bottom where there is none; made where it is new. */
const frameOn = (
  caller: Frame | undefined,
  roots: Map<string, Frame>,
  told: Pick<Frame, "file" | "name" | "part">
): Frame => {
  const frames = caller?.children ?? roots
  const key = `${told.name} ${told.file}`
  let frame = frames.get(key)
  if (frame === undefined) frames.set(key, (frame = { ...told, caller, totalUs: 0, children: new Map() }))
  return frame
}
