import { assert, it } from "@effect/vitest"
import { conversionNotices } from "../../src/replay/ConversionReport.ts"
import { convert, START } from "./formats/Convert.ts"

it("states what a file is and what was left out, in words that fit every count", () => {
  const text = [
    "[2026-03-14 20:00:00] #river ada: hi",
    "[2026-03-14 20:00:01] bob: no channel",
    "[2026-03-14 20:00:02] a line of the system",
    "[1999-03-14 20:00:02] ada: a clock that is wrong"
  ].join("\n")
  const outcome = convert(text, { ...START, stream: "given" })
  if (outcome === undefined) throw new Error("no known form")
  assert.deepStrictEqual(conversionNotices([{ ...outcome, file: "./chat.log" }], "given"), [
    "./chat.log is a text log: 2 messages. Skipped: lines of the system (1). Unusable: a time outside of the years 2000 to 2099 (1)",
    "./chat.log names its stream itself (river); --stream counts only for messages without one"
  ])
})
