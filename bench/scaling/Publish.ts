/**
 * The results of the whole measurement, kept as a file, and docs/scaling.md, which is written from
 * them.
 */
import { writeFile } from "node:fs/promises"
import { Effect } from "effect"
import { kept } from "../report/Kept.ts"
import { document } from "./Document.ts"
import { Results } from "./Results.ts"

const DOCS = new URL("../../docs/", import.meta.url)

const file = kept("scaling.json", Results)

export const { keep } = file

/** Writes the document from the kept results. */
export const render = Effect.gen(function* () {
  const results = yield* file.read
  yield* Effect.promise(() => writeFile(new URL("scaling.md", DOCS), document(results)))
})
