/** The dashboards, and all queries of their data sources. */
import { readdirSync } from "node:fs"
import { Yaml } from "effect/encoding"
import { read } from "./prometheusExpressions.ts"

interface DataSource {
  readonly type: string
  readonly uid: string
}

interface Target {
  readonly datasource: DataSource
  readonly expr?: string
  readonly legendFormat?: string
  readonly rawSql?: string
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly datasource?: DataSource
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: ReadonlyArray<Target>
}

interface Variable {
  readonly name: string
  readonly type: string
  readonly query: string | { readonly query: string }
  readonly datasource?: DataSource
}

export interface Dashboard {
  readonly uid: string
  readonly title: string
  readonly panels: ReadonlyArray<Panel>
  readonly templating: { readonly list: ReadonlyArray<Variable> }
  readonly annotations: { readonly list: ReadonlyArray<{ readonly name: string; readonly target: Target }> }
}

/** The dashboards as texts. */
export const files: ReadonlyArray<string> = readdirSync(new URL("../../ops/grafana/dashboards/", import.meta.url)).map(
  (file) => read(`ops/grafana/dashboards/${file}`)
)

export const dashboards: ReadonlyArray<Dashboard> = files.map((text) => JSON.parse(text))

export const dataSources = (
  Yaml.parse(read("ops/grafana/provisioning/datasources/telemetra.yaml")) as {
    readonly datasources: ReadonlyArray<DataSource>
  }
).datasources

export interface Question extends Target {
  /** Dashboard and panel, for people. */
  readonly where: string
}

/** The queries of panels, variables and annotations. */
export const questions: ReadonlyArray<Question> = dashboards.flatMap(({ annotations, panels, templating, title }) => [
  ...panels.flatMap((panel) =>
    (panel.targets ?? []).map((target) => ({ ...target, where: `${title}: ${panel.title}` }))
  ),
  ...annotations.list.map(({ name, target }) => ({ ...target, where: `${title}: ${name}` })),
  ...templating.list.flatMap(({ datasource, name, query }): ReadonlyArray<Question> => {
    if (datasource === undefined) return []
    const where = `${title}: $${name}`
    if (typeof query === "string") return [{ datasource, where, rawSql: query }]
    const [, expr = query.query] = /^label_values\((.+), \w+\)$/.exec(query.query) ?? []
    return [{ datasource, where, expr }]
  })
])
