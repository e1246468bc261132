import { assert, it } from "@effect/vitest"
import { COLUMNS, verdictSql } from "../../src/compare/Columns.ts"
import { COPIES, type Example, PRESENCE, type Tally } from "../../src/compare/Pairs.ts"
import { REASONS } from "../../src/compare/Reasons.ts"
import { type Compared, toJson, toLines } from "../../src/compare/Report.ts"

const T0 = Date.UTC(2026, 0, 31, 18)
const tally = (name: string, verdict: Tally["verdict"], windows: number, largest: number | null = null): Tally => ({
  name,
  verdict,
  windows,
  largest
})

const example: Example = {
  name: "unique_chatters",
  verdict: "approximate",
  stream: "a\u001b[2J\u202e",
  startMs: T0,
  difference: 3,
  ours: "100",
  theirs: "103"
}

const expected: Compared = {
  scope: {
    fromMs: T0,
    toMs: T0 + 60_000,
    ours: { firstMs: T0, lastMs: T0 },
    theirs: { firstMs: T0, lastMs: T0 },
    sizeMs: 60_000,
    watermarkMs: Number.POSITIVE_INFINITY
  },
  columns: ["chat_count", "unique_chatters"],
  lacking: ["z_score"],
  tallies: [
    tally(PRESENCE, "equal", 10),
    tally(PRESENCE, "theirs-end", 2),
    tally(PRESENCE, "ours-open", 1),
    tally(COPIES, "appended", 4, 2),
    tally("chat_count", "equal", 9),
    tally("chat_count", "late", 1, 5),
    tally("unique_chatters", "equal", 6),
    tally("unique_chatters", "approximate", 3, 3),
    tally("unique_chatters", "follows", 1, Number.NaN)
  ],
  examples: [example],
  moments: undefined,
  notices: ["a notice"]
}

const printable = /^[\u0020-\u007e\u00a0-\u200d\u2010-\u2027\u2030-\u2065\u2070-\uffff]*$/

it("what is as expected leaves nothing to explain", () => {
  const report = toJson(expected)
  assert.strictEqual(report.unexplained, 0)
  const { differences: _, ...windows } = report.windows
  assert.deepStrictEqual(windows, { both: 10, only_ours: 2, only_theirs: 1, duplicated_theirs: 4 })
  assert.deepStrictEqual(
    report.columns.map(({ column, different, equal, largest_difference }) => [
      column,
      equal,
      different,
      largest_difference
    ]),
    [
      ["chat_count", 9, 1, 5],
      ["unique_chatters", 6, 4, 3]
    ]
  )
  assert.deepStrictEqual(
    report.columns[1]?.differences.map(({ examples, reason }) => [reason, examples.length]),
    [
      ["approximate", 1],
      ["follows", 0]
    ]
  )
  // JSON cannot represent NaN.
  assert.isNull(report.columns[1]?.differences[1]?.largest_difference)
})

it("unexplained differences are counted, and come first", () => {
  const report = toJson({
    ...expected,
    tallies: [...expected.tallies, tally(PRESENCE, "only-theirs", 2), tally("unique_chatters", "different", 1, 90)]
  })
  assert.strictEqual(report.unexplained, 3)
  assert.strictEqual(report.windows.only_theirs, 3)
  assert.deepStrictEqual(
    report.columns[1]?.differences.map(({ explained, reason }) => [reason, explained]),
    [
      ["different", false],
      ["approximate", true],
      ["follows", true]
    ]
  )
  const lines = toLines(report, 200)
  assert.include(lines.join("\n"), "UNEXPLAINED")
  assert.strictEqual(lines.at(-1), "3 differences that nothing explains")
})

it("the report for people: all that was found, and no name acts on the terminal", () => {
  const lines = toLines(toJson(expected), 200)
  for (const line of lines) assert.match(line, printable)
  const text = lines.join("\n")
  for (const part of [
    "10 in both, 2 only ours, 1 only theirs; 4 several times",
    "Not in theirs: z_score",
    String.raw`a\u001b[2J\u202e`,
    REASONS.approximate.words,
    "theirs has no such table",
    "a notice",
    "Equal, or different as expected"
  ]) {
    assert.include(text, part)
  }
})

it("every verdict of a column is a reason, or equal", () => {
  const edges = { "ours-beginning": "a", "theirs-beginning": "b", "theirs-end": "c" }
  for (const { name, otherwise, rules } of COLUMNS) {
    const conditions = rules(edges)
    assert.strictEqual(conditions[0]?.[1], "equal", name)
    for (const [, verdict] of conditions) assert.isTrue(verdict === "equal" || verdict in REASONS, verdict)
    assert.isTrue(otherwise in REASONS)
  }
  assert.strictEqual(verdictSql([["x", "equal"]], "different"), "CASE WHEN x THEN 'equal' ELSE 'different' END")
})
