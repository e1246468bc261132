/** Builds the Dockerfile without a daemon, in a storage of its own. */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { homedir, tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Schema, type Scope } from "effect"
import { makeTree } from "./BaseImage.ts"

const ROOT = new URL("../../", import.meta.url).pathname
const NAME = "localhost/telemetra-stream:test"
/** As the official image sets it. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
/** The time limit of a build, on a busy machine. */
const PATIENCE_MS = 900_000

const Inspected = Schema.fromJsonString(
  Schema.Struct({
    OCIv1: Schema.Struct({
      config: Schema.Struct({
        User: Schema.String,
        WorkingDir: Schema.String,
        Env: Schema.Array(Schema.String),
        Entrypoint: Schema.Array(Schema.String),
        Cmd: Schema.Array(Schema.String),
        Labels: Schema.Record(Schema.String, Schema.String),
        ExposedPorts: Schema.Record(Schema.String, Schema.Unknown)
      })
    }),
    Docker: Schema.Struct({
      config: Schema.Struct({ Healthcheck: Schema.Struct({ Test: Schema.Array(Schema.String) }) })
    })
  })
)

export interface Image {
  /** Its file tree, on this machine; may be written to. */
  readonly tree: string
  readonly config: (typeof Inspected.Type)["OCIv1"]["config"]
  readonly healthcheck: ReadonlyArray<string>
}

/**
 * Why no image can be built here, or `undefined`. With CI=true that is an error, not a reason to
 * skip.
 */
export const buildahMissing: string | undefined = (() => {
  // Pull requests: the workflow gives their code no privileges.
  const isUnprivileged = process.env["UNPRIVILEGED"] === "true"
  if (
    !isUnprivileged &&
    process.platform === "linux" &&
    process.getuid?.() === 0 &&
    spawnSync("buildah", ["--version"]).status === 0
  ) {
    return undefined
  }
  const line = "the image's tests need Linux, root with privileges, and buildah (Debian's package)"
  if (process.env["CI"] === "true" && !isUnprivileged) throw new Error(line)
  process.stderr.write(`SKIPPED: ${line}\n`)
  return line
})()

/**
 * The name that the Dockerfile starts from, without its digest: the base made here has another one.
 */
const baseName = (): string => {
  const [, name] = /^ARG NODE_IMAGE=([^\s@]+)(?:@\S+)?$/m.exec(readFileSync(join(ROOT, "Dockerfile"), "utf8")) ?? []
  if (name === undefined) throw new Error("the Dockerfile names no NODE_IMAGE")
  return name
}

/**
 * Builds the image, on a base made of this machine's files and this process's Node. Everything is
 * removed with the scope.
 */
export const buildImage: Effect.Effect<Image, never, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-image-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run"), "--storage-driver", "vfs"]
  const policy = join(folder, "policy.json")
  writeFileSync(policy, JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }))
  const buildah = (...args: ReadonlyArray<string>): string =>
    execFileSync("buildah", [...storage, ...args], {
      cwd: ROOT,
      encoding: "utf8",
      timeout: PATIENCE_MS,
      maxBuffer: 64 << 20,
      stdio: ["ignore", "pipe", "pipe"]
    }).trim()
  return yield* Effect.sync(() => {
    const tree = join(folder, "base")
    mkdirSync(tree)
    makeTree(tree, process.execPath)
    const archive = join(folder, "base.tar")
    execFileSync("tar", ["--numeric-owner", "--owner=0", "--group=0", "-C", tree, "-cf", archive, "."])
    rmSync(tree, { recursive: true })
    const base = buildah("from", "--signature-policy", policy, "scratch")
    buildah("add", base, archive, "/")
    buildah("config", "--env", `PATH=${PATH}`, base)
    buildah("commit", "--signature-policy", policy, "--rm", base, baseName())
    rmSync(archive)
    const npmrc = join(homedir(), ".npmrc")
    const volumes = existsSync(npmrc) ? ["--volume", `${npmrc}:/root/.npmrc:ro`] : []
    const format = ["--format", "docker", "--isolation", "chroot", "--signature-policy", policy, "--pull-never"]
    buildah("bud", ...format, ...volumes, "--build-arg", `NODE_IMAGE=${baseName()}`, "--tag", NAME, ".")
    const inspected = Schema.decodeSync(Inspected)(buildah("inspect", "--type", "image", NAME))
    const container = buildah("from", "--signature-policy", policy, "--pull-never", NAME)
    return {
      tree: buildah("mount", container),
      config: inspected.OCIv1.config,
      healthcheck: inspected.Docker.config.Healthcheck.Test
    }
  })
})
