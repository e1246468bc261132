/**
 * A data folder has one source: a simulated platform, or the local log. Both number their records
 * from 0, so positions in one mean nothing in the other. Invented chat would also mix with real
 * chat.
 */
import { join } from "node:path"
import { Effect, FileSystem } from "effect"
import type { AppConfig } from "../config/AppConfig.ts"
import { ConfigurationError } from "../config/ConfigurationError.ts"
import * as EmbeddedPostgres from "../embedded/EmbeddedPostgres.ts"

/** Names the folders of a local log. Those of a simulated platform have demo.json. */
const LOCAL_LOG = "local-log"
const PLATFORM = "demo.json"

const refusal = (dataDir: string, holds: string, other: string) =>
  new ConfigurationError({
    problems: [
      {
        name: "DATA_DIR",
        value: dataDir,
        allowed: `another folder, because this one holds ${holds}: type DATA_DIR=${other} before the same command`
      }
    ]
  })

/** The parts of a configuration that decide. */
interface Claim {
  readonly database: Pick<AppConfig["database"], "_tag">
  readonly source: Pick<AppConfig["source"], "_tag">
  readonly dataDir: string
}

/** The file that a folder of the other source has. */
const otherMark = (source: Claim["source"]["_tag"]) => (source === "simulator" ? LOCAL_LOG : PLATFORM)

/** Fails if the folder's database has another source than the configured one. Changes nothing. */
export const checkFolder = Effect.fn("worker.checkFolder")(function* ({ database, dataDir, source }: Claim) {
  if (database._tag !== "embedded" || source._tag === "kafka") return
  const fs = yield* FileSystem.FileSystem
  if (!(yield* EmbeddedPostgres.exists(dataDir))) return
  if (!(yield* Effect.orElseSucceed(fs.exists(join(dataDir, otherMark(source._tag))), () => false))) return
  return yield* source._tag === "simulator"
    ? refusal(dataDir, "chat of real channels", join(dataDir, "simulated"))
    : refusal(dataDir, "a simulated platform", join(dataDir, "chat"))
})

/**
 * Reserves the folder of an embedded database for the configured source, or fails if it has
 * another. A database of PostgreSQL elsewhere is not checked.
 */
export const claim = Effect.fn("worker.claimFolder")(function* (wanted: Claim) {
  const { database, dataDir, source } = wanted
  yield* checkFolder(wanted)
  if (database._tag !== "embedded" || source._tag === "kafka") return
  if (yield* EmbeddedPostgres.exists(dataDir)) return
  const fs = yield* FileSystem.FileSystem
  // A file without a database is that of a start that failed. A folder that cannot be written is
  // reported by its database, with the reason.
  yield* Effect.ignore(fs.remove(join(dataDir, otherMark(source._tag)), { force: true }))
  if (source._tag === "simulator") return
  yield* Effect.ignore(
    Effect.andThen(
      fs.makeDirectory(dataDir, { recursive: true }),
      fs.writeFileString(join(dataDir, LOCAL_LOG), "This folder holds the local log of collected chat.\n")
    )
  )
})
