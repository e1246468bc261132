/** Reads broadcasts from their table. No statement reads windows. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql/SqlClient"
import type * as Statement from "effect/sql/Statement"
import { type Direction, DIRECTIONS } from "../api/Values.ts"
import { ColumnText, cursorOf, Milliseconds, readInOrder, shortPageOf } from "./Cursor.ts"
import { latestOfAll, readLatest } from "./LatestBroadcasts.ts"
import { comparing, opposite } from "./ListPosition.ts"
import { placeOf } from "./Placement.ts"
import { rowsOf, Timestamp } from "./Rows.ts"
import {
  type BroadcastKey,
  FROM_BROADCASTS,
  itemOf,
  keyOf,
  overSql,
  readId,
  storedOf,
  withMoments
} from "./StoredBroadcast.ts"
import { containing } from "./LiveStreams.ts"

export interface BroadcastsQuery {
  readonly stream?: string
  readonly search?: string
  readonly from?: number
  readonly to?: number
  readonly over?: boolean
  readonly latest?: boolean
  /** The default is `desc`. */
  readonly order?: Direction
  readonly limit: number
  readonly cursor?: string
  readonly count?: boolean
}

/** The last broadcast of the page before. */
const Key = Schema.Struct({
  order: Schema.Literals(DIRECTIONS),
  startedMs: Milliseconds,
  stream: ColumnText,
  task: Schema.Int.check(Schema.isBetween({ minimum: -2_147_483_648, maximum: 2_147_483_647 }))
})
type Key = typeof Key.Type

const cursor = cursorOf(Key)

/** Before every broadcast, in the list's direction. */
const START = {
  asc: { startedMs: -62_135_596_800_000, stream: "", task: 0 },
  desc: { startedMs: 253_402_300_799_999, stream: "", task: 0 }
} as const

const KEY = ["b.started_at", 'b.stream_id COLLATE "C"', "b.source_partition"]

const orderSql = (direction: Direction): string => KEY.map((column) => `${column} ${direction}`).join(", ")

/** The order of the selected rows. */
const pageOrder = (direction: Direction): string => orderSql(direction).replaceAll("b.", "page.")

const comparison = (sql: SqlClient, operator: string, { startedMs, stream, task }: Omit<Key, "order">) =>
  sql`(${sql.literal(KEY.join(", "))}) ${sql.literal(operator)} (${PgTypes.timestamp(startedMs)}, ${stream}, ${PgTypes.int4(task)})`

/** The conditions of a list, whatever its order and page. `latest` is not among them. */
const filters = (sql: SqlClient, query: BroadcastsQuery, overMs: number) =>
  [
    query.stream === undefined ? undefined : sql`b.stream_id = ${query.stream}`,
    query.search === undefined ? undefined : sql`b.stream_id ILIKE ${containing(query.search)}`,
    query.from === undefined ? undefined : sql`b.started_at >= ${PgTypes.timestamp(query.from)}`,
    query.to === undefined ? undefined : sql`b.started_at < ${PgTypes.timestamp(query.to)}`,
    query.over === undefined
      ? undefined
      : sql`${sql.literal(overSql(String(overMs)))} = ${sql.literal(query.over ? "TRUE" : "FALSE")}`
  ].filter((condition) => condition !== undefined)

/** The place of a page's conditions, order and limit. */
const CONDITIONS = "/* conditions */"

/** The statement of a page before and after its conditions. `overMs` is no text of a client. */
const pageSql = (overMs: number, direction: Direction) => {
  const rows = `SELECT b.*, ${overSql(String(overMs))} AS over FROM ${FROM_BROADCASTS} WHERE ${CONDITIONS}`
  const [head = "", tail = ""] = withMoments(rows, String(overMs), pageOrder(direction)).split(CONDITIONS)
  return { head, tail }
}

const select = Effect.fnUntraced(function* (
  conditions: ReadonlyArray<Statement.Fragment>,
  direction: Direction,
  limit: number,
  overMs: number
) {
  const sql = yield* SqlClient
  const { head, tail } = pageSql(overMs, direction)
  return yield* storedOf(sql`
    ${sql.literal(head)} ${sql.and(conditions)}
    ORDER BY ${sql.literal(orderSql(direction))} LIMIT ${PgTypes.int4(limit)} ${sql.literal(tail)}`)
})

