/** Writes rows and moments, and names those that PostgreSQL refuses. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import type { Flush } from "../../domain/Flush.ts"
import type { Moment } from "../../domain/Moment.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import { writeItems } from "./Items.ts"

const byRowKey = (a: SummaryRow, b: SummaryRow): number => byCodeUnit(a.stream, b.stream) || a.startMs - b.startMs

const byMomentKey = (a: Moment, b: Moment): number =>
  byCodeUnit(a.stream, b.stream) || a.timestampMs - b.timestampMs || byCodeUnit(a.openedAs, b.openedAs)

const instant = (timeMs: number): string =>
  Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs)

/** The statements that write them. */
export interface ResultStatements {
  readonly rows: (rows: ReadonlyArray<SummaryRow>) => Effect.Effect<void, SqlError, SqlClient>
  readonly moments: (moments: ReadonlyArray<Moment>) => Effect.Effect<void, SqlError, SqlClient>
}

/** Writes both tables by {@link writeItems}. */
export const writeResults = Effect.fnUntraced(function* (
  { moments, rows }: Pick<Flush, "rows" | "moments">,
  statements: ResultStatements
): Effect.fn.Return<ReadonlyArray<string>, SqlError, SqlClient> {
  return [
    ...(yield* writeItems({
      items: rows,
      order: byRowKey,
      weigh: (row) => row.topEmotes.reduce((sum, emote) => sum + emote.length, 0),
      write: statements.rows,
      name: (row) =>
        `row of stream ${JSON.stringify(row.stream)}, window ${instant(row.startMs)} to ${instant(row.endMs)}`
    })),
    ...(yield* writeItems({
      items: moments,
      order: byMomentKey,
      weigh: ({ content, description, metadata }) =>
        description.length +
        (metadata.shared ?? "").length +
        metadata.repeated_text.length +
        (content === undefined ? 0 : JSON.stringify(content).length),
      write: statements.moments,
      name: (moment) => `${moment.type} of stream ${JSON.stringify(moment.stream)} at ${instant(moment.timestampMs)}`
    }))
  ]
})
