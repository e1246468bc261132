/** Compares the Spark job's table with the worker's, in one transaction that only reads. */
import { Duration, Effect } from "effect"
import { CliError } from "effect/cli"
import { SqlClient } from "effect/sql/SqlClient"
import { present } from "../domain/Invariant.ts"
import { NotFoundError } from "../domain/NotFoundError.ts"
import { COLUMNS } from "./Columns.ts"
import * as Pairs from "./Pairs.ts"
import { type Compared, toJson } from "./Report.ts"

export interface Request {
  readonly theirs: Pairs.Theirs
  readonly fromMs: number | undefined
  readonly toMs: number | undefined
  /** The most examples of each column and reason. */
  readonly limit: number
}

/** The columns without which rows cannot be paired. */
const NEEDED = ["id", "stream_id", "window_start", "window_end", "chat_count"] as const

/** One row of `Pairs.facts`; `null` for an empty table. */
interface Facts {
  readonly oursFirst: number | null
  readonly oursLast: number | null
  readonly oursSize: number | null
  readonly theirsFirst: number | null
  readonly theirsLast: number | null
  readonly theirsSize: number | null
  readonly watermark: number | null
}

/** Both tables have rows. */
interface Extents {
  readonly ours: Pairs.Extent
  readonly theirs: Pairs.Extent
  readonly oursSizeMs: number
  readonly theirsSizeMs: number
  readonly watermarkMs: number
}

/** An error of the command line, with its usage. */
export const misuse = (option: string, value: string, expected: string) =>
  new CliError.ShowHelp({
    commandPath: ["telemetra", "compare"],
    errors: [new CliError.InvalidValue({ option, value, expected, kind: "flag" })]
  })

const notFound = (detail: string) => new NotFoundError({ detail })

const nameOf = ({ schema, table }: Pairs.Theirs): string => `${schema}.${table}`

const columnsOf = Effect.fnUntraced(function* (theirs: Pick<Pairs.Theirs, "schema" | "table">) {
  const sql = yield* SqlClient
  const found = yield* sql<{ name: string }>`SELECT attname::text AS name FROM pg_attribute
    WHERE attrelid = to_regclass(${Pairs.tableOf(theirs)}) AND attnum > 0 AND NOT attisdropped`
  return new Set(found.map(({ name }) => name))
})

/**
 * The zone as PostgreSQL writes it. Only names count: PostgreSQL also takes `UTC+3`, which means
 * the opposite of what it seems to.
 */
const zoneOf = Effect.fnUntraced(function* (zone: string) {
  const sql = yield* SqlClient
  const [found] = yield* sql<{ name: string }>`SELECT name FROM pg_timezone_names WHERE lower(name) = lower(${zone})`
  if (found === undefined) return yield* misuse("their-zone", zone, "a time zone such as America/New_York")
  return found.name
})

/** A notice if their times seem to be of another zone. */
const shiftNotice = Effect.fnUntraced(function* (theirs: Pairs.Theirs, ours: Pairs.Extent) {
  const sql = yield* SqlClient
  const [found] = yield* sql.unsafe<{ minutes: number; hits: number }>(Pairs.shift(theirs, ours))
  if (found === undefined || found.minutes === 0 || found.hits < Pairs.SHIFT_SAMPLE / 2) return []
  const way = found.minutes > 0 ? "behind" : "ahead of"
  return [
    `Their times seem to be ${Duration.format(Duration.minutes(Math.abs(found.minutes)))} ${way} ours: set --their-zone to the zone of the Spark session`
  ]
})

/** Half of the windows in both tables have equal message counts, so their times are not shifted. */
const hasEqualHalf = (tallies: ReadonlyArray<Pairs.Tally>): boolean => {
  const counts = tallies.filter(({ name }) => name === "chat_count" || name === Pairs.PRESENCE)
  const windows = (name: string, verdict?: string) =>
    counts
      .filter((tally) => tally.name === name && (verdict === undefined || tally.verdict === verdict))
      .reduce((sum, tally) => sum + tally.windows, 0)
  return windows(Pairs.PRESENCE) > 0 && 2 * windows("chat_count", "equal") >= windows(Pairs.PRESENCE)
}

