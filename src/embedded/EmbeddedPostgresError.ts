/** Why there is no embedded PostgreSQL. Always needs a person; nothing here is worth repeating. */
import { Runtime, Schema } from "effect"
import { ExitCode } from "../domain/ExitCode.ts"
import { OperatorError } from "../domain/OperatorError.ts"

export class EmbeddedPostgresError extends OperatorError.extend<EmbeddedPostgresError>("EmbeddedPostgresError")({
  _tag: Schema.tag("EmbeddedPostgresError"),
  reason: Schema.Literals([
    /** The package with the binaries is missing, or has none for this machine. */
    "NotInstalled",
    /** Another worker uses the folder. */
    "InUse",
    /** The folder can't be made or written. */
    "Unwritable",
    /** The folder holds the data of another major version, or no database at all. */
    "ForeignData",
    /** PostgreSQL does not start, for a reason in its log. */
    "Failed"
  ])
}) {
  override get [Runtime.errorExitCode](): ExitCode {
    return this.reason === "NotInstalled" ? ExitCode.config : ExitCode.dataFolder
  }
}

/**
 * Describes an error of the file system. `what` is a verb with its object, such as
 * `write /data/x`.
 */
export const fileError =
  (what: string) =>
  (cause: unknown): EmbeddedPostgresError => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined
    const why = code === undefined ? String(cause) : (remedies.get(code) ?? code)
    return new EmbeddedPostgresError({
      reason: "Unwritable",
      detail: `The worker can't ${what} for its embedded PostgreSQL: ${why}`,
      cause
    })
  }

const elsewhere = "or set DATA_DIR to another folder"
const remedies = new Map([
  ["ENOSPC", `the disk is full (ENOSPC): make room, ${elsewhere}`],
  ["EDQUOT", `the quota is used up (EDQUOT): make room, ${elsewhere}`],
  ["EACCES", `no permission (EACCES): give the worker's user write access, ${elsewhere}`],
  ["EPERM", `no permission (EPERM): give the worker's user write access, ${elsewhere}`],
  ["EROFS", `the file system is read-only (EROFS): set DATA_DIR to a folder that can be written`],
  ["ENOTDIR", `a part of the path is no folder (ENOTDIR): set DATA_DIR to a folder`],
  ["EEXIST", `a file is in the place of a folder (EEXIST): move it away, ${elsewhere}`]
])
