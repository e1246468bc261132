/** The rows that every system must write: the oracle's recount of the load, in table `expected`. */
import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { LoadOptions } from "./Load.ts"
import type { ExpectedRow } from "./recount.ts"

/** Number of compared emotes per row. */
export const TOP_EMOTES = 5

const HEAP_MIB = 8_192
const ROWS_PER_INSERT = 5_000

/** Recounts one partition in a thread of its own. */
const recount = (load: LoadOptions, partition: number): Effect.Effect<ReadonlyArray<ExpectedRow>> =>
  Effect.callback((resume) => {
    const worker = new Worker(new URL("recount.ts", import.meta.url), {
      workerData: { load, partition, topEmotes: TOP_EMOTES },
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB }
    })
    worker.once("message", (rows: ReadonlyArray<ExpectedRow>) => resume(Effect.succeed(rows)))
    worker.once("error", (error) => resume(Effect.die(error)))
    return Effect.promise(() => worker.terminate())
  })

/** Creates and fills the table `schema.expected`. Returns the number of rows. */
export const expect = (schema: string, load: LoadOptions) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    yield* sql.unsafe(`CREATE SCHEMA ${schema}`)
    yield* sql.unsafe(
      `CREATE TABLE ${schema}.expected (stream_id text, window_start timestamp, window_end timestamp,
        chat_count bigint, unique_chatters bigint, avg_sentiment double precision, positive_count bigint,
        negative_count bigint, avg_viewers double precision, top_emotes text[],
        PRIMARY KEY (stream_id, window_start))`
    )
    const partitions = Array.from({ length: load.partitions }, (_, partition) => recount(load, partition))
    const rows = (yield* Effect.all(partitions, { concurrency: 2 })).flat()
    for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
      const some = JSON.stringify(rows.slice(from, from + ROWS_PER_INSERT))
      yield* sql.unsafe(
        `INSERT INTO ${schema}.expected SELECT * FROM json_populate_recordset(NULL::${schema}.expected, $1::text::json)`,
        [some]
      )
    }
    return rows.length
  })