const sizeNotice = ({ oursSizeMs, theirsSizeMs }: Extents): ReadonlyArray<string> =>
  oursSizeMs === theirsSizeMs
    ? []
    : [
        `Their windows are ${theirsSizeMs / 1000} s long, ours ${oursSizeMs / 1000} s: only windows of the same size are compared; set WINDOW_DURATION as in the Spark job`
      ]

/** The columns of their table. Fails if it cannot be compared. */
const presentColumns = Effect.fnUntraced(function* (theirs: Pairs.Theirs) {
  const columns = yield* columnsOf(theirs)
  const missing = NEEDED.filter((name) => !columns.has(name))
  if (missing.length === 0) return columns
  return yield* notFound(
    columns.size === 0
      ? `Table ${nameOf(theirs)} does not exist or is not visible to this user: name the Spark job's table by --theirs SCHEMA and --table`
      : `Table ${nameOf(theirs)} lacks ${missing.join(", ")}: name the Spark job's table by --theirs SCHEMA and --table`
  )
})

const extentsOf = Effect.fnUntraced(function* (schema: string, theirs: Pairs.Theirs) {
  const sql = yield* SqlClient
  const [facts] = yield* sql.unsafe<Facts>(Pairs.facts(theirs))
  if (facts === undefined || facts.oursFirst === null || facts.oursLast === null) {
    return yield* notFound(`Schema ${schema} has no rows yet: let the worker run in parallel with the Spark job first`)
  }
  if (facts.theirsFirst === null || facts.theirsLast === null) {
    return yield* notFound(`Table ${nameOf(theirs)} has no rows`)
  }
  const extents: Extents = {
    ours: { firstMs: facts.oursFirst, lastMs: facts.oursLast },
    theirs: { firstMs: facts.theirsFirst, lastMs: facts.theirsLast },
    oursSizeMs: present(facts.oursSize ?? undefined, "a table with rows has a window size"),
    // Their table may lack window ends.
    theirsSizeMs: facts.theirsSize ?? 0,
    watermarkMs: facts.watermark ?? Number.POSITIVE_INFINITY
  }
  return extents
})

/** The report of the Spark job's table against the worker's in `schema`. */
export const compareIn = Effect.fn("compare.compare")(function* (schema: string, request: Request) {
  const sql = yield* SqlClient
  // One snapshot of both tables, which are written meanwhile.
  yield* sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ`
  const zone = request.theirs.zone === undefined ? undefined : yield* zoneOf(request.theirs.zone)
  const theirs: Pairs.Theirs = { ...request.theirs, zone }
  const theirColumns = yield* presentColumns(theirs)
  const extents = yield* extentsOf(schema, theirs)
  const scope: Pairs.Scope = {
    fromMs: request.fromMs ?? Math.max(extents.ours.firstMs, extents.theirs.firstMs),
    // The last common start is included.
    toMs: request.toMs ?? Math.min(extents.ours.lastMs, extents.theirs.lastMs) + 1,
    ours: extents.ours,
    theirs: extents.theirs,
    sizeMs: extents.oursSizeMs,
    watermarkMs: extents.watermarkMs
  }
  if (scope.toMs <= scope.fromMs) {
    const [hint] = yield* shiftNotice(theirs, extents.ours)
    return yield* notFound(
      hint ?? `Table ${nameOf(theirs)} and schema ${schema} have no time in common, or none in the requested range`
    )
  }
  const columns = Pairs.commonColumns(theirColumns)
  const tallies = yield* sql.unsafe<Pairs.Tally>(Pairs.tallies(theirs, scope, columns))
  const examples =
    request.limit === 0 ? [] : yield* sql.unsafe<Pairs.Example>(Pairs.examples(theirs, scope, columns, request.limit))
  const hasMoments = (yield* columnsOf({ ...theirs, table: "moments" })).size > 0
  const [moments] = hasMoments ? yield* sql.unsafe<Pairs.Moments>(Pairs.moments(theirs, scope)) : []
  const compared: Compared = {
    scope,
    columns: columns.map(({ name }) => name),
    lacking: COLUMNS.flatMap(({ name }) => (theirColumns.has(name) ? [] : [name])),
    tallies,
    examples,
    moments,
    notices: [...sizeNotice(extents), ...(hasEqualHalf(tallies) ? [] : yield* shiftNotice(theirs, extents.ours))]
  }
  return toJson(compared)
})
