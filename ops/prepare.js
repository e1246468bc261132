// npm runs this file after an installation: it patches the type checker and builds dist/. Without
// development packages (`npm ci --omit=dev`) the build tools are missing, which is no failure. Any
// version of Node can run this file, because the packages' own Node is missing then, too.
import { spawnSync } from "child_process"
import { existsSync } from "fs"

const tools = ["@effect/tsgo", "rolldown"]

if (tools.some((name) => existsSync("node_modules/" + name))) {
  const { status } = spawnSync("effect-tsgo patch && npm run build", { shell: true, stdio: "inherit" })
  process.exitCode = status === null ? 1 : status
} else {
  process.stderr.write(
    "telemetra is not built: the build tools are development packages, which are not installed. Run `npm ci` without --omit=dev to build dist/, or copy a built dist/ here.\n"
  )
}
