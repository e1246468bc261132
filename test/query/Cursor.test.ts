import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Exit, Schema } from "effect"
import { ColumnText, cursorOf, Milliseconds, pageOf, TimestampText } from "../../src/query/Cursor.ts"

const Key = Schema.Struct({
  name: ColumnText,
  rank: Schema.NullOr(Schema.Finite),
  atMs: Milliseconds,
  written: TimestampText
})

const cursor = cursorOf(Key)

const key = { name: "ä😀\u202E/+?", rank: -0.1, atMs: 1_714_521_600_000, written: "2024-05-01 00:00:00.000001" }

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

describe("a cursor", () => {
  it.effect("gives back what was written, from characters that a URL takes as they are", () =>
    Effect.gen(function* () {
      const text = cursor.write(key)
      assert.match(text, /^[\w-]+$/)
      assert.deepStrictEqual(yield* cursor.read(text), key)
      assert.isUndefined(yield* cursor.read(undefined))
    })
  )

  it.effect.prop(
    "gives back any name and rank",
    [Arbitrary.schema(Schema.String), Arbitrary.schema(Schema.Finite)],
    ([text, rank]) =>
      Effect.gen(function* () {
        const name = text.replaceAll("\0", "")
        if (!name.isWellFormed()) return
        assert.deepStrictEqual(yield* cursor.read(cursor.write({ ...key, name, rank })), {
          ...key,
          name,
          rank: rank + 0
        })
      }),
    { arbitrary: { runs: 300 } }
  )

  it.effect.each([
    "",
    "x",
    "%",
    "e30",
    encoded(null),
    encoded([]),
    encoded({ ...key, name: 1 }),
    encoded({ ...key, name: "a\0" }),
    encoded({ ...key, rank: "1" }),
    encoded({ ...key, atMs: 0.5 }),
    encoded({ ...key, atMs: 8.64e15 }),
    encoded({ ...key, written: "2024-02-30 00:00:00" }),
    encoded({ ...key, written: "2024-01-01 24:00:00" }),
    encoded({ ...key, written: "2024-01-01T00:00:00" }),
    encoded({ ...key, written: "infinity" }),
    encoded({ ...key, written: "2024-01-01 00:00:00'; DROP TABLE moments --" }),
    Buffer.from(JSON.stringify(key).replace("-0.1", "1e999")).toString("base64url"),
    Buffer.from([0xff, 0xfe]).toString("base64url")
  ])("is none that was tampered with: %s", (text) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(cursor.read(text))
      assert.isTrue(Exit.isFailure(exit))
      const { detail } = yield* Effect.flip(cursor.read(text))
      assert.match(detail ?? "", /^cursor: /)
    })
  )
})

const numbers = cursorOf(Schema.Struct({ n: Schema.Int }))

/** The rows that the query returned, of so many that it found. */
const next = (given: ReadonlyArray<number>, limit: number, found = given.length) => {
  const page = pageOf(
    given.map((n) => ({ n, found })),
    limit,
    numbers,
    ({ n }) => ({ n })
  )
  return { items: page.items.map(({ n }) => n), next: page.next }
}

describe("a page", () => {
  it("has a next one where there is an item more than it shows", () => {
    assert.deepStrictEqual(next([], 2), { items: [], next: null })
    assert.deepStrictEqual(next([1, 2], 2), { items: [1, 2], next: null })
    assert.deepStrictEqual(next([1, 2, 3], 2), { items: [1, 2], next: encoded({ n: 2 }) })
  })

  it("has a next one where it was cut by bytes", () => {
    assert.deepStrictEqual(next([1], 2, 2), { items: [1], next: encoded({ n: 1 }) })
    assert.deepStrictEqual(next([1, 2], 2, 3), { items: [1, 2], next: encoded({ n: 2 }) })
  })
})
