/** The generated part of a document: the text between its two marks. */
import { readFile, writeFile } from "node:fs/promises"
import { Effect } from "effect"

/**
 * Puts the text between `<!-- name: begin -->` and `<!-- name: end -->`. Dies where the marks are
 * missing: they come from the repository.
 */
export const replaceSection = (path: string, name: string, text: string): Effect.Effect<void> =>
  Effect.promise(async () => {
    const document = await readFile(path, "utf8")
    const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`]
    const from = document.indexOf(begin)
    const to = document.indexOf(end)
    if (from < 0 || to < from) throw new Error(`${path} has no "${begin}" followed by "${end}"`)
    await writeFile(path, `${document.slice(0, from + begin.length)}\n\n${text.trim()}\n\n${document.slice(to)}`)
  })
