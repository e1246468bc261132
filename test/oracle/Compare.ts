/**
 * Differences between what the oracle expects and what the worker gave, in words. Empty = equal.
 */
import { NUMBERS } from "./Baseline.ts"
import { BROADCAST_NUMBERS } from "./Broadcasts.ts"
import type { OracleMetadata } from "./Moments.ts"
import type { OracleQuotes } from "./Quotes.ts"
import type { OracleReaction } from "./Reaction.ts"
import type { OracleDeadLetter, OracleMoment, OracleRow } from "./Recount.ts"

/** The part of a row of the worker that `compareRows` reads. */
export interface ActualRow extends Omit<OracleRow, "reaction" | "quotes" | "busiestPaneMs"> {
  readonly reaction: Pick<OracleReaction, "people" | "messages" | "unison" | "moodTexts" | "moodMicro">
}

/** The part of a moment of the worker that `compareMoments` reads. */
export type ActualMoment = OracleMoment

/** The part of a row of table `baselines` that `compareBaselines` reads. */
export interface ActualBaseline {
  readonly stream: string
  readonly numbers: ReadonlyArray<number>
}

/** The part of a dead letter of the worker that `compareDeadLetters` reads. */
export interface ActualDeadLetter {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly reason: string
  readonly path: string | null
}

/** The number of differences that are listed; the rest is counted. */
const REPORTED = 20

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
      ["emoteCounts", row.emoteCounts],
      ["complete", row.complete],
      ["people", row.reaction.people],
      ["messages", row.reaction.messages],
      ["unison", row.reaction.unison],
      ["moodTexts", row.reaction.moodTexts],
      ["moodMicro", row.reaction.moodMicro],
      ["viewerSum", row.viewerSum],
      ["viewerSamples", row.viewerSamples],
      ["slideMessages", row.slideMessages],
      ["slideScored", row.slideScored],
      ["slideScoreMicro", row.slideScoreMicro],
      ["zScore", row.zScore],
      ["isAnomaly", row.isAnomaly]
    ]
  )

/** Compares moments by (stream, opened as, timestamp), whatever their order. */
export const compareMoments = (
  expected: ReadonlyArray<OracleMoment>,
  actual: ReadonlyArray<ActualMoment>
): ReadonlyArray<string> =>
  compareKeyed(
    expected,
    actual,
    (moment: ActualMoment) => `moment ${show(moment.stream)} ${show(moment.openedAs)} ${showTime(moment.timestampMs)}`,
    ({ content, description, endedAtMs, intensity, metadata, type }: ActualMoment) => [
      ["type", type],
      ["endedAtMs", endedAtMs],
      ["intensity", intensity],
      ["description", description],
      ...columnsIn("metadata", METADATA, metadata),
      ...columnsIn("metadata.parts", PARTS, metadata.parts),
      ...quotesIn(content)
    ]
  )

const METADATA = [
  "peak_end",
  "peak_start",
  "span_seconds",
  "people",
  "usual_people",
  "people_deviation",
  "messages",
  "usual_messages",
  "unison",
  "usual_unison",
  "shared",
  "repeated_text",
  "repeated_messages",
  "repeated_people",
  "viewers",
  "usual_viewers",
  "mood",
  "usual_mood",
  "broadcast_start"
] as const satisfies ReadonlyArray<keyof OracleMetadata>

const STREAM_NUMBERS = [...NUMBERS, ...BROADCAST_NUMBERS.map((name) => `broadcast ${name}`)]

const PARTS = ["chat", "viewers", "mood", "silence", "loss"] as const

const columnsIn = <Name extends string>(
  prefix: string,
  names: ReadonlyArray<Name>,
  values: Partial<Record<Name, unknown>>
): ReadonlyArray<Column> => names.map((name) => [`${prefix}.${name}`, values[name]])

/** Each list as one text. */
const quotesIn = (content: OracleQuotes | undefined): ReadonlyArray<Column> => {
  const { emotes, repeated, samples, words } = content ?? {}
  return [
    ["samples", samples?.map(({ at, text, user }) => [text, user, at])],
    ["repeated", repeated && [repeated.text, repeated.messages, repeated.people]],
    ["words", words?.map(({ people, usual, word }) => [word, people, usual])],
    ["emotes", emotes?.map(({ before, count, emote }) => [emote, count, before])]
  ].map(([name, value]): Column => [`content.${String(name)}`, value === undefined ? "none" : JSON.stringify(value)])
}

/** Compares what table `baselines` holds of one task by stream, whatever the order. */
export const compareBaselines = (
  expected: ReadonlyArray<ActualBaseline>,
  actual: ReadonlyArray<ActualBaseline>
): ReadonlyArray<string> =>
  compareKeyed<ActualBaseline>(
    expected,
    actual,
    ({ stream }) => `baseline ${show(stream)}`,
    ({ numbers }) => [
      ["length", numbers.length],
      ...STREAM_NUMBERS.map((name, index): Column => [name, numbers[index]])
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
  let omitted = 0
  const report = (difference: string): void => {
    if (differences.length < REPORTED) differences.push(difference)
    else omitted++
  }

  const actualByKey = new Map<string, A>()
  for (const item of actual) {
    const key = keyOf(item)
    if (actualByKey.has(key)) report(`${key}: occurs twice`)
    actualByKey.set(key, item)
  }
  const expectedKeys = new Set<string>()
  for (const item of expected) {
    const key = keyOf(item)
    expectedKeys.add(key)
    const found = actualByKey.get(key)
    if (found === undefined) {
      report(`${key}: missing`)
      continue
    }
    const foundColumns = new Map<string, unknown>(columnsOf(found))
    for (const [name, value] of columnsOf(item)) {
      const foundValue = foundColumns.get(name)
      if (!isSame(value, foundValue)) report(`${key}: ${name} expected ${show(value)}, actual ${show(foundValue)}`)
    }
  }
  for (const key of actualByKey.keys()) {
    if (!expectedKeys.has(key)) report(`${key}: not expected`)
  }
  if (omitted > 0) differences.push(`... and ${omitted} more`)
  return differences
}

/**
 * Lists element by element, anything else by `Object.is`: 0 is not -0, and two numbers are equal in
 * every bit.
 */
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
