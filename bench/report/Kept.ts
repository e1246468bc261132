/** Results kept as a file, and the page of docs/ that is written from them. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { Effect, Schema } from "effect"

const DOCS = new URL("../../docs/", import.meta.url)

/**
 * Results of a schema that is its own encoding, in the file `name` of `bench/results/`. `render`
 * writes the page from the kept results.
 */
export const kept = <S extends Schema.Codec<unknown, unknown>>(
  name: string,
  schema: S,
  page: string,
  document: (results: S["Type"]) => string
) => {
  const file = new URL(`../results/${name}`, import.meta.url)
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return {
    keep: (results: S["Type"]): Effect.Effect<void> =>
      Effect.promise(async () => {
        await mkdir(new URL(".", file), { recursive: true })
        await writeFile(file, `${JSON.stringify(results)}\n`)
      }),
    render: Effect.promise(() => readFile(file, "utf8")).pipe(
      Effect.flatMap(decode),
      Effect.flatMap((results) => Effect.promise(() => writeFile(new URL(page, DOCS), document(results))))
    )
  }
}
