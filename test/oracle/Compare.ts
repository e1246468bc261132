/** Differences between what the oracle expects and what the worker gave, in words. Empty = equal. */
import type { OracleDeadLetter, OracleMoment, OracleRow } from "./Recount.ts"

/** What `compareRows` reads of a row of the worker. */
export interface ActualRow {
  readonly stream: string
  readonly startMs: number
  readonly endMs: number
  readonly chatCount: number
  readonly uniqueChatters: number
  readonly avgSentiment: number | null
  readonly positiveCount: number
  readonly scoredCount: number
  readonly negativeCount: number
  readonly chatRate: number
  readonly avgViewers: number | null
  readonly topEmotes: ReadonlyArray<string>
  readonly complete: boolean
  readonly zScore: number | null
  readonly isAnomaly: boolean
}

/** What `compareMoments` reads of a moment of the worker. */
export interface ActualMoment {
  readonly stream: string
  readonly type: string
  readonly timestampMs: number
  readonly endedAtMs: number
  readonly intensity: number
  readonly metadata: OracleMoment["metadata"]
}

/** What `compareDeadLetters` reads of a dead letter of the worker. */
export interface ActualDeadLetter {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly reason: string
  readonly path: string | null
}

/** How many differences are told; the rest is counted. */
const TOLD = 20

/** Compares rows by (stream, start, end), whatever their order. */
export const compareRows = (
  expected: ReadonlyArray<OracleRow>,
  actual: ReadonlyArray<ActualRow>
): ReadonlyArray<string> =>
  compareKeyed(
    expected,
    actual,
    (row: ActualRow) => `row ${show(row.stream)} [${showTime(row.startMs)}, ${showTime(row.endMs)})`,
    (row: ActualRow) => [
      ["chatCount", row.chatCount],
      ["uniqueChatters", row.uniqueChatters],
      ["avgSentiment", row.avgSentiment],
      ["positiveCount", row.positiveCount],
      ["scoredCount", row.scoredCount],
      ["negativeCount", row.negativeCount],
      ["chatRate", row.chatRate],
      ["avgViewers", row.avgViewers],
      ["topEmotes", row.topEmotes],
      ["complete", row.complete],
      ["zScore", row.zScore],
      ["isAnomaly", row.isAnomaly]
    ]
  )

/** Compares moments by (stream, type, timestamp), whatever their order. Descriptions are for people and not compared. */
export const compareMoments = (
  expected: ReadonlyArray<OracleMoment>,
  actual: ReadonlyArray<ActualMoment>
): ReadonlyArray<string> =>
  compareKeyed(
    expected,
    actual,
    (moment: ActualMoment) => `moment ${show(moment.stream)} ${show(moment.type)} ${showTime(moment.timestampMs)}`,
    (moment: ActualMoment) => [
      ["endedAtMs", moment.endedAtMs],
      ["intensity", moment.intensity],
      ["metadata.window_start", moment.metadata.window_start],
      ["metadata.window_end", moment.metadata.window_end],
      ["metadata.chat_count", moment.metadata.chat_count],
      ["metadata.unique_chatters", moment.metadata.unique_chatters],
      ["metadata.avg_viewers", moment.metadata.avg_viewers],
      ["metadata.avg_sentiment", moment.metadata.avg_sentiment],
      ["metadata.score", moment.metadata.score],
      ["metadata.value", moment.metadata.value],
      ["metadata.baseline_mean", moment.metadata.baseline_mean],
      ["metadata.baseline_deviation", moment.metadata.baseline_deviation],
      ["metadata.baseline_size", moment.metadata.baseline_size],
      ["metadata.top_emotes", moment.metadata.top_emotes],
      ["metadata.top_emotes_before", moment.metadata.top_emotes_before]
    ]
  )

/** Compares dead letters by (topic, partition, offset), whatever their order. */
export const compareDeadLetters = (
  expected: ReadonlyArray<OracleDeadLetter>,
  actual: ReadonlyArray<ActualDeadLetter>
): ReadonlyArray<string> =>
  compareKeyed(
    expected,
    actual,
    (letter: ActualDeadLetter) => `dead letter ${show(letter.topic)} ${letter.partition} @ ${letter.offset}`,
    (letter: ActualDeadLetter) => [
      ["reason", letter.reason],
      ["path", letter.path]
    ]
  )

type Column = readonly [name: string, value: unknown]

const compareKeyed = <A>(
  expected: ReadonlyArray<A>,
  actual: ReadonlyArray<A>,
  keyOf: (item: A) => string,
  columnsOf: (item: A) => ReadonlyArray<Column>
): ReadonlyArray<string> => {
  const differences: Array<string> = []
  let untold = 0
  const tell = (difference: string): void => {
    if (differences.length < TOLD) differences.push(difference)
    else untold++
  }

  const actualByKey = new Map<string, A>()
  for (const item of actual) {
    const key = keyOf(item)
    if (actualByKey.has(key)) tell(`${key}: stands there twice`)
    actualByKey.set(key, item)
  }
  const expectedKeys = new Set<string>()
  for (const item of expected) {
    const key = keyOf(item)
    expectedKeys.add(key)
    const found = actualByKey.get(key)
    if (found === undefined) {
      tell(`${key}: missing`)
      continue
    }
    const foundColumns = new Map<string, unknown>(columnsOf(found))
    for (const [name, value] of columnsOf(item)) {
      const foundValue = foundColumns.get(name)
      if (!isSame(value, foundValue)) tell(`${key}: ${name} expected ${show(value)}, actual ${show(foundValue)}`)
    }
  }
  for (const key of actualByKey.keys()) {
    if (!expectedKeys.has(key)) tell(`${key}: not expected`)
  }
  if (untold > 0) differences.push(`... and ${untold} more`)
  return differences
}

/** Lists element by element, anything else by `Object.is`: 0 is not -0, and two numbers are equal in every bit. */
const isSame = (a: unknown, b: unknown): boolean =>
  Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length && a.every((element, index) => Object.is(element, b[index]))
    : Object.is(a, b)

const show = (value: unknown): string => (typeof value === "number" ? showNumber(value) : JSON.stringify(value))

const showNumber = (value: number): string => (Object.is(value, -0) ? "-0" : String(value))

/** A time that is no date shows as the number it is. */
const showTime = (ms: number): string => {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) || !Number.isInteger(ms) ? String(ms) : date.toISOString()
}
