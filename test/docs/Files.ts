/** The tracked and new files under some paths of the repository, without data and licences. */
import { spawnSync } from "node:child_process"

const SKIPPED = /(?:^|\/)(?:package-lock\.json|LICENSE|.*\.(?:svg|png|gz|txt))$|^(?:bench\/results|ops\/licences)\//

export const filesOf = (paths: ReadonlyArray<string>, root = process.cwd()): ReadonlyArray<string> => {
  const { status, stderr, stdout } = spawnSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...paths],
    { cwd: root, encoding: "utf8", maxBuffer: 16_000_000 }
  )
  if (status !== 0) throw new Error(stderr)
  return stdout.split("\n").filter((path) => path !== "" && !SKIPPED.test(path))
}
