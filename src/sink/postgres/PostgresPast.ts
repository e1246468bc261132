/** {@link Past} over PostgreSQL, in sessions that only read. */
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import * as Database from "../../postgres/Database.ts"
import { Past } from "../Past.ts"
import type { ResultStoreError } from "../ResultStore.ts"
import { calling } from "./Call.ts"
import { readCheckpoint, readTasks } from "./Checkpoints.ts"
import { pool, type PostgresStoreOptions } from "./PostgresStore.ts"
import { readMoments, readSlides } from "./Recovery.ts"
import { readSteps } from "./Sensitivity.ts"

export const layer = (options: PostgresStoreOptions): Layer.Layer<Past, ResultStoreError> =>
  Layer.effect(
    Past,
    Effect.gen(function* () {
      const place = Database.placeOf(options)
      const call = calling(place, yield* SqlClient, options.limits)
      return Past.of({
        checkpoints: Effect.gen(function* () {
          const found = yield* Effect.forEach(yield* readTasks, (task) => readCheckpoint(place, task))
          return found.filter((checkpoint) => checkpoint !== undefined)
        }).pipe(call("read the checkpoints")),
        slides: (checkpoint, fromMs, take) =>
          readSlides(checkpoint, fromMs, take).pipe(call(`read the slides of task ${checkpoint.sourcePartition}`)),
        steps: ({ sourcePartition }, sinceMs) =>
          readSteps(sourcePartition, sinceMs).pipe(call(`read the sensitivity of task ${sourcePartition}`)),
        moments: ({ sourcePartition }, sinceMs) =>
          readMoments(place, sourcePartition, sinceMs).pipe(call(`read the moments of task ${sourcePartition}`))
      })
    })
  ).pipe(Layer.provide(pool({ ...options, access: "read" })))
