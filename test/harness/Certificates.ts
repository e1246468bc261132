/**
 * Certificates for servers at 127.0.0.1: one of an authority that clients may trust, and one that
 * no client trusts.
 */
import { Effect, type Scope } from "effect"
import { execFile } from "node:child_process"
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { unprivileged } from "./Postgres.ts"

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
  /** PEM text. */
  readonly cert: string
  readonly key: string
}

const openssl = (folder: string, ...args: ReadonlyArray<string>) =>
  promisify(execFile)("openssl", [...args], { cwd: folder })

/** A certificate that signs itself: trusted by those who are given its text. */
export const selfSigned: Effect.Effect<Certificate, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const folder = await mkdtemp(join(tmpdir(), "telemetra-certificate-"))
      await chmod(folder, 0o755)
      await writeFile(
        join(folder, "x.cnf"),
        "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=localhost\n[ext]\nsubjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:TRUE\n"
      )
      await openssl(
        folder,
        ..."req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem -config x.cnf".split(" ")
      )
      const keyFile = join(folder, "key.pem")
      // PostgreSQL takes a key that only its own user can read.
      const { uid, gid } = await unprivileged()
      await chmod(keyFile, 0o600)
      if (uid !== undefined && gid !== undefined) await chown(keyFile, uid, gid)
      const certFile = join(folder, "cert.pem")
      return {
        folder,
        certificate: {
          certFile,
          keyFile,
          cert: await readFile(certFile, "utf8"),
          key: await readFile(keyFile, "utf8")
        }
      }
    }),
    ({ folder }) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
  ),
  ({ certificate }) => certificate
)
