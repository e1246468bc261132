/**
 * A stand-in for the image that the Dockerfile starts from, made of this machine's own files: a
 * shell, the C library, Node and npm. It is imported under the official image's name, so that the
 * unchanged Dockerfile can be built without fetching an image.
 */
import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"

const run = (command: string, args: ReadonlyArray<string>): string =>
  execFileSync(command, args, { encoding: "utf8", maxBuffer: 16 << 20 })

/** The shared libraries of a program, its loader among them, as paths on this machine. */
const librariesOf = (program: string): ReadonlyArray<string> =>
  [...run("ldd", [program]).matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path)

/** Libraries that native modules may need in addition to Node's own. */
const MORE_LIBRARIES = [
  "libgcc_s.so.1",
  "libstdc++.so.6",
  "libm.so.6",
  "libdl.so.2",
  "libpthread.so.0",
  "librt.so.1",
  "libutil.so.1",
  "libresolv.so.2",
  "libnss_files.so.2",
  "libnss_dns.so.2"
]

/** Where npm's own files are: it starts with a line that names the program which runs it. */
const npmFolder = (): string => dirname(dirname(realpathSync(run("which", ["npm"]).trim())))

/** How npm finds its registry on this machine: nothing of it gets into an image beyond this one. */
const npmrc = (caFile: string | undefined): string =>
  [
    `registry=${run("npm", ["config", "get", "registry"]).trim()}`,
    ...(caFile === undefined ? [] : [`cafile=${caFile}`])
  ].join("\n")

const CA_FILE = "/etc/ssl/certs/ca-certificates.crt"

/** Fills an empty folder with the base's file tree; `node` is the program. */
export const makeTree = (tree: string, node: string): void => {
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(tree, to)), { recursive: true })
    cpSync(realpathSync(from), join(tree, to), { recursive: true })
  }
  const write = (to: string, text: string): void => {
    mkdirSync(dirname(join(tree, to)), { recursive: true })
    writeFileSync(join(tree, to), text)
  }
  for (const folder of ["usr/bin", "usr/lib", "usr/lib64", "proc", "sys", "dev", "root", "home/node"]) {
    mkdirSync(join(tree, folder), { recursive: true })
  }
  mkdirSync(join(tree, "tmp"), { mode: 0o777 })
  for (const [name, target] of [
    ["bin", "usr/bin"],
    ["lib", "usr/lib"],
    ["lib64", "usr/lib64"]
  ] as const) {
    symlinkSync(target, join(tree, name))
  }
  const programs = { "/usr/bin/sh": "/bin/sh", "/usr/bin/env": "/usr/bin/env", "/usr/local/bin/node": node }
  for (const [to, from] of Object.entries(programs)) {
    put(from, to)
    for (const library of librariesOf(from)) put(library, library.startsWith("/usr") ? library : `/usr${library}`)
  }
  const libraryFolder = dirname(librariesOf(node).find((path) => basename(path) === "libc.so.6") ?? "")
  for (const name of MORE_LIBRARIES) {
    const path = join(libraryFolder, name)
    if (existsSync(path)) put(path, path.startsWith("/usr") ? path : `/usr${path}`)
  }
  put(npmFolder(), "/usr/local/lib/node_modules/npm")
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(tree, "usr/local/bin/npm"))
  const extra = process.env["NODE_EXTRA_CA_CERTS"]
  const authorities = [CA_FILE, ...(extra === undefined ? [] : [extra])].filter((path) => existsSync(path))
  if (authorities.length > 0) write(CA_FILE, authorities.map((path) => readFileSync(path, "utf8")).join("\n"))
  write("/usr/local/etc/npmrc", npmrc(authorities.length > 0 ? CA_FILE : undefined))
  // As the official image has them.
  write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n")
  write("/etc/group", "root:x:0:\nnode:x:1000:\n")
  write("/etc/nsswitch.conf", "hosts: files dns\n")
  write("/etc/hosts", "127.0.0.1 localhost\n")
}
