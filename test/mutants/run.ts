/**
 * `npm run mutants`: plants each fault of the table in a copy of the sources and runs the test that
 * must find it. A text selects faults by description or file (`npm run mutants -- WindowStage`).
 * Ends with 1 if a fault survives. The copy lies in a temporary folder and is removed
 * afterwards. A fault in the kernel's source is compiled into the copy.
 */
import { execFile } from "node:child_process"
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { compile, MODULE } from "../../ops/kernel/Compile.ts"
import { type Mutant, mutants as table } from "./table.ts"

interface Report {
  readonly testResults: ReadonlyArray<{
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>
  }>
}

const [, , wanted = ""] = process.argv
const mutants = table.filter(({ fault, file }) => fault.includes(wanted) || file.includes(wanted))

const root = new URL("../../", import.meta.url).pathname

/** The folder of the kernel's source, of which {@link MODULE} holds the compiled form. */
const KERNEL = "src/kernel/assembly/"

const runTest = (folder: string, mutant: Mutant): Promise<Report> =>
  new Promise((resolve, reject) => {
    const output = join(folder, "report.json")
    const isIntegration = mutant.testFile.endsWith(".integration.test.ts")
    // Integration tests take long: only the one that must find the fault runs. Vitest separates
    // suite and test by " > ".
    const name = mutant.test.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "( | > )")
    const args = [
      "node_modules/.bin/vitest",
      "run",
      mutant.testFile,
      ...(isIntegration ? ["-t", `^${name}$`] : []),
      "--reporter=json"
    ]
    // A red test makes the runner end with 1: what it reports decides.
    execFile(process.execPath, [...args, `--outputFile=${output}`], { cwd: folder }, () => {
      readFile(output, "utf8").then((text) => resolve(JSON.parse(text)), reject)
    })
  })

const statusOf = (report: Report, mutant: Mutant): string | undefined =>
  report.testResults.flatMap(({ assertionResults }) => assertionResults).find((test) => test.fullName === mutant.test)
    ?.status

const folder = await mkdtemp(join(tmpdir(), "telemetra-mutants-"))
let survivors = 0
try {
  for (const name of ["src", "test", "bench", "migrations", "package.json", "tsconfig.json", "vitest.config.ts"]) {
    await cp(join(root, name), join(folder, name), { recursive: true })
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"))
  const kernel = await readFile(join(folder, MODULE), "utf8")
  for (const [index, mutant] of mutants.entries()) {
    const path = join(folder, mutant.file)
    const source = await readFile(path, "utf8")
    if (source.split(mutant.find).length !== 2) throw new Error(`${mutant.file} does not hold once: ${mutant.find}`)
    await writeFile(
      path,
      source.replace(mutant.find, () => mutant.replace)
    )
    if (mutant.file.startsWith(KERNEL)) await writeFile(join(folder, MODULE), await compile(folder))
    const status = statusOf(await runTest(folder, mutant), mutant)
    await writeFile(path, source)
    await writeFile(join(folder, MODULE), kernel)
    if (status !== "failed") survivors++
    const verdict = status === "failed" ? "found   " : status === "passed" ? "SURVIVED" : "NOT RUN "
    process.stdout.write(`${String(index + 1).padStart(2)} ${verdict} ${mutant.fault} (${mutant.file})\n`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
process.stdout.write(`${mutants.length - survivors} of ${mutants.length} faults found\n`)
process.exitCode = survivors === 0 ? 0 : 1
