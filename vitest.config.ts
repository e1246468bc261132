import { existsSync } from "node:fs"
import { defineConfig } from "vitest/config"
import { BaseSequencer, type TestSpecification } from "vitest/node"

/**
 * Unit tests that take longer than three seconds, since they play thousands of histories or run
 * other programs. `npm test` runs them, `npm run check` leaves them out.
 */
const THOROUGH = [
  "test/collect/twitch/Day.test.ts",
  "test/collect/twitch/Platform.test.ts",
  "test/docs/Commands.test.ts",
  "test/resilience/simulated/Faults.test.ts",
  "test/resilience/simulated/Mappings.test.ts",
  "test/resilience/simulated/Operator.test.ts",
  "test/fuzz/Fuzz.test.ts",
  "test/kernel/Compiled.test.ts",
  "test/fuzz/decode/Decode.test.ts",
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

/**
 * Integration tests that take minutes, some of them waiting. They start first, so that none of them
 * runs alone at the end.
 */
const LONGEST = ["resilience/chaos/Chaos", "e2e/Recount", "image/Image", "e2e/dashboard/Dashboard", "cli/Stop"]

const isLong = ({ moduleId }: TestSpecification): boolean =>
  LONGEST.some((name) => moduleId.endsWith(`/test/${name}.integration.test.ts`))

class LongestFirst extends BaseSequencer {
  override async sort(files: Array<TestSpecification>): Promise<Array<TestSpecification>> {
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

const unit = {
  // A bound for tests that hang: the suite passes on a machine with ten times the load.
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // Vitest leaves one core unused by default.
  maxWorkers: "100%",
  // The tests change nothing global, so the files of a worker share their modules. Loading Effect
  // takes longer than the tests of most files.
  isolate: false
} as const

export default defineConfig({
  test: {
    // The shared broker needs its time to end on a busy machine.
    teardownTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
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
          globalSetup: "test/harness/SharedServers.ts",
          include: ["test/**/*.integration.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Each file waits for its servers and processes, so three files at a time keep two cores
          // busy.
          maxWorkers: 3,
          isolate: false,
          // Vitest wants projects with other numbers of workers to run one after the other.
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
