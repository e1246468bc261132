/** Pages have a limit in bytes: the database returns no more of one than a process can hold for several clients at once. */

/** Text of a page, in bytes as the database stores it: JSON may take six times as much. The row that exceeds it is the page's last. */
export const MAX_PAGE_BYTES = 1024 * 1024

/** What every row of a cut page says: how many rows the query found. */
export interface Found {
  readonly found: number
}

/**
 * The first rows of a query, until their text exceeds {@link MAX_PAGE_BYTES}; at least one.
 *
 * `query` ends with its LIMIT. `bytes` is the size of a row's text, and `order` its order, both in terms of the columns that the query returns.
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
