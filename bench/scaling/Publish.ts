/** Where the results of the whole measurement are kept, and the page and picture that are made from them. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { Effect, Schema } from "effect"
import { document } from "./Document.ts"
import { picture } from "./Picture.ts"
import { Results } from "./Results.ts"

const RESULTS = new URL("../results/scaling.json", import.meta.url)
const DOCS = new URL("../../docs/", import.meta.url)

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Results))

export const keep = (results: Results): Effect.Effect<void> =>
  Effect.promise(async () => {
    await mkdir(new URL(".", RESULTS), { recursive: true })
    await writeFile(RESULTS, `${JSON.stringify(results, null, 2)}\n`)
  })

/** Writes the page and the picture anew from what is kept. */
export const render = Effect.gen(function* () {
  const results = yield* Effect.promise(() => readFile(RESULTS, "utf8")).pipe(Effect.flatMap(decode))
  yield* Effect.promise(() => writeFile(new URL("scaling.svg", DOCS), picture(results)))
  yield* Effect.promise(() => writeFile(new URL("scaling.md", DOCS), document(results)))
})
