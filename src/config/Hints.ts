/**
 * Warnings about variables that are set and ignored: those of the Spark job, those of earlier
 * versions, and likely typos.
 */
import { type ConfigProvider, Effect } from "effect"
import { nodeAt } from "./Draft.ts"
import { nearestName } from "./NearestName.ts"
import { isUnused, RETIRED, variables } from "./Variables.ts"

const namesBelow = (path: ReadonlyArray<string>): Effect.Effect<Array<string>, ConfigProvider.SourceError> =>
  Effect.gen(function* () {
    const node = yield* nodeAt(path)
    const names = node?.value === undefined ? [] : [path.join("_")]
    if (node?._tag === "Record") {
      for (const key of node.keys) names.push(...(yield* namesBelow([...path, key])))
    }
    return names
  })

/** One line each, without values. A source that cannot list its names gives no hints. */
export const hints: Effect.Effect<ReadonlyArray<string>> = Effect.gen(function* () {
  const names = (yield* namesBelow([])).toSorted()
  const known: ReadonlyArray<string> = Object.keys(variables)
  const unused = names.filter(isUnused)
  const retired = names.filter((name) => RETIRED.includes(name))
  const lines: Array<string> = []
  if (unused.length > 0) lines.push(`Variables of the Spark job are ignored: ${unused.join(", ")}`)
  if (retired.length > 0) {
    lines.push(
      `Settings of an earlier version are ignored: ${retired.join(", ")}. Each stream now has its own baseline; remove these variables`
    )
  }
  for (const name of names) {
    if (isUnused(name) || RETIRED.includes(name) || known.includes(name)) continue
    const meant = nearestName(name, known)
    if (meant !== undefined) lines.push(`Unknown variable ${name} is ignored: did you mean ${meant}?`)
  }
  return lines
}).pipe(Effect.orElseSucceed(() => []))
