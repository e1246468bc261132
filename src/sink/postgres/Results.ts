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

/** The most that one statement carries. */
const CHUNK = { count: 5_000, weight: 8 * 1024 * 1024 }

const byRowKey = (a: SummaryRow, b: SummaryRow): number => byCodeUnit(a.stream, b.stream) || a.startMs - b.startMs

const byMomentKey = (a: Moment, b: Moment): number =>
  byCodeUnit(a.stream, b.stream) || a.timestampMs - b.timestampMs || byCodeUnit(a.openedAs, b.openedAs)

const byLetterKey = (a: DeadLetter, b: DeadLetter): number =>
  byCodeUnit(a.topic, b.topic) || a.partition - b.partition || (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0)

const instant = (timeMs: number): string =>
  Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : String(timeMs)

/** The statements that write them. */
export interface ResultStatements {
  readonly rows: (rows: ReadonlyArray<SummaryRow>) => Effect.Effect<void, SqlError, SqlClient>
  readonly moments: (moments: ReadonlyArray<Moment>) => Effect.Effect<void, SqlError, SqlClient>
  readonly deadLetters: (letters: ReadonlyArray<DeadLetter>) => Effect.Effect<void, SqlError, SqlClient>
}

/** Items of one table: in order of their key, so that no two transactions wait for each other. */
interface Written<A> {
  readonly items: ReadonlyArray<A>
  readonly order: (a: A, b: A) => number
  /** Bytes that vary from item to item. */
  readonly weigh: (item: A) => number
  readonly write: (items: ReadonlyArray<A>) => Effect.Effect<void, SqlError, SqlClient>
  readonly name: (item: A) => string
}

/** Writes within a transaction. Returns a line for each item that was left out: what it is, and PostgreSQL's message. */
export const writeItems = Effect.fnUntraced(function* <A>({ items, name, order, weigh, write }: Written<A>) {
  const refused: Array<string> = []
  for (const chunk of chunked(items.toSorted(order), CHUNK, weigh)) {
    const refusals: ReadonlyArray<Refusal<A>> = yield* writeOrBisect(chunk, write)
    for (const { error, item } of refusals) refused.push(`${name(item)}: ${textOf(error)}`)
  }
  return refused
})

/** As {@link writeItems}, for each of these tables. */
export const writeResults = Effect.fnUntraced(function* (
  { deadLetters, moments, rows }: Pick<Flush, "rows" | "moments" | "deadLetters">,
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
      weigh: ({ description, metadata }) =>
        description.length + (metadata.shared ?? "").length + metadata.repeated_text.length,
      write: statements.moments,
      name: (moment) => `${moment.type} of stream ${JSON.stringify(moment.stream)} at ${instant(moment.timestampMs)}`
    })),
    ...(yield* writeItems({
      items: deadLetters,
      order: byLetterKey,
      weigh: (letter) => Math.min(letter.payload.length, PAYLOAD_LIMIT_BYTES),
      write: statements.deadLetters,
      name: (letter) => `dead letter of ${letter.topic}, partition ${letter.partition}, offset ${letter.offset}`
    }))
  ]
})
