/**
 * Reads the result of a query in pages, through a cursor. The session's statement timeout applies
 * to each page, and memory holds one page.
 */
import { Effect } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type { Row } from "effect/sql/SqlConnection"
import type { Statement } from "effect/sql/Statement"

/** Rows of one FETCH: some milliseconds for the server and for the event loop. */
const PAGE = 5_000

/**
 * `read` runs a fetch and returns its number of rows. `cursor` is one name per query: a session
 * caches the columns of a fetch by its text.
 */
export const inPages = Effect.fnUntraced(function* <E>(
  cursor: string,
  query: string,
  parameters: ReadonlyArray<unknown>,
  read: (fetch: Statement<Row>) => Effect.Effect<number, E>
) {
  const sql = yield* SqlClient
  yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql.unsafe(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${query}`, parameters)
      while ((yield* read(sql.unsafe(`FETCH FORWARD ${PAGE} FROM ${cursor}`))) === PAGE);
      yield* sql.unsafe(`CLOSE ${cursor}`)
    })
  )
})
