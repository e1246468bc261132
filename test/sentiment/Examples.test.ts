/** The examples of docs/sentiment.md are true. */
import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { ChatModel } from "../../src/sentiment/ChatModel.ts"
import { scoreOf } from "../harness/Events.ts"

const document = readFileSync(new URL("../../docs/sentiment.md", import.meta.url), "utf8")
const examples = [...document.matchAll(/^\| `([^`]+)` \|.*\| ([-\d,]*) \| ([-\d.]+) \|$/gm)].map(
  ([, text = "", sum = "", score = ""]) => ({ text, sum: Number(sum.replaceAll(",", "")), score: Number(score) })
)

it("the examples of docs/sentiment.md are true", () => {
  assert.isAbove(examples.length, 5)
  for (const { score, sum, text } of examples) {
    const micro = scoreOf(ChatModel, text)
    assert.strictEqual(micro, Math.round((sum / Math.sqrt(sum * sum + 15_000_000)) * 1_000_000), text)
    assert.closeTo(micro / 1_000_000, score, 0.0005, text)
  }
})
