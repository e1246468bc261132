import { defineConfig } from "vitest/config"

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.integration.test.ts"],
          // A bound for what hangs, not for what is slow: the suite passes on a machine with ten times the load.
          testTimeout: 120_000,
          hookTimeout: 120_000
        }
      },
      {
        test: {
          name: "integration",
          include: ["test/**/*.integration.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Servers of their own, so two files at a time: most of a file's time is waiting.
          maxWorkers: 2
        }
      }
    ]
  }
})
