/**
 * The results of the whole benchmark, kept as a file, and docs/benchmarks.md, which is written from
 * them.
 */
import { writeFile } from "node:fs/promises"
import { Effect } from "effect"
import { document } from "./Document.ts"
import { kept } from "./report/Kept.ts"
import { Results } from "./Results.ts"

const DOCUMENT = new URL("../docs/benchmarks.md", import.meta.url)

const file = kept("latest.json", Results)

export const { keep } = file

/** Writes the document from the kept results. */
export const render = Effect.gen(function* () {
  const results = yield* file.read
  yield* Effect.promise(() => writeFile(DOCUMENT, document(results)))
})
