import { assert, describe, it } from "@effect/vitest"
import { MomentType } from "../../src/domain/Moment.ts"
import { dashboards, dataSources, files, questions } from "./grafanaDashboards.ts"
import { exposed, namesIn } from "./prometheusExpressions.ts"

/** The panels that Grafana 11 contains itself. */
const PANELS = ["row", "stat", "table", "timeseries"]

describe("Grafana's dashboards", () => {
  it("keep their addresses", () => {
    assert.deepStrictEqual(dashboards.map(({ uid }) => uid).toSorted(), [
      "telemetra-moments",
      "telemetra-pipeline",
      "telemetra-streams"
    ])
  })

  it("need no plugin", () => {
    for (const { panels } of dashboards) for (const { title, type } of panels) assert.include(PANELS, type, title)
  })

  it("can be uploaded into any Grafana: the data source is a variable, of a type that is provisioned", () => {
    const provisioned = dataSources.map(({ type }) => type)
    for (const { templating, title } of dashboards) {
      const [first] = templating.list
      assert.deepStrictEqual([first?.name, first?.type], ["datasource", "datasource"], title)
      assert.include(provisioned, first?.query, title)
      const used = questions.filter(({ where }) => where.startsWith(`${title}: `))
      assert.isNotEmpty(used)
      for (const { datasource, where } of used) {
        assert.deepStrictEqual(datasource, { type: String(first?.query), uid: "${datasource}" }, where)
      }
    }
    for (const text of files) for (const { uid } of dataSources) assert.notInclude(text, uid)
  })

  it("depend neither on the job's name nor on recording rules", () => {
    for (const { expr, where } of questions) {
      if (expr === undefined) continue
      assert.notMatch(expr, /job="/, where)
      assert.notMatch(expr, /\bjob:|telemetra:/, where)
      const isOfTheJobs = expr.startsWith("telemetra_build_info") || /\{job=~"\$job"/.test(expr)
      assert.isTrue(isOfTheJobs, `${where}: ${expr}`)
    }
  })

  it("have panels that don't overlap, each with an id of its own and, unless it is a row, with questions", () => {
    for (const { panels, title } of dashboards) {
      assert.strictEqual(new Set(panels.map(({ id }) => id)).size, panels.length, title)
      const taken = new Set<string>()
      for (const { gridPos, targets, title: panel, type } of panels) {
        assert.strictEqual(type === "row", (targets ?? []).length === 0, panel)
        assert.isAtMost(gridPos.x + gridPos.w, 24, panel)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.isFalse(taken.has(`${x} ${y}`), `${title}: ${panel}`)
            taken.add(`${x} ${y}`)
          }
        }
      }
    }
  })

  it("query Prometheus for series and labels that the worker reports", () => {
    const known = exposed()
    const queries = questions.filter(({ expr }) => expr !== undefined)
    assert.isNotEmpty(queries)
    for (const { expr = "", legendFormat = "", where } of queries) {
      const { series, unknown } = namesIn(expr, known)
      assert.isNotEmpty(series, where)
      assert.deepStrictEqual(unknown, [], where)
      const labels = new Set(series.flatMap((name) => [...(known.get(name) ?? [])]))
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        assert.isTrue(labels.has(label), `${where}: {{${label}}}`)
      }
    }
  })

  it("offer every type of moment", () => {
    const types = dashboards.flatMap(({ templating }) => templating.list).find(({ name }) => name === "type")
    assert.strictEqual(types?.query, MomentType.literals.join(","))
  })
})
