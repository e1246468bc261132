import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { MAX_TEXT_BYTES } from "../../src/domain/Limits.ts"
import { type Excerpt, Transcript } from "../../src/reaction/Transcript.ts"
import { chat, columnsOf } from "../harness/Events.ts"

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Line = Schema.Struct({
  stream: Schema.Literals([0, 3, 40]),
  pane: between(0, 4),
  timeMs: between(0, 1e6),
  user: Schema.Literals(["u", "\u{1F600}", ""]),
  text: Schema.Literals(["", "hi", "a\u0001b", "\u{1F600}".repeat(40), "é".repeat(MAX_TEXT_BYTES)]),
  emotes: Schema.Array(Schema.Literals(["", "LUL", "\u{10FFFF}"])).check(Schema.isMaxLength(3)),
  /** Before this message the panes up to here close, and are read. */
  closes: Schema.optional(between(1, 3))
})
type Line = typeof Line.Type

const bytes = (text: string): number => Buffer.from(text).length

/** As it is kept: the first bytes, in whole characters. */
const readOf = (text: string): string => {
  let length = 0
  return [...text].filter((character) => (length += bytes(character)) <= MAX_TEXT_BYTES).join("")
}

const costOf = ({ emotes, text, user }: Line): number =>
  64 + bytes(user) + bytes(readOf(text)) + emotes.reduce((sum, emote) => sum + bytes(emote) + 4, 0)

describe("a transcript", () => {
  it.prop(
    "holds each message that its pane and its stream can pay for, and excerpts keep what was there",
    [Arbitrary.array(Arbitrary.schema(Line), { maxLength: 120 }), Schema.Literals([0, 700, 4000, 1e6])],
    ([lines, pane]) => {
      const limits = { pane, stream: pane / 4 }
      const transcript = new Transcript(limits)
      const kept: Array<Line> = []
      const checks: Array<readonly [Excerpt, ReadonlyArray<Line>]> = []
      const spent = (isOf: (line: Line) => boolean): number =>
        kept.filter(isOf).reduce((sum, line) => sum + costOf(line), 0)
      let first = 0
      const close = (last: number): void => {
        for (const stream of [0, 3, 40, 41]) {
          const expected = kept.filter((line) => line.stream === stream && line.pane >= first && line.pane <= last)
          checks.push([transcript.excerpt(stream, first, last), expected])
        }
      }
      for (const line of lines) {
        if (line.closes !== undefined && line.closes > first) {
          close(line.closes)
          first = line.closes
          transcript.evictBefore(first)
        }
        if (line.pane < first) continue
        const event = chat("", line.timeMs, line.user, line.text, line.emotes)
        transcript.add(line.stream, line.pane, columnsOf([event]), 0)
        const ofPane = spent((other) => other.pane === line.pane)
        const ofStream = spent((other) => other.pane === line.pane && other.stream === line.stream)
        const cost = costOf(line)
        if (ofPane + cost <= limits.pane && ofStream + cost <= limits.stream) kept.push(line)
      }
      close(4)
      for (const [excerpt, expected] of checks) {
        const written = expected.map(({ emotes, text, timeMs, user }) => ({ timeMs, user, text: readOf(text), emotes }))
        assert.sameDeepMembers([...excerpt.messages()], written)
      }
    },
    { arbitrary: { runs: 300, size: 120, seed: 1 } }
  )
})
