/**
 * The series and labels that an expression of PromQL queries. Only names are checked: promtool
 * knows the rest.
 */
import { readFileSync } from "node:fs"
import { Yaml } from "effect/encoding"

const root = new URL("../../", import.meta.url)

export const read = (path: string): string => readFileSync(new URL(path, root), "utf8")

export interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export const rulesOf = (path: string): ReadonlyArray<Rule> => {
  const { groups } = Yaml.parse(read(path)) as {
    readonly groups: ReadonlyArray<{ readonly rules: ReadonlyArray<Rule> }>
  }
  return groups.flatMap(({ rules }) => rules)
}

/** Labels by the series' name. */
export type Series = ReadonlyMap<string, ReadonlySet<string>>

/** The labels that Prometheus itself adds to each series. */
const OF_THE_TARGET = ["job", "instance"]

/**
 * The series of a worker, from docs/metrics.md (which test/observability compares with the code),
 * and those that the rules record.
 */
export const exposed = (): Series => {
  const series = new Map<string, ReadonlySet<string>>([["up", new Set(OF_THE_TARGET)]])
  for (const [, name = "", type, cell = ""] of read("docs/metrics.md").matchAll(
    /^\| `(\w+)` \| (counter|gauge|histogram) \| ([^|]*) \|/gm
  )) {
    const labels = [...OF_THE_TARGET, ...[...cell.matchAll(/`(\w+)`/g)].map(([, label = ""]) => label)]
    if (type !== "histogram") series.set(name, new Set(labels))
    else {
      series.set(`${name}_bucket`, new Set([...labels, "le"]))
      for (const part of ["sum", "count"]) series.set(`${name}_${part}`, new Set(labels))
    }
  }
  for (const { record } of rulesOf("ops/prometheus/recording.yaml")) {
    if (record !== undefined) series.set(record, new Set(["job"]))
  }
  return series
}

export interface Named {
  readonly series: ReadonlyArray<string>
  /** Names that no series of the expression has, each with the series in question. */
  readonly unknown: ReadonlyArray<string>
}

const KEYWORDS = new Set(["and", "or", "unless", "bool"])

/** Finds the names in a PromQL expression. */
export const namesIn = (expression: string, known: Series): Named => {
  const series: Array<string> = []
  const unknown: Array<string> = []
  const listed: Array<string> = []
  const bare = expression
    // series with conditions
    .replaceAll(/([a-zA-Z_:][\w:]*)\{([^}]*)\}/g, (_, name: string, conditions: string) => {
      for (const [, label = ""] of conditions.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"[^"]*"/g)) {
        if (known.get(name)?.has(label) === false) unknown.push(`${name}{${label}}`)
      }
      return ` ${name} `
    })
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, labels: string) => {
      listed.push(...labels.split(",").map((label) => label.trim()))
      return " "
    })
    .replaceAll(/\[[^\]]*\]/g, " ")
  for (const [, name = "", call] of bare.matchAll(/(?<![\w.:$])([a-zA-Z_:][\w:]*)(\s*\()?/g)) {
    if (call !== undefined || KEYWORDS.has(name)) continue
    if (known.has(name)) series.push(name)
    else unknown.push(name)
  }
  const labels = new Set(series.flatMap((name) => [...(known.get(name) ?? [])]))
  for (const label of listed) if (!labels.has(label)) unknown.push(`(${label})`)
  return { series, unknown }
}
