/** Checks the log of SOURCE=local: what it holds, and when something was appended to it. */
import { Clock, Duration, Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { AppConfig, PostgresConfig } from "../config/AppConfig.ts"
import { present } from "../domain/Invariant.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { counted } from "../domain/Wording.ts"
import type { EventLogError } from "../source/EventLog.ts"
import { type Extent, PARTITION, readExtents, readLastMs } from "../source/local/Heads.ts"
import { calling, type LocalDatabaseOptions, placeOf, pool } from "../source/local/LocalDatabase.ts"
import { after, type Checked, doubtful, fine } from "./Check.ts"
import type { Offsets } from "./Positions.ts"

/** A collector appends viewers or messages far more often, unless all its channels are offline. */
const QUIET_MS = Duration.toMillis("10 minutes")

const START = "start a collector: `telemetra collect twitch:NAME`, or COLLECT=twitch:NAME with `telemetra run`"

/** The database of the log, which has been checked. */
export interface LocalDatabase {
  readonly postgres: PostgresConfig
  /** Whether the tables exist. */
  readonly complete: Checked<boolean>
}

export const localLogChecks = Effect.fn("doctor.localLog")(function* (
  config: AppConfig,
  { complete, postgres }: LocalDatabase
) {
  const options: LocalDatabaseOptions = {
    postgres,
    schema: config.tables.schema,
    sessionTimeout: config.sessionTimeout,
    access: "inspect"
  }
  const topics = [config.topics.chat, config.topics.viewer]
  const read = Effect.gen(function* () {
    const call = calling(placeOf(options), yield* SqlClient)
    return yield* Effect.all({ extents: readExtents(topics), lastMs: readLastMs(topics) }).pipe(
      call("read the local log")
    )
  }).pipe(Effect.provide(pool(options)))
  const offsets = (of: (extent: Extent) => bigint): Effect.Effect<Offsets, EventLogError> =>
    Effect.map(
      read,
      ({ extents }) =>
        new Map(
          topics.map((topic, index) => [
            partitionLabel({ topic, partition: PARTITION }),
            of(present(extents[index], "one extent per topic"))
          ])
        )
    )
  const extents = yield* after(complete, "local log", undefined, (isComplete) =>
    Effect.gen(function* () {
      if (!isComplete) return fine("empty: the first start creates its tables", undefined)
      const { extents, lastMs } = yield* read
      if (lastMs === null) return doubtful("empty: nothing was appended yet", START, undefined)
      const held = extents.map(
        ({ end, start }, index) => `${counted(Number(end - start), "event")} in ${topics[index]}`
      )
      const ageMs = Math.max(0, (yield* Clock.currentTimeMillis) - lastMs)
      const found = `${held.join(", ")}; the last one was appended ${ageMs < 1000 ? "just now" : `${Duration.format(Duration.seconds(Math.round(ageMs / 1000)))} ago`}`
      return ageMs > QUIET_MS ? doubtful(found, START, undefined) : fine(found, undefined)
    })
  )
  return {
    findings: [extents.finding],
    extents,
    starts: offsets(({ start }) => start),
    ends: offsets(({ end }) => end)
  }
})
