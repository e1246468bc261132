/**
 * The API's answers as they come over the wire: times are ISO 8601 texts in UTC, 64-bit ids are
 * texts. Types alone, so that the page carries nothing of the server.
 */
import type {
  DeadLetterDetail as DeadLetterDetailSchema,
  DeadLetterItem as DeadLetterItemSchema
} from "../../src/api/DeadLetters.ts"
import type {
  BroadcastComparison as BroadcastComparisonSchema,
  BroadcastDetail as BroadcastDetailSchema,
  BroadcastItem as BroadcastItemSchema,
  Difference as DifferenceSchema
} from "../../src/api/Broadcasts.ts"
import type { StreamEmotes as StreamEmotesSchema } from "../../src/api/Emotes.ts"
import type { LiveUpdate as LiveUpdateSchema } from "../../src/api/Live.ts"
import type { Clip as ClipSchema } from "../../src/api/Moments.ts"
import type { MomentDetail as MomentDetailSchema, MomentItem as MomentItemSchema } from "../../src/api/Moments.ts"
import type {
  PipelineHistory as PipelineHistorySchema,
  PipelineStatus as PipelineStatusSchema,
  TaskStatus as TaskStatusSchema
} from "../../src/api/Pipeline.ts"
import type {
  STREAM_ORDERS,
  StreamNow as StreamNowSchema,
  SummaryPoint as SummaryPointSchema
} from "../../src/api/Streams.ts"
import type { Direction, Position, Summary as SummarySchema } from "../../src/api/Values.ts"

import type {
  OverrideItem as OverrideItemSchema,
  SensitivityVersion as SensitivityVersionSchema
} from "../../src/api/Sensitivity.ts"

export type { ChatContent } from "../../src/domain/ChatContent.ts"
export type { MomentMetadata, MomentType } from "../../src/domain/Moment.ts"

export type { Position } from "../../src/api/Values.ts"

export type Summary = (typeof SummarySchema)["Encoded"]
export type StreamNow = (typeof StreamNowSchema)["Encoded"]
export type Order = Direction
export type StreamOrder = (typeof STREAM_ORDERS)[number]
export type SummaryPoint = (typeof SummaryPointSchema)["Encoded"]
export type BroadcastItem = (typeof BroadcastItemSchema)["Encoded"]
export type BroadcastDetail = (typeof BroadcastDetailSchema)["Encoded"]
export type BroadcastComparison = (typeof BroadcastComparisonSchema)["Encoded"]
export type BroadcastDifference = (typeof DifferenceSchema)["Encoded"]
export type StreamEmotes = (typeof StreamEmotesSchema)["Encoded"]
export type Clip = (typeof ClipSchema)["Encoded"]
export type MomentItem = (typeof MomentItemSchema)["Encoded"]
export type MomentDetail = (typeof MomentDetailSchema)["Encoded"]
export type TaskStatus = (typeof TaskStatusSchema)["Encoded"]
export type PipelineHistory = (typeof PipelineHistorySchema)["Encoded"]
export type PipelineStatus = (typeof PipelineStatusSchema)["Encoded"]
export type DeadLetterItem = (typeof DeadLetterItemSchema)["Encoded"]
export type DeadLetterDetail = (typeof DeadLetterDetailSchema)["Encoded"]
export type LiveUpdate = (typeof LiveUpdateSchema)["Encoded"]

export type SensitivityVersion = (typeof SensitivityVersionSchema)["Encoded"]

/** The overrides in force of a stream, and those of all streams. */
export interface Overrides {
  readonly items: ReadonlyArray<(typeof OverrideItemSchema)["Encoded"]>
  /** The threshold without any override. */
  readonly standard: number
}

/** How many dead letters there are of one reason. */
export interface DeadLetterCount {
  readonly reason: string
  readonly count: number
  readonly latest: string
}

export interface Page<Item> {
  readonly items: ReadonlyArray<Item>
  /** The `cursor` of the next page; `null` on the last one. */
  readonly next: string | null
}

/** A page of a list that leads back and states its position. */
export interface PlacedPage<Item> extends Page<Item> {
  readonly previous: string | null
  readonly position: Position | null
}
