/**
 * Runs an image's command in its file tree, which is read-only except for /tmp. The command runs as
 * the image's user, as process 1, on this machine's network.
 */
import { spawn, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { Effect, type Scope } from "effect"
import { ownedProcess } from "../harness/OwnedProcess.ts"
import type { Image } from "./Buildah.ts"

export interface Container {
  readonly output: () => string
  readonly signal: (name: NodeJS.Signals) => void
  /** Its exit code; the name of the signal that ended it. */
  readonly ended: Effect.Effect<number | string>
}

/** The official image's user `node`. */
const IDS = "1000:1000"

const ENTER = [
  "tree=$1; ids=$2; folder=$3; shift 3",
  'mount --bind "$tree" "$tree" && mount -t proc proc "$tree/proc" &&',
  'mount -t tmpfs tmpfs "$tree/tmp" && chmod 1777 "$tree/tmp" &&',
  'mount --rbind /dev "$tree/dev" && mount -o remount,ro,bind "$tree" &&',
  'exec chroot --userspec="$ids" "$tree" /usr/bin/env --chdir="$folder" "$@"'
].join("\n")

const environmentOf = ({ config }: Image, env: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    config.Env.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])
  ),
  ...env
})

/** `args` take the place of the image's CMD. Ended with the scope. */
export const start = (
  image: Image,
  env: Readonly<Record<string, string>>,
  args: ReadonlyArray<string> = image.config.Cmd
): Effect.Effect<Container, never, Scope.Scope> =>
  Effect.map(
    ownedProcess(() => {
      const { Entrypoint, WorkingDir } = image.config
      const inner = ["/bin/sh", "-c", ENTER, "sh", image.tree, IDS, WorkingDir, ...Entrypoint, ...args]
      return spawn("/usr/bin/unshare", ["--mount", "--pid", "--fork", "--kill-child", ...inner], {
        env: environmentOf(image, env)
      })
    }),
    ({ child, ended, output }) => ({
      output,
      // To process 1 itself: `unshare` passes nothing on.
      signal: (name) => {
        const [inner] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ")
        process.kill(Number(inner), name)
      },
      ended
    })
  )

/** Runs a command in the tree to its end, as the image's user; its exit code. */
export const execute = (
  image: Image,
  env: Readonly<Record<string, string>>,
  command: ReadonlyArray<string>
): number | null =>
  spawnSync("chroot", [`--userspec=${IDS}`, image.tree, ...command], {
    env: environmentOf(image, env),
    timeout: 480_000
  }).status
