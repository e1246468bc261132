/**
 * A checkpoint as a row: numbers as BIGINT, settings and inputs as JSON. The JSON holds offsets as
 * text and "no event yet" as null.
 */
import { Effect, Schema, SchemaGetter } from "effect"
import { CHECKPOINT_VERSION, type Checkpoint, type InputCheckpoint } from "../../domain/Checkpoint.ts"
import { BEFORE_ALL, EventTimeMs } from "../../domain/EventTime.ts"
import type { ReadSettings } from "../../domain/Settings.ts"
import { ResultStoreError } from "../ResultStore.ts"
import { type Place, serverAt } from "../../postgres/Place.ts"
import { onOneLine } from "./StoreErrors.ts"

/** The pointers of FieldMap.ts. */
const Pointers = Schema.Struct({
  stream: Schema.optionalKey(Schema.String),
  time: Schema.optionalKey(Schema.String),
  id: Schema.optionalKey(Schema.String),
  user: Schema.optionalKey(Schema.String),
  text: Schema.optionalKey(Schema.String),
  emotes: Schema.optionalKey(Schema.String),
  viewers: Schema.optionalKey(Schema.String)
})

const StoredRead = Schema.Struct({
  watermarkDelayMs: Schema.Int,
  maxFutureSkewMs: Schema.Int,
  futureReference: Schema.Literals(["record", "clock"]),
  maxEventBytes: Schema.Int,
  fields: Schema.optionalKey(
    Schema.Struct({ chat: Schema.optionalKey(Pointers), viewer: Schema.optionalKey(Pointers) })
  ),
  forms: Schema.optionalKey(Schema.Int)
})

/** The forms of records that this release accepts. Earlier releases wrote no number. */
const FORMS = 2

const Read = StoredRead.pipe(
  Schema.decodeTo(
    Schema.declare((u): u is ReadSettings => typeof u === "object"),
    {
      decode: SchemaGetter.transform(({ forms, ...read }: typeof StoredRead.Type): ReadSettings =>
        forms === FORMS ? read : { ...read, plainOnly: true }
      ),
      encode: SchemaGetter.transform((read: ReadSettings): typeof StoredRead.Type => readJson(read))
    }
  )
)

/** Settings as the JSON holds them. */
const readJson = ({ plainOnly, ...read }: ReadSettings): typeof StoredRead.Type =>
  plainOnly === true ? read : { ...read, forms: FORMS }

const Settings = Schema.Struct({
  window: Schema.Struct({ sizeMs: Schema.Int, slideMs: Schema.Int }),
  read: Read,
  partialToMs: Schema.NullOr(Schema.Int),
  windowSinceMs: Schema.optional(Schema.Int),
  emitted: Schema.optional(
    Schema.Struct({ endMs: Schema.Int, stream: Schema.String, offsets: Schema.Array(Schema.BigIntFromString) })
  )
})

/**
 * The names in the column are older: `replayOffset` is the re-read offset, `counts` means active.
 */
const Inputs = Schema.Array(
  Schema.Struct({
    kind: Schema.Literals(["chat", "viewer"]),
    topic: Schema.String,
    partition: Schema.Int,
    nextOffset: Schema.BigIntFromString,
    replayOffset: Schema.BigIntFromString,
    maxTimeBeforeReplayMs: Schema.NullOr(Schema.Int),
    counts: Schema.Boolean,
    earlier: Schema.Array(Schema.Struct({ untilOffset: Schema.BigIntFromString, settings: Read }))
  })
)

/** The columns as {@link COLUMNS} selects them. */
export const StoredCheckpoint = Schema.Struct({
  source_partition: Schema.Int,
  version: Schema.Int,
  epoch: Schema.BigInt,
  flush: Schema.BigInt,
  /** Milliseconds since the epoch; `null` = no event yet, infinite = the input has ended. */
  watermark: Schema.NullOr(Schema.Number),
  settings: Schema.Unknown,
  inputs: Schema.Unknown
})
type StoredCheckpoint = typeof StoredCheckpoint.Type