/** Reads one page by the start of the broadcasts. */
export const readBroadcasts = Effect.fnUntraced(function* (query: BroadcastsQuery, overMs: number) {
  const { limit, order = "desc" } = query
  const after = yield* readInOrder(cursor, query.cursor, order)
  const sql = yield* SqlClient
  const conditions = [
    ...filters(sql, query, overMs),
    ...(after === undefined ? [] : [comparison(sql, comparing(order).after, after)])
  ]
  const read = (more: ReadonlyArray<Statement.Fragment>) => select([...conditions, ...more], order, limit + 1, overMs)
  const rows =
    query.latest === true
      ? yield* readLatest(
          query,
          { direction: order, fromMs: firstStart(query, order, after?.startedMs), enough: limit + 1 },
          (isLatest) => read([isLatest])
        )
      : yield* read([])
  const { items, next } = shortPageOf(rows, limit, cursor, (row) => ({ order, ...keyOf(row) }))
  return { items: items.map(itemOf), next }
})

/** The first start that a page may have in its direction. */
const firstStart = ({ from, to }: BroadcastsQuery, order: Direction, afterMs: number | undefined): number =>
  order === "asc"
    ? Math.max(from ?? START.asc.startedMs, afterMs ?? START.asc.startedMs)
    : Math.min(to ?? START.desc.startedMs, afterMs ?? START.desc.startedMs)

const keysOf = rowsOf(Schema.Struct({ startedMs: Timestamp, stream: Schema.String, task: Schema.Int }))

/** Finds the page before, and counts if the query has `count`: three statements at most. */
export const placeBroadcasts = Effect.fnUntraced(function* (query: BroadcastsQuery, overMs: number) {
  const { limit, order = "desc" } = query
  const after = yield* readInOrder(cursor, query.cursor, order)
  const sql = yield* SqlClient
  const isFirst = after === undefined || after.startedMs === START[order].startedMs
  const upTo = isFirst ? undefined : comparison(sql, comparing(order).upTo, after)
  const conditions = filters(sql, query, overMs)
  const direction = opposite(order)
  /** The list's row before the page before; none if that is the first page. */
  const rowBefore = (before: ReadonlyArray<Statement.Fragment>) =>
    keysOf(sql`
    SELECT b.started_at AS "startedMs", b.stream_id AS stream, b.source_partition AS task
    FROM ${sql.literal(FROM_BROADCASTS)} WHERE ${sql.and(before)}
    ORDER BY ${sql.literal(orderSql(direction))} LIMIT 1 OFFSET ${PgTypes.int4(limit)}`)
  return yield* placeOf({
    from: FROM_BROADCASTS,
    conditions: query.latest === true ? [...conditions, latestOfAll(sql, query)] : conditions,
    upTo,
    count: query.count === true,
    previous: Effect.fnUntraced(function* () {
      const before = [...conditions, ...(upTo === undefined ? [] : [upTo])]
      const [last] =
        query.latest === true
          ? yield* readLatest(
              query,
              { direction, fromMs: firstStart(query, direction, after?.startedMs), enough: 1 },
              (isLatest) => rowBefore([...before, isLatest])
            )
          : yield* rowBefore(before)
      return cursor.write({ order, ...(last ?? START[order]) })
    })
  })
})

/** The stream's nearest broadcast in a direction, in the same task. */
const readNeighbour = Effect.fnUntraced(function* (
  { startedMs, stream, task }: BroadcastKey,
  direction: Direction,
  overMs: number
) {
  const sql = yield* SqlClient
  const operator = sql.literal(comparing(direction).after)
  const conditions = [
    sql`b.stream_id = ${stream}`,
    sql`b.source_partition = ${PgTypes.int4(task)}`,
    sql`b.started_at ${operator} ${PgTypes.timestamp(startedMs)}`
  ]
  const [row] = yield* select(conditions, direction, 1, overMs)
  return row === undefined ? null : itemOf(row)
})

/** Returns `undefined` if the broadcast does not exist. */
export const readBroadcast = Effect.fnUntraced(function* (id: string, overMs: number) {
  const key = yield* readId(id)
  if (key === undefined) return undefined
  const sql = yield* SqlClient
  const conditions = [
    sql`b.stream_id = ${key.stream}`,
    sql`b.source_partition = ${PgTypes.int4(key.task)}`,
    sql`b.started_at = ${PgTypes.timestamp(key.startedMs)}`
  ]
  const [row] = yield* select(conditions, "desc", 1, overMs)
  return row === undefined ? undefined : { item: itemOf(row), key }
})

/** A broadcast with its neighbours; `undefined` if it does not exist. */
export const readDetail = Effect.fnUntraced(function* (id: string, overMs: number) {
  const found = yield* readBroadcast(id, overMs)
  if (found === undefined) return undefined
  return {
    broadcast: found.item,
    previous: yield* readNeighbour(found.key, "desc", overMs),
    next: yield* readNeighbour(found.key, "asc", overMs)
  }
})
