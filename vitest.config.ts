import { existsSync } from "node:fs"
import { defineConfig } from "vitest/config"

/**
 * Unit tests that take longer than three seconds, for they play thousands of histories or run other programs. `npm test` runs
 * them, `npm run check` leaves them out.
 */
const THOROUGH = [
  "test/docs/Commands.test.ts",
  "test/resilience/simulated/Faults.test.ts",
  "test/fuzz/Fuzz.test.ts",
  "test/lint/ImportDirections.test.ts",
  "test/ops/prometheus.test.ts",
  "test/ops/verify.test.ts",
  "test/pipeline/Interleaving.test.ts",
  "test/pipeline/Recount.test.ts",
  "test/replay/FileJudge.test.ts",
  "test/replay/Replay.test.ts",
  "test/scorecard/Scorecard.test.ts",
  "test/sentiment/ChatModel.test.ts",
  "test/source/simulator/Truth.test.ts",
  "test/windowing/Chatters.test.ts",
  "test/windowing/Limits.test.ts",
  "test/windowing/WindowOperator.test.ts"
]

const moved = THOROUGH.filter((path) => !existsSync(new URL(path, import.meta.url)))
if (moved.length > 0) throw new Error(`vitest.config.ts lists files that do not exist: ${moved.join(", ")}`)

const unit = {
  // A bound for what hangs, not for what is slow: the suite passes on a machine with ten times the load.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // Vitest leaves one core unused by default.
  maxWorkers: "100%",
  // The tests change nothing global, so the files of a worker share the modules that they import: loading Effect takes longer than most files' tests.
  isolate: false
} as const

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...unit,
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.integration.test.ts", ...THOROUGH]
        }
      },
      { test: { ...unit, name: "thorough", include: THOROUGH } },
      {
        test: {
          name: "integration",
          include: ["test/**/*.integration.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Servers and processes of their own, so more files than cores at a time: half of a file's time is waiting.
          maxWorkers: 4,
          isolate: false
        }
      }
    ]
  }
})
