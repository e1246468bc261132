/** The variables' part of docs/configuration.md, made of the table that the worker itself reads. */
import { type Variable, type VariableName, variables } from "../../src/config/Variables.ts"

/** In the table's order: each group goes from its first variable to the next group's. */
const groups: ReadonlyArray<readonly [first: VariableName, heading: string]> = [
  ["SOURCE", "Source and store"],
  ["COLLECT", "Collector"],
  ["KAFKA_BOOTSTRAP_SERVERS", "Kafka"],
  ["POSTGRES_URL", "PostgreSQL"],
  ["WINDOW_DURATION", "Windows and moments"],
  ["NOTIFY_URLS", "Notifications"],
  ["WORKERS", "The process"],
  ["HTTP_HOST", "HTTP and the log"]
]

const cell = (text: string): string => text.replaceAll("|", String.raw`\|`)

const line = ([name, variable]: readonly [string, Variable<unknown>]): string => {
  const byDefault = variable.default === undefined ? "" : `\`${variable.default}\``
  const allowed = `${variable.allowed}${variable.secret ? "; a secret" : ""}`
  return `| \`${name}\` | ${byDefault} | ${cell(allowed)} | ${cell(variable.description)} |`
}

/** Markdown: a table for each group, every variable once. */
export const reference = (): string => {
  const sections: Array<string> = []
  for (const entry of Object.entries(variables)) {
    const heading = groups.find(([first]) => first === entry[0])?.[1]
    if (heading !== undefined) {
      sections.push(`${sections.length === 0 ? "" : "\n"}### ${heading}\n`)
      sections.push("| name | default | allowed | meaning |", "|---|---|---|---|")
    }
    sections.push(line(entry))
  }
  return sections.join("\n")
}
