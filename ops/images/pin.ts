/**
 * `npm run pin`: queries the registry for the digest of each image that compose.yaml, the
 * Dockerfile and the workflow name, and writes it next to the tag. Needs `docker` with buildx and
 * the registry, but no engine. `npm run pin -- --check` changes nothing and ends with 1 if an image
 * has no digest.
 */
import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { FILES, pinned, pinsOf } from "./Pins.ts"

const print = (stream: NodeJS.WriteStream, line: string): void => void stream.write(`${line}\n`)

const root = process.cwd()
const read = (path: string): string => readFileSync(join(root, path), "utf8")

/** The digest of the index, which covers all platforms. Throws with the registry's words. */
const digestOf = (image: string): string => {
  const args = ["buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", image]
  const { error, status, stderr, stdout } = spawnSync("docker", args, { encoding: "utf8" })
  const digest = (stdout ?? "").trim()
  if (status === 0 && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest
  throw new Error(`The digest of ${image} is unknown: docker ${args.join(" ")}: ${error?.message ?? stderr.trim()}`)
}

const check = (): number => {
  const open = FILES.flatMap((file) =>
    pinsOf(read(file)).flatMap(({ digest, image }) => (digest === undefined ? [`${file}: ${image} has no digest`] : []))
  )
  for (const line of open) print(process.stderr, line)
  if (open.length > 0)
    print(process.stderr, "Run `npm run pin` where the registry can be reached, and commit the result")
  return open.length > 0 ? 1 : 0
}

const pin = (): number => {
  const images = [...new Set(FILES.flatMap((file) => pinsOf(read(file)).map(({ image }) => image)))]
  // All of them before the first file changes.
  const digests = new Map(images.map((image) => [image, digestOf(image)]))
  for (const file of FILES) writeFileSync(join(root, file), pinned(read(file), digests))
  for (const [image, digest] of digests) print(process.stdout, `${image}@${digest}`)
  return 0
}

try {
  process.exitCode = process.argv.includes("--check") ? check() : pin()
} catch (error) {
  print(process.stderr, error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
