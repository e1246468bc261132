import { assert, describe, it } from "@effect/vitest"
import { MomentType } from "../../src/domain/Moment.ts"
import { dashboards, dataSources, questions } from "./grafanaDashboards.ts"
import { exposed, namesIn } from "./prometheusExpressions.ts"

/** What Grafana 11 brings itself. */
const PANELS = ["row", "stat", "table", "timeseries"]

describe("Grafana's dashboards", () => {
  it("keep their addresses", () => {
    assert.deepStrictEqual(dashboards.map(({ uid }) => uid).toSorted(), [
      "telemetra-moments",
      "telemetra-pipeline",
      "telemetra-streams"
    ])
  })

  it("need no plugin, and only the data sources that are provisioned", () => {
    const provisioned = dataSources.map(({ type, uid }) => `${type} ${uid}`)
    for (const { panels } of dashboards) for (const { title, type } of panels) assert.include(PANELS, type, title)
    for (const { datasource, where } of questions)
      assert.include(provisioned, `${datasource.type} ${datasource.uid}`, where)
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

  it("ask Prometheus for series and labels that the worker tells", () => {
    const known = exposed()
    const asked = questions.filter(({ expr }) => expr !== undefined)
    assert.isNotEmpty(asked)
    for (const { expr = "", legendFormat = "", where } of asked) {
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
