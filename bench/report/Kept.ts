/** Results kept as a file, from which documents are rendered. */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { Effect, Schema } from "effect"

/** Results of a schema that is its own encoding, in the file `name` of `bench/results/`. */
export const kept = <S extends Schema.Codec<unknown, unknown>>(name: string, schema: S) => {
  const file = new URL(`../results/${name}`, import.meta.url)
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return {
    keep: (results: S["Type"]): Effect.Effect<void> =>
      Effect.promise(async () => {
        await mkdir(new URL(".", file), { recursive: true })
        await writeFile(file, `${JSON.stringify(results)}\n`)
      }),
    read: Effect.promise(() => readFile(file, "utf8")).pipe(Effect.flatMap(decode))
  }
}