export const COLUMNS =
  "source_partition, version, epoch, flush, (extract(epoch FROM watermark) * 1000)::float8 AS watermark, settings, inputs"

const jsonOf = (timeMs: EventTimeMs): number | null => (timeMs === BEFORE_ALL ? null : timeMs)

const timeOf = (json: number | null): EventTimeMs => (json === null ? BEFORE_ALL : EventTimeMs(json))

export const settingsJson = ({ emitted, partialToMs, read, window, windowSinceMs }: Checkpoint): unknown => ({
  window,
  read: readJson(read),
  partialToMs: jsonOf(partialToMs),
  ...(windowSinceMs === undefined ? {} : { windowSinceMs }),
  ...(emitted === undefined ? {} : { emitted: { ...emitted, offsets: emitted.offsets.map(String) } })
})

export const inputsJson = (inputs: ReadonlyArray<InputCheckpoint>): unknown =>
  inputs.map((input) => ({
    kind: input.kind,
    topic: input.topic,
    partition: input.partition,
    nextOffset: String(input.nextOffset),
    replayOffset: String(input.rereadOffset),
    maxTimeBeforeReplayMs: jsonOf(input.maxTimeBeforeRereadMs),
    counts: input.active,
    earlier: input.earlier.map(({ settings, untilOffset }) => ({
      untilOffset: String(untilOffset),
      settings: readJson(settings)
    }))
  }))

const unreadable = (place: Place, sourcePartition: number, why: string, cause?: unknown): ResultStoreError =>
  new ResultStoreError({
    reason: "Checkpoint",
    detail: `${serverAt(place)}: the checkpoint of task ${sourcePartition} in schema ${place.schema} ${why}`,
    cause
  })

/** Fails with `Checkpoint` if the row has a newer version or content that no worker writes. */
export const decodeCheckpoint = Effect.fnUntraced(function* (
  place: Place,
  row: StoredCheckpoint
): Effect.fn.Return<Checkpoint, ResultStoreError> {
  const refuse = (why: string, cause?: unknown) => unreadable(place, row.source_partition, why, cause)
  if (row.version > CHECKPOINT_VERSION) {
    return yield* refuse(
      `has version ${row.version}, and this worker reads versions up to ${CHECKPOINT_VERSION}. Run the worker that wrote it, or a newer one`
    )
  }
  const part = <A, I>(name: string, schema: Schema.Codec<A, I>, value: unknown) =>
    Schema.decodeUnknownEffect(schema)(value).pipe(
      Effect.mapError((error) =>
        refuse(
          `is unreadable: ${name}: ${onOneLine(error.message)}. Restore the row from a backup. Or lose only the position: stop the workers, DELETE FROM ${place.schema}.checkpoints WHERE source_partition = ${row.source_partition}, and start with KAFKA_STARTING_OFFSETS=latest. Or use another KAFKA_GROUP_ID and POSTGRES_SCHEMA`,
          error
        )
      )
    )
  const { emitted, partialToMs, read, window, windowSinceMs } = yield* part("settings", Settings, row.settings)
  const inputs = yield* part("inputs", Inputs, row.inputs)
  return {
    sourcePartition: row.source_partition,
    epoch: Number(row.epoch),
    flushNumber: Number(row.flush),
    watermarkMs: timeOf(row.watermark),
    ...(emitted === undefined ? {} : { emitted: { ...emitted, endMs: EventTimeMs(emitted.endMs) } }),
    window,
    read,
    partialToMs: timeOf(partialToMs),
    ...(windowSinceMs === undefined ? {} : { windowSinceMs: EventTimeMs(windowSinceMs) }),
    inputs: inputs.map(({ counts, maxTimeBeforeReplayMs, replayOffset, ...input }) => ({
      ...input,
      rereadOffset: replayOffset,
      maxTimeBeforeRereadMs: timeOf(maxTimeBeforeReplayMs),
      active: counts
    }))
  }
})

/** The error for a row that must exist and does not. */
export const missingCheckpoint = (place: Place, sourcePartition: number): ResultStoreError =>
  unreadable(place, sourcePartition, "does not exist. Restart the worker, which creates it")
