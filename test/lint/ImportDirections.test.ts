import { execFileSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = new URL("../../", import.meta.url).pathname

/** The lint's output for a single file in an empty project. */
const lint = (file: string, source: string): string => {
  const folder = mkdtempSync(join(tmpdir(), "telemetra-lint-"))
  try {
    copyFileSync(join(root, "oxlint.config.ts"), join(folder, "oxlint.config.ts"))
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), source)
    execFileSync(join(root, "node_modules/.bin/oxlint"), ["--deny-warnings"], { cwd: folder, encoding: "utf8" })
    return ""
  } catch (error) {
    return String(Reflect.get(error as object, "stdout")) // execFileSync throws an Error that carries the output
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const importing = (path: string) => `import { x } from "${path}"\nexport const y = x + 1\n`

describe("the lint refuses imports against the direction", () => {
  it.each([
    ["src/domain/A.ts", "../windowing/Half.ts"],
    ["src/domain/A.ts", "node:fs"],
    ["src/windowing/A.ts", "../pipeline/Task.ts"],
    ["src/windowing/A.ts", "../anomaly/Baselines.ts"],
    ["src/reaction/A.ts", "../anomaly/Tempo.ts"],
    ["src/reaction/A.ts", "../windowing/Half.ts"],
    ["src/decode/A.ts", "../source/EventLog.ts"],
    ["src/sentiment/A.ts", "@effect/sql-pg"],
    ["src/anomaly/A.ts", "../sink/ResultStore.ts"],
    ["src/anomaly/A.ts", "../windowing/Half.ts"],
    ["src/sentiment/A.ts", "../reaction/Classes.ts"],
    ["src/pipeline/A.ts", "../sink/postgres/PostgresStore.ts"],
    ["src/pipeline/A.ts", "../config/Load.ts"],
    ["src/source/kafka/A.ts", "../../sink/ResultStore.ts"],
    ["src/source/simulator/A.ts", "kafkajs"],
    ["src/sink/postgres/A.ts", "../../source/EventLog.ts"],
    ["src/sink/memory/A.ts", "@effect/sql-pg"],
    ["src/cli/A.ts", "kafkajs"],
    ["src/http/A.ts", "@effect/sql-pg"],
    ["src/http/handlers/A.ts", "../../postgres/Column.ts"],
    ["src/http/guard/A.ts", "../../worker/Layers.ts"],
    ["src/api/A.ts", "../query/Cursor.ts"],
    ["src/api/A.ts", "../http/Export.ts"],
    ["src/api/A.ts", "node:http"],
    ["src/postgres/A.ts", "../sink/ResultStore.ts"],
    ["src/postgres/login/A.ts", "../../sink/postgres/Call.ts"],
    ["src/query/A.ts", "../sink/postgres/Partitions.ts"],
    ["src/query/A.ts", "../http/Export.ts"],
    ["src/query/A.ts", "../http/handlers/Live.ts"],
    ["src/query/A.ts", "../pipeline/Task.ts"],
    ["src/query/A.ts", "kafkajs"],
    ["src/collect/A.ts", "../pipeline/Task.ts"],
    ["src/collect/A.ts", "../sink/ResultStore.ts"],
    ["src/collect/twitch/A.ts", "kafkajs"],
    ["src/collect/A.ts", "ircv3"],
    ["src/cli/A.ts", "ircv3"],
    ["test/oracle/A.ts", "../../src/domain/Event.ts"]
  ])("%s importing %s", (file, path) => {
    assert.include(lint(file, importing(path)), "no-restricted-imports")
  })

  it.each([
    ["src/windowing/A.ts", "../domain/Event.ts"],
    ["src/windowing/A.ts", "../reaction/Reactions.ts"],
    ["src/anomaly/A.ts", "../reaction/Classes.ts"],
    ["src/pipeline/A.ts", "../sink/ResultStore.ts"],
    ["src/source/kafka/A.ts", "kafkajs"],
    ["src/sink/postgres/A.ts", "@effect/sql-pg"],
    ["src/query/A.ts", "@effect/sql-pg"],
    ["src/query/A.ts", "../postgres/Column.ts"],
    ["src/sink/postgres/A.ts", "../../postgres/PostgresError.ts"],
    ["src/query/A.ts", "../api/Values.ts"],
    ["src/api/A.ts", "../domain/Moment.ts"],
    ["src/collect/twitch/A.ts", "../Platform.ts"],
    ["src/collect/twitch/A.ts", "ircv3"],
    ["src/collect/A.ts", "../source/EventLog.ts"],
    ["src/http/handlers/A.ts", "../../query/Tables.ts"]
  ])("but not %s importing %s", (file, path) => {
    assert.strictEqual(lint(file, importing(path)), "")
  })
})
