/**
 * Mappings of fields, and members of records that only they read. A record is an event under each
 * of them, but another one: a re-read under the wrong mapping counts something else.
 */
import type { FieldMaps } from "../../../src/domain/FieldMap.ts"
import type { ReadSettings } from "../../../src/domain/Settings.ts"
import type { InputKind } from "../../../src/domain/Task.ts"
import { EMOTES, STREAMS, TEXTS, USERS } from "../../pipeline/Crowd.ts"
import type { Random } from "../../harness/Random.ts"

const MAPPINGS: readonly [FieldMaps, ...ReadonlyArray<FieldMaps>] = [
  { chat: { user: "/a/u", text: "/a/m" }, viewer: { viewers: "/a/0" } },
  { chat: { stream: "/a/s", time: "/a/t", emotes: "/a/e" }, viewer: { stream: "/a/1" } }
]

/** Settings without a mapping, under one or still under none. */
export const remapped = (read: ReadSettings, random: Random): ReadSettings =>
  random.chance(0.3) ? read : { ...read, fields: random.pick(MAPPINGS) }

/** The members that only a mapping reads. The time is the same, in microseconds. */
export const mappedMembers = (kind: InputKind, timeMs: number, random: Random): { readonly a: unknown } => ({
  a:
    kind === "viewer"
      ? [random.between(0, 200), random.pick(STREAMS)]
      : {
          u: random.pick(USERS),
          m: random.pick(TEXTS),
          s: random.pick(STREAMS),
          t: timeMs * 1000,
          e: EMOTES.filter(() => random.chance(0.3))
        }
})

/** The least such members. */
export const leastMembers = (kind: InputKind, timeMs: number): { readonly a: unknown } => ({
  a: kind === "viewer" ? [100, "a"] : { u: "u", m: "", s: "a", t: timeMs * 1000 }
})
