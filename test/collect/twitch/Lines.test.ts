import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { makeLines, MAX_LINE_BYTES } from "../../../src/collect/twitch/Lines.ts"

/** All lines of the frames. */
const all = (frames: ReadonlyArray<Uint8Array>) => {
  const cut = makeLines()
  const cuts = frames.map(cut)
  return {
    lines: cuts.flatMap(({ lines }) => lines),
    tooLong: cuts.reduce((sum, { tooLong }) => sum + tooLong, 0)
  }
}

const size = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 1, maximum }))

/** Frames of these sizes, the last one over and over. */
const framed = (bytes: Uint8Array, sizes: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const frames: Array<Uint8Array> = []
  for (let at = 0; at < bytes.length;) {
    const length = sizes[Math.min(frames.length, sizes.length - 1)] ?? 1
    frames.push(bytes.slice(at, at + length))
    at += length
  }
  return frames
}

const long = (bytes: number) => "x".repeat(bytes)

describe("makeLines", () => {
  it.prop(
    "gives the same lines however the bytes are cut into frames",
    [
      Schema.Array(Schema.Literals(["\r\n", "\n", "\r", " ", "a", "é", "漢", "👏", "\u0000"])),
      Schema.Array(size(7)).check(Schema.isMinLength(1))
    ],
    ([pieces, sizes]) => {
      const bytes = Buffer.from(pieces.join(""))
      const { lines, tooLong } = all(framed(bytes, sizes))
      const expected = pieces
        .join("")
        .split("\n")
        .slice(0, -1)
        .map((line) => line.replace(/\r$/, ""))
      assert.deepStrictEqual(
        lines,
        expected.filter((line) => line !== "")
      )
      assert.strictEqual(tooLong, 0)
    },
    { arbitrary: { runs: 500 } }
  )

  it.prop(
    "fails on no bytes, and gives the same for any frames",
    [Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))), size(5)],
    ([bytes, length]) => {
      assert.deepStrictEqual(all(framed(Uint8Array.from(bytes), [length])), all([Uint8Array.from(bytes)]))
    },
    { arbitrary: { runs: 500 } }
  )

  it("replaces bytes that are not UTF-8, and keeps a byte order mark", () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0x61, 0x0a]), Buffer.from("\ufeffb\n")])
    assert.deepStrictEqual(all([bytes]).lines, ["\ufffda", "\ufeffb"])
  })

  it("keeps the longest line that IRCv3 permits", () => {
    const line = `@${"t".repeat(8_190)} ${"m".repeat(511)}`
    assert.deepStrictEqual(all([Buffer.from(`${line}\r\n`)]), { lines: [line], tooLong: 0 })
  })

  it.each([1, 1_000, 65_536, 1_000_000])(
    "leaves out and counts lines over the limit, in frames of %d bytes",
    (length) => {
      const lines = ["a", long(MAX_LINE_BYTES), long(MAX_LINE_BYTES + 1), "b", long(3 * MAX_LINE_BYTES), "c", "d"]
      for (const end of ["\n", "\r\n"]) {
        const bytes = Buffer.from(lines.map((line) => line + end).join(""))
        assert.deepStrictEqual(all(framed(bytes, [length])), {
          lines: ["a", long(MAX_LINE_BYTES), "b", "c", "d"],
          tooLong: 2
        })
      }
    }
  )
})
