/** Where the results of the whole benchmark are kept, and the page and picture that are made from them. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { Effect, Schema } from "effect"
import { document } from "./Document.ts"
import { plot } from "./Plot.ts"
import { Results, summarize } from "./Results.ts"

const RESULTS = new URL("results/latest.json", import.meta.url)
const DOCS = new URL("../docs/", import.meta.url)

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Results))

export const keep = (results: Results): Effect.Effect<void> =>
  Effect.promise(async () => {
    await mkdir(new URL(".", RESULTS), { recursive: true })
    await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`)
  })

/** Writes the page and the picture anew from what is kept. */
export const render = Effect.gen(function* () {
  const results = yield* Effect.promise(() => readFile(RESULTS, "utf8")).pipe(Effect.flatMap(decode))
  const summaries = summarize(results)
  const caption = `Medians of ${results.rounds} rounds, lines from least to most; ${results.records.toLocaleString("en")} events, ${results.machine[0]?.[1] ?? ""}, ${results.at}`
  yield* Effect.promise(() => writeFile(new URL("benchmarks.svg", DOCS), plot(summaries, caption)))
  yield* Effect.promise(() => writeFile(new URL("benchmarks.md", DOCS), document(results)))
})
