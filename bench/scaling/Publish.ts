/** Where the results of the whole measurement are kept, and the page and picture that are made from them. */
import { writeFile } from "node:fs/promises"
import { Effect } from "effect"
import { kept } from "../Kept.ts"
import { document } from "./Document.ts"
import { picture } from "./Picture.ts"
import { Results } from "./Results.ts"

const DOCS = new URL("../../docs/", import.meta.url)

const file = kept("scaling.json", Results)

export const { keep } = file

/** Writes the page and the picture anew from what is kept. */
export const render = Effect.gen(function* () {
  const results = yield* file.read
  yield* Effect.promise(() => writeFile(new URL("scaling.svg", DOCS), picture(results)))
  yield* Effect.promise(() => writeFile(new URL("scaling.md", DOCS), document(results)))
})
