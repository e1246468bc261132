/** The variables of the environment as read, and the problems found in them so far. */
import { ConfigProvider, Effect } from "effect"
import type { Problem } from "./ConfigurationError.ts"
import { type Values, type Variable, type VariableName, variables } from "./Variables.ts"

// Object.entries widens the names to string; the cast restores them.
const entries = Object.entries(variables) as ReadonlyArray<[VariableName, Variable<unknown>]>

export class Draft {
  readonly problems: Array<Problem> = []
  /** The texts of the variables that are set. */
  readonly texts: ReadonlyMap<VariableName, string>
  /** The parsed value of each variable; its default if it is not set or invalid. */
  readonly values: Values

  constructor(texts: ReadonlyMap<VariableName, string>) {
    this.texts = texts
    const values: Partial<Record<VariableName, unknown>> = {}
    for (const [name, variable] of entries) {
      const text = texts.get(name)
      const value = text === undefined ? variable.absent : variable.parse(text)
      if (text !== undefined && value === undefined) this.refuse(name, variable.allowed)
      values[name] = value ?? variable.absent
    }
    this.values = values as Values // the loop has set every name of the table to a value of its kind
  }

  isSet(name: VariableName): boolean {
    return this.texts.has(name)
  }

  /** Whether these variables have no problem, so that a rule over all of them can be checked. */
  isFine(...names: ReadonlyArray<VariableName>): boolean {
    return !this.problems.some((problem) => names.some((name) => name === problem.name))
  }

  /**
   * The name with its text or default, for the problem of another variable: `IDLE_TIMEOUT (30
   * seconds)`.
   */
  quote(name: VariableName): string {
    return `${name} (${this.texts.get(name) ?? variables[name].default})`
  }

  /** Records a problem of a variable, with its value unless that is a secret. */
  refuse(name: VariableName, allowed: string): void {
    const text = this.texts.get(name)
    const fallback = variables[name].default
    let value: string | null = null
    if (text !== undefined) value = variables[name].secret ? "(not shown)" : shown(text)
    else if (fallback !== undefined) value = `${fallback} (the default)`
    this.problems.push({ name, value, allowed })
  }
}

/** The text on one line of bounded length: quoted, with control characters escaped. */
const shown = (text: string): string => {
  const cut = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return JSON.stringify(cut).replace(/[\u007f-\u009f\u2028\u2029]/g, "\uFFFD")
}

/** The node of the provider at the path. */
export const nodeAt = (path: ConfigProvider.Path) =>
  Effect.flatMap(ConfigProvider.ConfigProvider, (provider) => provider.load(path))

/** Reads every variable of the table. A variable that cannot be read is a problem. */
export const readVariables = Effect.gen(function* () {
  const texts = new Map<VariableName, string>()
  const unread: Array<Problem> = []
  for (const [name, variable] of entries) {
    const node = yield* nodeAt([name]).pipe(
      Effect.catch((error) =>
        Effect.sync(() => {
          unread.push({ name, value: null, allowed: `a readable source: ${error.message}` })
          return undefined
        })
      )
    )
    const text = variable.secret ? node?.value : node?.value?.trim()
    if (text !== undefined && text.trim() !== "") texts.set(name, text)
  }
  const draft = new Draft(texts)
  draft.problems.push(...unread)
  return draft
})
