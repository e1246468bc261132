/** Rows into PostgreSQL, in one transaction, as a flush writes them: a table that is empty before. */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { ResultTables } from "../../../test/contract/ResultStoreContract.ts"
import type { Case } from "../Case.ts"
import { insertRowByRow } from "../naive/RowByRow.ts"
import { assertSame } from "../Same.ts"
import { type SummaryRow, upsert } from "../Subject.ts"

export const upsertCase = (rows: ReadonlyArray<SummaryRow>) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient
    const tables = yield* ResultTables
    const runPromise = Effect.runPromiseWith(yield* Effect.context<SqlClient>())
    // the load's days are long past: no partition is made for them ahead of time
    yield* sql.unsafe("CREATE TABLE chat_summary_minute_default PARTITION OF chat_summary_minute DEFAULT")
    const before = () => runPromise(sql.unsafe("TRUNCATE chat_summary_minute"))
    const run = (insert: (rows: ReadonlyArray<SummaryRow>) => Effect.Effect<void, SqlError, SqlClient>) => () =>
      runPromise(sql.withTransaction(insert(rows)))
    const found = async (write: () => Promise<void>) => {
      await before()
      await write()
      return runPromise(tables.rows)
    }
    const ours = run(upsert)
    const naive = run(insertRowByRow)
    const one: Case = {
      name: "upsert",
      unit: "row",
      count: rows.length,
      ours: { name: "sink/postgres/Insert, one statement", before, run: ours },
      naive: { name: "`INSERT ... ON CONFLICT` row by row", before, run: naive },
      assertEqual: async () => assertSame(await found(ours), await found(naive))
    }
    return one
  })
