/** The CPU profile of V8: the own time of each function. */
import { Schema } from "effect"
import { fileOf, IDLE, type Part, PARTS, partOf } from "./Parts.ts"

const CallFrame = Schema.Struct({
  functionName: Schema.String,
  url: Schema.String,
  /** From 0. */
  lineNumber: Schema.Int
})

/**
 * The output of `node --cpu-prof` (Chrome DevTools Protocol, `Profiler.Profile`). Times are in
 * microseconds.
 */
const CpuProfile = Schema.Struct({
  nodes: Schema.Array(
    Schema.Struct({ id: Schema.Int, callFrame: CallFrame, children: Schema.optional(Schema.Array(Schema.Int)) })
  ),
  /** The node of each sample. */
  samples: Schema.Array(Schema.Int),
  /** Time since the previous sample, or since the start. */
  timeDeltas: Schema.Array(Schema.Int)
})

export const decodeProfile = Schema.decodeUnknownEffect(Schema.fromJsonString(CpuProfile))

/** The own time of a function, over all its callers. */
export interface Self {
  readonly name: string
  readonly file: string
  readonly part: Part
  us: number
}

export interface Profile {
  readonly selves: ReadonlyArray<Self>
  readonly samples: number
}

/** The part of the profile between two times, in microseconds from its start (closed bounds). */
export const profileOf = (profile: typeof CpuProfile.Type, fromUs: number, toUs: number): Profile => {
  const usByNode = new Map<number, number>()
  let atUs = 0
  let samples = 0
  for (const [index, id] of profile.samples.entries()) {
    atUs += profile.timeDeltas[index] ?? 0
    if (atUs < fromUs || atUs > toUs) continue
    samples++
    // A sample lasts until the next one.
    usByNode.set(id, (usByNode.get(id) ?? 0) + Math.max(0, profile.timeDeltas[index + 1] ?? 0))
  }
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const selves = new Map<string, Self>()
  const add = (id: number, caller: Self | undefined): void => {
    const node = nodes.get(id)
    if (node === undefined) return
    const { functionName, lineNumber, url } = node.callFrame
    const part = partOf(functionName, url)
    let self = caller
    if (part !== undefined) {
      const name = functionName === "" ? `(anonymous, line ${lineNumber + 1})` : functionName
      const key = `${name} ${url}`
      self = selves.get(key) ?? { name, file: fileOf(url), part, us: 0 }
      selves.set(key, self)
    }
    if (self !== undefined) self.us += usByNode.get(id) ?? 0
    for (const child of node.children ?? []) add(child, self)
  }
  const [root] = profile.nodes
  if (root !== undefined) add(root.id, undefined)
  return { selves: [...selves.values()], samples }
}

const sum = (selves: ReadonlyArray<Self>): number => selves.reduce((total, { us }) => total + us, 0)

export interface Share {
  readonly part: Part
  /** Share of the whole time, and of the time that is not idle. */
  readonly ofAll: number
  readonly ofBusy: number
}

/** Microseconds in which the thread was busy. */
export const busyUs = ({ selves }: Profile): number => sum(selves.filter(({ part }) => part !== IDLE))

/** Microseconds in some of the parts. */
export const usOf = ({ selves }: Profile, parts: ReadonlyArray<Part>): number =>
  sum(selves.filter(({ part }) => parts.includes(part)))

/** The share of every part, in the order of the report. */
export const sharesOf = (profile: Profile): ReadonlyArray<Share> =>
  PARTS.map((part) => {
    const us = usOf(profile, [part])
    return { part, ofAll: us / sum(profile.selves), ofBusy: part === IDLE ? Number.NaN : us / busyUs(profile) }
  })
