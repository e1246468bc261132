/** PEM text from a variable: the text itself, or the content of the file that it names. */
import { Effect, FileSystem, Result } from "effect"
import type { Draft } from "./Draft.ts"
import type { VariableName } from "./Variables.ts"

/**
 * The PEM text; `undefined` after a problem has been recorded. A literal `\n` counts as a line end.
 * `problemOfPem` checks the content.
 */
export const readPem = Effect.fn("config.readPem")(function* (
  draft: Draft,
  name: VariableName,
  textOrPath: string,
  problemOfPem: (pem: string) => string | undefined
) {
  const refuse = (why: string) => {
    draft.refuse(name, `PEM text, or the path of a readable PEM file (${why})`)
    return undefined
  }
  let pem = textOrPath.replaceAll(String.raw`\n`, "\n")
  if (!textOrPath.includes("-----BEGIN")) {
    const fs = yield* FileSystem.FileSystem
    const content = yield* Effect.result(fs.readFileString(textOrPath))
    if (Result.isFailure(content)) return refuse(`that file: ${content.failure.reason._tag}`)
    if (!content.success.includes("-----BEGIN")) return refuse("that file holds no PEM text")
    pem = content.success
  }
  const problem = problemOfPem(pem)
  return problem === undefined ? pem : refuse(problem)
})
