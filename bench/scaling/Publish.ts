/** Where the results of the whole measurement are kept, and the page that is made from them. */
import { writeFile } from "node:fs/promises"
import { Effect } from "effect"
import { kept } from "../report/Kept.ts"
import { document } from "./Document.ts"
import { Results } from "./Results.ts"

const DOCS = new URL("../../docs/", import.meta.url)

const file = kept("scaling.json", Results)

export const { keep } = file

/** Writes the page from what is kept. */
export const render = Effect.gen(function* () {
  const results = yield* file.read
  yield* Effect.promise(() => writeFile(new URL("scaling.md", DOCS), document(results)))
})
