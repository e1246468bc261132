/** `node test/docs/english.ts PATH...` lists violations and exits with 1 if it finds any. */
import { readFileSync } from "node:fs"
import { filesOf } from "./Files.ts"
import { violations } from "./Rules.ts"

const paths = process.argv.slice(2)
if (paths.length === 0) {
  process.stderr.write("Usage: node test/docs/english.ts PATH...\n")
  process.exit(2)
}
const found = filesOf(paths).flatMap((path) =>
  violations(path, readFileSync(path, "utf8")).map(
    ({ excerpt, line, rule }) => `${path}:${line}: ${rule}: ${excerpt}\n`
  )
)
process.stdout.write(found.join(""))
process.exitCode = found.length === 0 ? 0 : 1
