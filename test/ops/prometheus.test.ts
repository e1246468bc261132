import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { exposed, namesIn, read, rulesOf } from "./prometheusExpressions.ts"

const known = exposed()
const alerts = rulesOf("ops/prometheus/alerts.yaml")
const rules = [...alerts, ...rulesOf("ops/prometheus/recording.yaml")]
const folder = fileURLToPath(new URL("../../ops/prometheus/", import.meta.url))

describe("names in expressions", () => {
  it("are found, known or not", () => {
    const { series, unknown } = namesIn(
      `histogram_quantile(0.99, sum by (le, unknown) (rate(telemetra_flush_seconds_bucket{job="a", task=~"0|1"}[5m]))) and on (job) telemetra_nothing > 1e3`,
      known
    )
    assert.deepStrictEqual(series, ["telemetra_flush_seconds_bucket"])
    assert.deepStrictEqual(unknown, ["telemetra_flush_seconds_bucket{task}", "telemetra_nothing", "(unknown)"])
  })
})

describe("rules of Prometheus", () => {
  it("query series and labels that the worker reports", () => {
    assert.isNotEmpty(rules)
    for (const { alert, expr, record } of rules) {
      const { series, unknown } = namesIn(expr, known)
      assert.isNotEmpty(series, alert ?? record)
      assert.deepStrictEqual(unknown, [], alert ?? record)
    }
  })

  it("depend on no job's name, but for targets of the job telemetra that have never answered", () => {
    for (const { alert, expr, record } of rules) {
      const names = expr.replaceAll('(up{job="telemetra"} or (up and', "")
      assert.notMatch(names, /job(?:=|=~|!=|!~)/, alert ?? record)
    }
  })

  it("have for each alert a severity, a description, and a runbook section", () => {
    const names = alerts.map(({ alert }) => alert)
    assert.strictEqual(new Set(names).size, names.length)
    for (const { alert = "", annotations, labels } of alerts) {
      assert.match(alert, /^Telemetra([A-Z][a-z]+)+$/)
      assert.include(["critical", "warning"], labels?.["severity"], alert)
      assert.isNotEmpty(annotations?.["summary"], alert)
      assert.match(annotations?.["description"] ?? "", / First: /, alert)
      assert.strictEqual(
        annotations?.["runbook_url"],
        `https://github.com/telemetra/telemetra-stream/blob/main/docs/runbook.md#${alert.toLowerCase()}`
      )
    }
  })

  it("fire in a test each, and are listed in docs/monitoring.md", () => {
    const fired = new Set(
      [...read("ops/prometheus/alerts.test.yaml").matchAll(/alertname="(\w+)"/g)].map(([, name]) => name)
    )
    const documented = [...read("docs/monitoring.md").matchAll(/^\| `(Telemetra\w+)` \| (\w+) \|/gm)]
    assert.deepStrictEqual([...fired].toSorted(), alerts.map(({ alert }) => alert).toSorted())
    assert.deepStrictEqual(
      documented.map(([, name, severity]) => [name, severity]),
      alerts.map(({ alert, labels }) => [alert, labels?.["severity"]])
    )
  })

  it.skipIf(!existsSync(new URL("../../docs/runbook.md", import.meta.url)))(
    "have a section of the runbook each",
    () => {
      const headings = new Set(read("docs/runbook.md").split("\n"))
      for (const { alert } of alerts) assert.isTrue(headings.has(`### ${alert}`), `docs/runbook.md: ### ${alert}`)
    }
  )
})

/** Runs it in this folder. */
const promtool = (cwd: string, ...args: ReadonlyArray<string>): void => {
  const { status, stderr, stdout } = spawnSync("promtool", args, { cwd, encoding: "utf8" })
  assert.strictEqual(status, 0, `${stdout}${stderr}`)
}

describe("promtool", () => {
  if (spawnSync("promtool", ["--version"]).status === 0) {
    it("accepts the configuration and its rules", () => promtool(folder, "check", "config", "prometheus.yaml"), 60_000)
    for (const job of ["telemetra", "spark"]) {
      it(`sees every alert fire when it should, and no other, under the job ${job}`, () => {
        // The tests name the files of rules by their place next to them.
        const copy = mkdtempSync(join(tmpdir(), "telemetra-prometheus-"))
        const tests = read("ops/prometheus/alerts.test.yaml")
        try {
          cpSync(folder, copy, { recursive: true })
          writeFileSync(join(copy, "alerts.test.yaml"), tests.replaceAll('job="telemetra"', `job="${job}"`))
          promtool(copy, "test", "rules", "alerts.test.yaml")
        } finally {
          rmSync(copy, { recursive: true })
        }
      }, 120_000)
    }
  } else {
    it.skipIf(process.env["CI"] !== "true")("needs Debian's package prometheus, which is not installed", () => {
      throw new Error("install it: apt-get install prometheus")
    })
  }
})
