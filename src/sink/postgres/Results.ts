/** Rows, moments and dead letters on their way into the tables: in the order of their keys, in pieces, and without those that PostgreSQL can't hold. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import { byCodeUnit } from "../../domain/CodeUnits.ts"
import { type DeadLetter, PAYLOAD_LIMIT_BYTES } from "../../domain/DeadLetter.ts"
import type { Flush } from "../../domain/Flush.ts"
import type { Moment } from "../../domain/Moment.ts"
import type { SummaryRow } from "../../domain/SummaryRow.ts"
import { chunked, type Refusal, writeOrBisect } from "./Bisect.ts"
import { textOf } from "./Failure.ts"
import { insertDeadLetters } from "./Insert.ts"

/** The most that one statement carries. */
const CHUNK = { count: 5_000, weight: 8 * 1024 * 1024 }

const byRowKey = (a: SummaryRow, b: SummaryRow): number => byCodeUnit(a.stream, b.stream) || a.startMs - b.startMs

const byMomentKey = (a: Moment, b: Moment): number =>
  byCodeUnit(a.stream, b.stream) || byCodeUnit(a.type, b.type) || a.timestampMs - b.timestampMs

const byLetterKey = (a: DeadLetter, b: DeadLetter): number =>
  byCodeUnit(a.topic, b.topic) || a.partition - b.partition || (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0)

const emotesLength = (emotes: ReadonlyArray<string>): number => emotes.reduce((sum, emote) => sum + emote.length, 0)

const instant = (timeMs: number): string =>
  Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs)

/** The statements that write them. */
export interface ResultStatements {
  readonly rows: (rows: ReadonlyArray<SummaryRow>) => Effect.Effect<void, SqlError, SqlClient>
  readonly moments: (moments: ReadonlyArray<Moment>) => Effect.Effect<void, SqlError, SqlClient>
}

/** Writes within a transaction. Gives a line for each item that was left out: what it is, and what PostgreSQL said of it. */
export const writeResults = Effect.fnUntraced(function* (
  results: Pick<Flush, "rows" | "moments" | "deadLetters">,
  statements: ResultStatements
): Effect.fn.Return<ReadonlyArray<string>, SqlError, SqlClient> {
  const refused: Array<string> = []
  const note = <A>(refusals: ReadonlyArray<Refusal<A>>, name: (item: A) => string) => {
    for (const { item, error } of refusals) refused.push(`${name(item)}: ${textOf(error)}`)
  }
  // in the order of the keys, so that no two transactions wait for each other
  for (const rows of chunked(results.rows.toSorted(byRowKey), CHUNK, (row) => emotesLength(row.topEmotes))) {
    note(
      yield* writeOrBisect(rows, statements.rows),
      (row) => `row of stream ${JSON.stringify(row.stream)}, window ${instant(row.startMs)} to ${instant(row.endMs)}`
    )
  }
  for (const moments of chunked(
    results.moments.toSorted(byMomentKey),
    CHUNK,
    (moment) =>
      moment.description.length +
      emotesLength(moment.metadata.top_emotes) +
      emotesLength(moment.metadata.top_emotes_before)
  )) {
    note(
      yield* writeOrBisect(moments, statements.moments),
      (moment) => `${moment.type} of stream ${JSON.stringify(moment.stream)} at ${instant(moment.timestampMs)}`
    )
  }
  for (const letters of chunked(results.deadLetters.toSorted(byLetterKey), CHUNK, (letter) =>
    Math.min(letter.payload.length, PAYLOAD_LIMIT_BYTES)
  )) {
    note(
      yield* writeOrBisect(letters, insertDeadLetters),
      (letter) => `dead letter of ${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`
    )
  }
  return refused
})
