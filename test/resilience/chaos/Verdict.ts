/** Compares the tables with the oracle's recount of the log, row by row. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Kafka, KafkaMessage } from "kafkajs"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import { PAYLOAD_LIMIT_BYTES } from "../../../src/domain/DeadLetter.ts"
import { momentId } from "../../../src/domain/Notification.ts"
import { momentRecord, windowRecord } from "../../../src/source/ResultRecords.ts"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { baselineFindings, learnedUnder } from "../../oracle/BaselineTable.ts"
import { compareDeadLetters, compareMoments, compareRows } from "../../oracle/Compare.ts"
import { decode } from "../../oracle/Decode.ts"
import { type OracleInput, type OracleSettings, recount, NO_DECISIONS } from "../../oracle/Recount.ts"
import { audit, history } from "./Audit.ts"
import { type Ends, readPartition, toRecord } from "./LogReader.ts"

export interface Verdict {
  readonly events: number
  readonly rows: number
  readonly moments: number
  readonly deadLetters: number
  /** Records in the topics of results. */
  readonly publishedResults: number
  /** The ids of all moments in the tables. */
  readonly momentIds: ReadonlyArray<string>
  /** In words; empty = equal. */
  readonly differences: ReadonlyArray<string>
}

/** A topic of one partition, and its end offset. */
interface OneTopic {
  readonly name: string
  readonly end: bigint
}

export interface VerdictOptions {
  readonly kafka: Kafka
  readonly sql: SqlClient
  readonly schema: string
  readonly checkpoints: ReadonlyArray<Checkpoint>
  readonly settings: OracleSettings
  /** End offset of each partition by topic. */
  readonly ends: ReadonlyMap<string, ReadonlyArray<bigint>>
  /** The topic of one partition to which dead letters go, and its end offset. */
  readonly deadLetterTopic: OneTopic
  /** The topics of one partition that receive results. */
  readonly results: { readonly moments: OneTopic; readonly windows: OneTopic }
}

/** The maximum of reported problems of one task's history. */
const REPORTED = 20

const keyOf = (topic: string, partition: number | string, offset: bigint | string): string =>
  `${topic} ${partition} @ ${offset}`

/** The origin of a published dead letter, by its headers, and its bytes. */
const publication = ({ headers, value }: KafkaMessage): readonly [string, Buffer | null] => {
  const header = (name: string): string => String(headers?.[name])
  return [keyOf(header("topic"), header("partition"), header("offset")), value]
}

/** The task's watermark once all has been read: no input has been idle. */
const watermarkOf = (inputs: ReadonlyArray<OracleInput>, settings: OracleSettings): number =>
  Math.min(
    ...inputs.map(({ kind, records }) => {
      let greatestMs = Number.NEGATIVE_INFINITY
      for (const { timestampMs, value } of records) {
        if (value === null) continue
        const event = decode(kind, value, settings.maxEventBytes, settings.fields)
        if (event.kind === "dead" || event.timeMs - timestampMs > settings.maxFutureSkewMs) continue
        greatestMs = Math.max(greatestMs, event.timeMs)
      }
      return greatestMs - settings.watermarkDelayMs
    })
  )

/** JSON with sorted keys: PostgreSQL's JSONB has an order of its own. */
const canonical = (json: string): string =>
  JSON.stringify(
    JSON.parse(json, (_, value: unknown) =>
      value !== null && typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value
    )
  )

type Rows = Effect.Success<ResultTables["Service"]["rows"]>
type Moments = Effect.Success<ResultTables["Service"]["moments"]>

/**
 * Every row and moment of the tables is in its topic, as it is in the tables. At least once:
 * records may be there again, and a moment is there in its earlier states too.
 */
const resultFindings = Effect.fnUntraced(function* (
  { kafka, results }: Pick<VerdictOptions, "kafka" | "results">,
  rows: Rows,
  moments: Moments
) {
  const read = ({ end, name }: OneTopic) =>
    Effect.map(
      readPartition(kafka, 0, new Map([[name, end]]), ({ value }) => String(value)),
      (all) => all.get(name) ?? []
    )
  const windows = yield* read(results.windows)
  const states = yield* read(results.moments)
  const published = new Set([...windows, ...states].map(canonical))
  const isMissing = (value: string): boolean => !published.has(canonical(value))
  return {
    records: windows.length + states.length,
    differences: [
      ...rows.map((row) => windowRecord(row.sourcePartition, row).value),
      ...moments.map((moment) => momentRecord(moment.sourcePartition, moment).value)
    ]
      .filter(isMissing)
      .map((value) => `not published: ${value}`)
      .slice(0, REPORTED)
  }
})

