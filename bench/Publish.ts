/** Where the results of the whole benchmark are kept, and the page and picture that are made from them. */
import { writeFile } from "node:fs/promises"
import { Effect } from "effect"
import { document } from "./Document.ts"
import { kept } from "./Kept.ts"
import { plot } from "./Plot.ts"
import { Results, summarize } from "./Results.ts"

const DOCS = new URL("../docs/", import.meta.url)

const file = kept("latest.json", Results)

export const { keep } = file

/** Writes the page and the picture anew from what is kept. */
export const render = Effect.gen(function* () {
  const results = yield* file.read
  const summaries = summarize(results)
  const caption = `Medians of ${results.rounds} rounds, lines from least to most; ${results.records.toLocaleString("en")} events, ${results.machine[0]?.[1] ?? ""}, ${results.at}`
  yield* Effect.promise(() => writeFile(new URL("benchmarks.svg", DOCS), plot(summaries, caption)))
  yield* Effect.promise(() => writeFile(new URL("benchmarks.md", DOCS), document(results)))
})
