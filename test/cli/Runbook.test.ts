/**
 * docs/runbook.md has a section for every alert, every exit code and every typed error. It quotes
 * only messages that the worker can print.
 */
import { globSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { type Schema } from "effect"
import { CollectError } from "../../src/collect/CollectError.ts"
import { DoctorError } from "../../src/cli/Doctor.ts"
import { ExitCode } from "../../src/domain/ExitCode.ts"
import { exitCodeOf } from "../../src/terminal/ExitCodes.ts"
import { NotFoundError } from "../../src/domain/NotFoundError.ts"
import { NothingAcceptedError } from "../../src/replay/NothingAcceptedError.ts"
import { ThreadError } from "../../src/worker/WorkerThread.ts"
import { ConfigurationError } from "../../src/config/ConfigurationError.ts"
import { EnvFileError } from "../../src/config/Environment.ts"
import { EmbeddedPostgresError } from "../../src/embedded/EmbeddedPostgresError.ts"
import { ListenError } from "../../src/http/HttpServer.ts"
import { StalledError } from "../../src/worker/Liveness.ts"
import { TaskError } from "../../src/pipeline/TaskError.ts"
import { PostgresError } from "../../src/postgres/PostgresError.ts"
import { ResultStoreError } from "../../src/sink/ResultStore.ts"
import { EventLogError } from "../../src/source/EventLog.ts"

const root = new URL("../../", import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), "utf8")
const runbook = read("docs/runbook.md")
const sections = [...runbook.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading)
const sources = globSync("{src,bin,migrations}/**/*.{ts,js,sql}", { cwd: root.pathname }).map((path) => ({
  path,
  text: read(path)
}))

/** The instances of the class by that name, one for each reason. */
const reasoned = <Reason extends string>(
  name: string,
  { literals }: Schema.Literals<ReadonlyArray<Reason>>,
  make: (reason: Reason) => unknown
) => literals.map((reason) => [`${name}: ${reason}`, exitCodeOf(make(reason))] as const)

const errors: ReadonlyArray<readonly [name: string, exitCode: number]> = [
  ...reasoned("EventLogError", EventLogError.fields.reason, (reason) => new EventLogError({ reason, detail: "" })),
  ...reasoned(
    "ResultStoreError",
    ResultStoreError.fields.reason,
    (reason) => new ResultStoreError({ reason, detail: "" })
  ),
  ...reasoned("PostgresError", PostgresError.fields.reason, (reason) => new PostgresError({ reason, detail: "" })),
  ...reasoned("TaskError", TaskError.fields.reason, (reason) => new TaskError({ reason, detail: "" })),
  ...reasoned(
    "EmbeddedPostgresError",
    EmbeddedPostgresError.fields.reason,
    (reason) => new EmbeddedPostgresError({ reason, detail: "" })
  ),
  ...reasoned("CollectError", CollectError.fields.reason, (reason) => new CollectError({ reason, detail: "" })),
  ["StalledError", exitCodeOf(new StalledError({ detail: "" }))],
  ["ConfigurationError", exitCodeOf(new ConfigurationError({ problems: [] }))],
  ["EnvFileError", exitCodeOf(new EnvFileError({ path: "", code: "" }))],
  ["ListenError", exitCodeOf(new ListenError({ host: "", port: 0, code: "" }))],
  ["NotFoundError", exitCodeOf(new NotFoundError({ detail: "" }))],
  ["NothingAcceptedError", exitCodeOf(new NothingAcceptedError({ detail: "" }))]
]

/** Their code is that of another error. */
const passingOn = [
  ["ThreadError", new ThreadError({ detail: "", exitCode: 65 })],
  ["DoctorError", new DoctorError({ detail: "", exitCode: 65 })]
] as const

/** The worker continues: the task is another's. */
const ENDS_NOTHING: ReadonlyArray<string> = ["EventLogError: Revoked", "TaskError: Fenced"]

describe("docs/runbook.md", () => {
  it("has a section for every alert, and none for others", () => {
    const alerts = [...read("ops/prometheus/alerts.yaml").matchAll(/^\s*- alert: (\w+)$/gm)].map(([, name]) => name)
    assert.isAbove(alerts.length, 0)
    assert.sameMembers(
      sections.filter((heading) => heading?.startsWith("Telemetra")),
      alerts
    )
  })

  it("has a section for every exit code, and none for others", () => {
    assert.deepStrictEqual(
      sections.filter((heading) => heading?.startsWith("Exit code ")),
      [...new Set(Object.values(ExitCode))].toSorted((a, b) => a - b).map((code) => `Exit code ${code}`)
    )
  })

  it("names every typed error once, with the exit code that it leads to", () => {
    const listed = [...runbook.matchAll(/Error `([^`]+)`, (?:exit code (\d+)|no exit)/g)].map(([, name, code]) => [
      name,
      code === undefined ? undefined : Number(code)
    ])
    const expected = errors.map(([name, code]) => [name, ENDS_NOTHING.includes(name) ? undefined : code])
    assert.sameDeepMembers(listed, expected)
    for (const [name, error] of passingOn) {
      assert.strictEqual(exitCodeOf(error), 65)
      assert.include(runbook, `Error \`${name}\`, the exit code `)
    }
  })

  it("leaves out no typed error of the sources", () => {
    const pattern = /(?:Schema\.TaggedError|OperatorError\.extend)<(\w+)>\(/g
    const classes = sources.flatMap(({ text }) => [...text.matchAll(pattern)])
    const covered = [...errors.map(([name]) => name.replace(/:.*/, "")), ...passingOn.map(([name]) => name)]
    // Errors that the API returns (src/api) do not end the worker.
    const ofWorker = classes.map(([, name]) => name).filter((name) => name?.endsWith("Error"))
    assert.sameMembers([...new Set(covered)], ofWorker)
  })

  it("quotes only sentences of the worker", () => {
    // Joined, because a sentence may be split over the lines of a source.
    const literals = sources
      .map(({ text }) => text)
      .join("\n")
      .replaceAll(/(?:"|`)\s*\+\s*(?:"|`)/g, "")
      .replaceAll("\\`", "`")
      .replaceAll("''", "'")
    const blocks = runbook.slice(runbook.indexOf("## Errors")).matchAll(/```text\n(.*?)\n```/gs)
    const sentences = [...blocks].flatMap(([, text = ""]) => text.split("\n"))
    assert.isAbove(sentences.length, 20)
    for (const sentence of sentences) {
      for (const part of sentence.split("…").map((piece) => piece.trim())) {
        assert.isTrue(literals.includes(part), `"${part}" of "${sentence}" is nowhere in src`)
      }
    }
  })
})