/**
 * Compares the tables with a recount of the log. Longer than 70 lines: one comparison after the
 * other, over the same records.
 */
export const judge = Effect.fnUntraced(function* (options: VerdictOptions) {
  const { checkpoints, deadLetterTopic, ends, kafka, schema, settings, sql } = options
  const tables = yield* ResultTables
  const rows = yield* tables.rows
  const moments = yield* tables.moments
  const baselines = yield* tables.baselines
  const deadLetters = yield* tables.deadLetters
  const changes = yield* history(sql, schema)
  const differences: Array<string> = []
  const publications = yield* readPartition(
    kafka,
    0,
    new Map([[deadLetterTopic.name, deadLetterTopic.end]]),
    publication
  )
  // At least once: the same letter may be there again.
  const published = new Map(publications.get(deadLetterTopic.name))
  const found = { events: 0, rows: 0, moments: 0, deadLetters: 0 }

  for (const checkpoint of checkpoints) {
    const { sourcePartition, watermarkMs } = checkpoint
    const endsHere: Ends = new Map([...ends].map(([topic, all]) => [topic, all[sourcePartition] ?? 0n]))
    const records = yield* readPartition(kafka, sourcePartition, endsHere, toRecord)
    const inputs = checkpoint.inputs.map(({ kind, partition, topic }): OracleInput => ({
      kind,
      topic,
      partition,
      records: records.get(topic) ?? [],
      ...NO_DECISIONS
    }))
    const expectedMs = watermarkOf(inputs, settings)
    if (watermarkMs !== expectedMs) {
      differences.push(`task ${sourcePartition}: watermark expected ${expectedMs}, actual ${watermarkMs}`)
    }
    const expected = recount(inputs, settings, expectedMs)
    const ofTask = <A extends { readonly sourcePartition: number }>(all: ReadonlyArray<A>) =>
      all.filter((item) => item.sourcePartition === sourcePartition)
    const letters = deadLetters.filter(({ partition }) => partition === sourcePartition)
    differences.push(
      ...compareRows(expected.rows, ofTask(rows)),
      ...compareMoments(expected.moments, ofTask(moments)),
      ...baselineFindings(learnedUnder(expected.learned, settings, { watermarkMs: expectedMs }), ofTask(baselines)),
      ...compareDeadLetters(expected.deadLetters, letters),
      ...audit(
        sourcePartition,
        changes.filter(({ task }) => task === sourcePartition),
        expected.counts
      ).slice(0, REPORTED)
    )
    for (const { offset, payload, payloadBytes, topic } of letters) {
      const value = records.get(topic)?.[Number(offset)]?.value ?? null
      const kept = value === null ? undefined : Buffer.from(value).subarray(0, PAYLOAD_LIMIT_BYTES)
      if (kept === undefined || !kept.equals(payload) || payloadBytes !== value?.length) {
        differences.push(`dead letter ${topic} ${sourcePartition} @ ${offset}: other bytes than the log's`)
      }
      const key = keyOf(topic, sourcePartition, offset)
      const whole = published.get(key)
      published.delete(key)
      if (value === null || whole?.equals(value) !== true) {
        differences.push(`dead letter ${key}: not published, or with other bytes than the log's`)
      }
    }
    found.events += inputs.reduce((sum, input) => sum + input.records.length, 0)
    found.rows += expected.rows.length
    found.moments += expected.moments.length
    found.deadLetters += expected.deadLetters.length
  }

  for (const key of published.keys()) differences.push(`dead letter ${key}: published, but not in the tables`)
  const gaps = yield* sql.unsafe<{ topic: string; partition: number }>("SELECT topic, partition FROM gaps")
  for (const { partition, topic } of gaps) differences.push(`gap in ${topic} partition ${partition}: nothing was lost`)
  if (found.rows === 0) differences.push("no row was expected: the run proved nothing")
  const publishedResults = yield* resultFindings(options, rows, moments)
  differences.push(...publishedResults.differences)
  const verdict: Verdict = {
    ...found,
    publishedResults: publishedResults.records,
    momentIds: moments.map((moment) => momentId(moment.sourcePartition, moment)),
    differences
  }
  return verdict
})
