/** The simulated platform of an embedded database: chosen at the first start, then kept with it. */
import { join } from "node:path"
import { Effect, FileSystem, Schema } from "effect"
import * as EmbeddedPostgres from "../embedded/EmbeddedPostgres.ts"
import { chooseSeed, eveningOf } from "../source/simulator/Evening.ts"

/** `since` is the time of the first start; platforms of earlier versions have none, and no past. */
const Kept = Schema.fromJsonString(Schema.Struct({ seed: Schema.Int, since: Schema.optionalKey(Schema.Int) }))

/**
 * The platform whose rows the folder holds: the one that demo.json names, or the defaults if there
 * is a database without that file. A new folder gets a platform with many moments and a past.
 */
export const keptPlatform = Effect.fn("worker.keptPlatform")(function* (dataDir: string, nowMs: number) {
  const fs = yield* FileSystem.FileSystem
  const file = join(dataDir, "demo.json")
  if (yield* EmbeddedPostgres.exists(dataDir)) {
    if (!(yield* fs.exists(file))) return {}
    const { seed, since } = yield* Effect.flatMap(fs.readFileString(file), Schema.decodeEffect(Kept))
    return eveningOf(seed, since)
  }
  // A file without a database is that of a start that failed, so its past may be long ago.
  const seed = chooseSeed(nowMs)
  yield* fs.makeDirectory(dataDir, { recursive: true })
  yield* fs.writeFileString(file, yield* Schema.encodeEffect(Kept)({ seed, since: nowMs }))
  return eveningOf(seed, nowMs)
})
