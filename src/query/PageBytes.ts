/**
 * Limits pages in bytes: the database returns no more of one page than a process can hold for
 * several clients at once.
 */
import { Schema } from "effect"

/**
 * Limit of a page's text, in bytes as the database stores it. JSON may take six times as much. The
 * row that exceeds the limit is the page's last.
 */
export const MAX_PAGE_BYTES = 1024 * 1024

/** A column of every row of a cut page: the number of rows that the query found. */
export const Found = Schema.Struct({ found: Schema.Int })
export type Found = typeof Found.Type

/**
 * Returns the first rows of a query until their text exceeds {@link MAX_PAGE_BYTES}; at least one
 * row.
 *
 * `query` ends with its LIMIT. `bytes` is the size of a row's text, and `order` its order. Both use
 * the columns that the query returns.
 */
export const cutByBytes = (query: string, bytes: string, order: string): string => `
WITH page AS (
${query}
), measured AS (
  SELECT *, count(*) OVER ()::float8 AS found,
    sum(${bytes}) OVER (ORDER BY ${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
  FROM page
)
SELECT * FROM measured WHERE coalesce(bytes_before, 0) <= ${MAX_PAGE_BYTES} ORDER BY ${order}`
