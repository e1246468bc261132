import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { verify } from "../../ops/verify/Checks.ts"

type Answers = Readonly<Record<string, (requests: number) => readonly [status: number, body: unknown]>>

const TOKEN = "a-token"

/** The responses of a healthy worker that commits a flush between two requests. */
const well: Answers = {
  "HEAD /": () => [200, ""],
  "GET /health/live": () => [200, "live\n"],
  "GET /health/ready": () => [200, "ready\n"],
  "GET /metrics/prometheus": () => [200, 'telemetra_build_info{version="1.2.3",node="24.0.0"} 1\n'],
  "GET /api/v1/status": (requests) => [
    200,
    {
      watermark: "2026-01-31T18:00:00.000Z",
      lag_records: 7,
      tasks: [{ source_partition: 0, flush: String(requests) }],
      gaps: 0,
      problems: []
    }
  ],
  "GET /api/v1/streams?limit=1": () => [
    200,
    { items: [{ stream_id: "amberacorn", window_end: "2026-01-31T18:00:00.000Z", chat_count: 12 }], next: null }
  ],
  "GET /api/v1/moments?limit=1": () => [
    200,
    { items: [{ stream_id: "amberacorn", moment_type: "chat_spike", timestamp: "2026-01-31T17:59:00.000Z" }] }
  ]
}

/** Answers until the scope ends; requires the token under /api. The value is its address. */
const serving = (answers: Answers) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const counts = new Map<string, number>()
        const server = createServer((request, response) => {
          const key = `${request.method} ${request.url}`
          const requests = (counts.get(key) ?? 0) + 1
          counts.set(key, requests)
          const isOpen = !key.includes("/api/") || request.headers.authorization === `Bearer ${TOKEN}`
          const [status, body] = isOpen
            ? (answers[key]?.(requests) ?? [404, "nothing here"])
            : [401, "a token is needed"]
          response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body))
        })
        server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) =>
        Effect.callback<void>((resume) => {
          server.closeAllConnections()
          server.close(() => resume(Effect.void))
        })
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  )

const verified = (url: string, patience: Duration.Duration, token: string | undefined = TOKEN) =>
  verify({ url, token }, undefined, patience, () => Effect.void)

/** The status of a worker whose last member has no task. */
const standby = (tasks: ReadonlyArray<unknown>) => ({
  watermark: null,
  lag_records: null,
  tasks,
  gaps: 0,
  problems: ["member 2 has no task"]
})

const LONG = Duration.seconds(100)
/** Every check once. */
const ONCE = Duration.zero

describe("verify", () => {
  it.live("is satisfied with a worker that is well", () =>
    Effect.gen(function* () {
      const findings = yield* verified(yield* serving(well), LONG)
      assert.deepStrictEqual(
        findings.map(({ name, status }) => `${name} ${status}`),
        ["answers", "live", "ready", "metrics", "tasks", "progress", "rows", "moments"].map((name) => `${name} ok`)
      )
      assert.include(findings[6]?.found, "amberacorn: 12 messages")
    })
  )

  it.live("waits for what comes late", () =>
    Effect.gen(function* () {
      const url = yield* serving({
        ...well,
        "GET /health/ready": (requests) => (requests < 2 ? [503, "not ready: PostgreSQL\n"] : [200, "ready\n"])
      })
      const findings = yield* verified(url, LONG)
      assert.isTrue(findings.every(({ status }) => status === "ok"))
    })
  )

  for (const [what, answers, name, found] of [
    [
      "reports why it is not ready",
      { "GET /health/ready": () => [503, "not ready: member 0: log"] },
      "ready",
      "member 0"
    ],
    [
      "sees that nothing moves",
      { "GET /api/v1/status": () => well["GET /api/v1/status"]?.(1) },
      "progress",
      "7 records"
    ],
    ["misses rows", { "GET /api/v1/streams?limit=1": () => [200, { items: [] }] }, "rows", "no stream"],
    ["knows that another program answers", { "GET /metrics/prometheus": () => [200, "up 1"] }, "metrics", "build_info"],
    ["does not take anything for a status", { "GET /api/v1/status": () => [200, { tasks: 1 }] }, "tasks", "watermark"]
  ] as const) {
    it.live(what, () =>
      Effect.gen(function* () {
        const findings = yield* verified(yield* serving({ ...well, ...(answers as unknown as Answers) }), ONCE)
        const finding = findings.find((finding) => finding.name === name)
        assert.strictEqual(finding?.status, "failure")
        assert.include(finding?.found, found)
        assert.isDefined(finding?.remedy)
        assert.notStrictEqual(finding?.exitCode, 0)
      })
    )
  }

  it.live("warns where there are no moments, and where records were lost", () =>
    Effect.gen(function* () {
      const lost = { watermark: null, lag_records: null, tasks: [{ source_partition: 0, flush: "1" }], problems: [] }
      const url = yield* serving({
        ...well,
        "GET /api/v1/status": () => [200, { ...lost, gaps: 2 }],
        "GET /api/v1/moments?limit=1": () => [200, { items: [] }]
      })
      const findings = yield* verified(url, ONCE)
      assert.deepStrictEqual(
        findings.filter(({ status }) => status === "warning").map(({ name }) => name),
        ["tasks", "moments"]
      )
    })
  )

  it.live("warns of problems that leave the worker ready, and of no task fails with them", () =>
    Effect.gen(function* () {
      const [some, none] = yield* Effect.forEach([[{ source_partition: 0, flush: "1" }], []], (tasks) =>
        Effect.flatMap(serving({ ...well, "GET /api/v1/status": () => [200, standby(tasks)] }), (url) =>
          verified(url, ONCE)
        )
      )
      const [ofSome, ofNone] = [some, none].map((findings) => findings?.find(({ name }) => name === "tasks"))
      assert.deepInclude(ofSome, { status: "warning", found: "1 with a checkpoint; member 2 has no task" })
      assert.deepInclude(ofNone, { status: "failure", found: "member 2 has no task" })
    })
  )

  it.live("requires the token if it is missing", () =>
    Effect.gen(function* () {
      const findings = yield* verified(yield* serving(well), ONCE, "another")
      assert.include(findings.find(({ name }) => name === "rows")?.remedy, "API_TOKEN")
    })
  )

  it.live("requests nothing more if there is no response", () =>
    Effect.gen(function* () {
      const url = yield* Effect.scoped(serving(well))
      const findings = yield* verified(url, ONCE)
      assert.deepStrictEqual(
        findings.map(({ name, status }) => `${name} ${status}`),
        ["answers failure"]
      )
    })
  )
})
