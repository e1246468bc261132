// What npm runs after an installation: patches the type checker and builds dist/. Without development packages (`npm ci --omit=dev`) there is nothing to build with, and that is
// no failure. Written so that any Node can run it: the one of the packages is missing then, too.
import { spawnSync } from "child_process"
import { existsSync } from "fs"

const tools = ["@effect/tsgo", "rolldown"]

if (tools.some((name) => existsSync("node_modules/" + name))) {
  const { status } = spawnSync("effect-tsgo patch && npm run build", { shell: true, stdio: "inherit" })
  process.exitCode = status === null ? 1 : status
} else {
  process.stderr.write(
    "telemetra is not built: the build tools are development packages, which are left out. Run `npm ci` without --omit=dev to build dist/, or bring dist/ along.\n"
  )
}
