import { readFileSync } from "node:fs"
import { assert, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"
import * as Metrics from "../../src/observability/Metrics.ts"

it.effect("Prometheus sees counters and gauges by their names and labels", () =>
  Effect.gen(function* () {
    yield* Metric.update(Metrics.records, 3)
    yield* Metric.update(Metrics.records, 2)
    yield* Metric.update(Metrics.deadLetters("invalid-json"), 1)
    yield* Metric.update(Metrics.deadLetters("too-large"), 2)
    yield* Metric.update(Metrics.moments("chat_spike"), 1)
    yield* Metric.update(Metrics.watermarkSeconds(-2), 1_767_225_600.5)
    yield* Metric.update(Metrics.groupLag("telemetra", { topic: "chat", partition: 0 }), 7)
    const lines = (yield* PrometheusMetrics.format()).split("\n")
    for (const line of [
      "# TYPE telemetra_records_total counter",
      "telemetra_records_total 5",
      'telemetra_dead_letters_total{reason="invalid-json"} 1',
      'telemetra_dead_letters_total{reason="too-large"} 2',
      'telemetra_moments_total{type="chat_spike"} 1',
      "# TYPE telemetra_watermark_seconds gauge",
      'telemetra_watermark_seconds{task="-2"} 1767225600.5',
      'kafka_consumergroup_group_lag{group="telemetra",topic="chat",partition="0"} 7'
    ]) {
      assert.include(lines, line)
    }
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
)

const labelled = [
  Metrics.cut("cutEmotes"),
  Metrics.deadLetters("too-large"),
  Metrics.moments("chat_spike"),
  Metrics.retries("kafka"),
  Metrics.closedConnections("address"),
  Metrics.deliveredNotifications("1-a.example"),
  Metrics.failedNotifications("1-a.example"),
  Metrics.droppedNotifications("1-a.example", "backlog"),
  Metrics.waitingNotifications("1-a.example"),
  Metrics.oldestNotification("1-a.example"),
  Metrics.collectDropped("mirrored"),
  Metrics.failedEmoteLists("7tv"),
  Metrics.requests({ route: "/", method: "GET", status: "2xx" }),
  Metrics.requestSeconds({ route: "/", method: "GET" }),
  Metrics.watermarkSeconds(0),
  Metrics.watermarkLagSeconds(0),
  Metrics.groupLag("telemetra", { topic: "chat", partition: 0 }),
  Metrics.acceptedRatio("chat"),
  Metrics.build({ version: "1", node: "24" })
]
const all: ReadonlyArray<Metric.Metric<number, unknown>> = [
  ...Object.values(Metrics).filter((value) => "id" in value),
  ...labelled
]

it("every metric has a unique name with its unit, and a description", () => {
  assert.strictEqual(Object.values(Metrics).filter((value) => typeof value === "function").length, labelled.length)
  for (const metric of all) {
    assert.match(metric.id, /^(telemetra|process|nodejs|kafka)(_[a-z]+)+$/)
    assert.strictEqual(metric.type === "Counter", metric.id.endsWith("_total"), metric.id)
    assert.isNotEmpty(metric.description)
  }
  assert.strictEqual(new Set(all.map((metric) => metric.id)).size, all.length)
})

it.effect("docs/metrics.md has them all, and no other", () =>
  Effect.gen(function* () {
    for (const metric of all) yield* Metric.update(metric, 0)
    const rows = (yield* Metric.snapshot).map(({ attributes, description, id, type }) => {
      const labels = Object.keys(attributes ?? {}).map((label) => `\`${label}\``)
      return `| \`${id}\` | ${type.toLowerCase()} | ${labels.join(", ")} | ${description} |`
    })
    const document = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8")
    const documented = document.split("\n").filter((line) => /^\| `\w+` \| (counter|gauge|histogram) \|/.test(line))
    assert.deepStrictEqual(documented.toSorted(), rows.toSorted())
  }).pipe(Effect.provideService(Metric.MetricRegistry, new Map()))
)
