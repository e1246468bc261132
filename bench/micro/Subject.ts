/** What is timed of the worker: all that these benchmarks know of `src/` stands here. Each goes through a whole batch, as the worker does. */
import { Result } from "effect"
import { Reactions } from "../../src/reaction/Reactions.ts"
import { tempoOf } from "../../src/anomaly/Tempo.ts"
import { decodeRecord } from "../../src/decode/Decoder.ts"
import type { Event } from "../../src/domain/Event.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { NO_REACTION, type Reaction } from "../../src/domain/Reaction.ts"
import type { PipelineSettings } from "../../src/domain/Settings.ts"
import type { SummaryRow } from "../../src/domain/SummaryRow.ts"
import type { InputKind } from "../../src/domain/Task.ts"
import { textOf } from "../../src/domain/Utf8.ts"
import { ChatModel } from "../../src/sentiment/ChatModel.ts"
import { BaselineModel } from "../../src/sentiment/BaselineModel.ts"
import { insertRows } from "../../src/sink/postgres/Insert.ts"
import { decodeFetchResponse } from "../../src/source/kafka/FetchResponse.ts"
import type * as Half from "../../src/windowing/Half.ts"
import { paneLimits } from "../../src/windowing/PaneLimits.ts"
import * as SlidingWindows from "../../src/windowing/SlidingWindows.ts"
import { WindowOperator } from "../../src/windowing/WindowOperator.ts"
import { DEFAULTS } from "../../test/oracle/Defaults.ts"
import type { OracleRow } from "../../test/oracle/Recount.ts"
import { committed } from "../../test/source/kafka/Drain.ts"
import type { ClosedWindow } from "./naive/ClosedWindow.ts"
import type { Message as SaidMessage } from "./naive/SetsOfWords.ts"
import type { Message, Sample } from "./naive/Parse.ts"

export { UNSCORED } from "../../src/domain/Score.ts"
export type { Reaction } from "../../src/domain/Reaction.ts"
export type { SummaryRow } from "../../src/domain/SummaryRow.ts"

/** The worker's defaults. */
export const SETTINGS: Pick<PipelineSettings, "detection" | "limits" | "read" | "topEmotes" | "window"> = {
  window: DEFAULTS,
  read: DEFAULTS,
  detection: DEFAULTS,
  topEmotes: DEFAULTS.topEmotes,
  limits: DEFAULTS.limits
}

const windows = SlidingWindows.make(SETTINGS.window)

/** Events, in the form in which the worker hands them on. */
export type Decoded = ReadonlyArray<Event>

/** Records as the log gives them. */
export const decode = (kind: InputKind, values: ReadonlyArray<Uint8Array>): Decoded => {
  const events: Array<Event> = []
  for (const value of values) {
    const decoded = decodeRecord(kind, { timestampMs: -1, value }, SETTINGS.read, Number.POSITIVE_INFINITY)
    if (Result.isSuccess(decoded)) events.push(decoded.success)
  }
  return events
}

/** An event as anybody would write it down. */
export const plain = (event: Event): Message | Sample => {
  const { stream, timeMs } = event
  return event._tag === "chat"
    ? { stream, timeMs, user: textOf(event.user), text: textOf(event.text), emotes: event.emotes }
    : { stream, timeMs, viewers: event.viewers }
}

const scoreMicro = (event: Event): number =>
  event._tag === "chat" ? BaselineModel.scoreMicro(event.text, event.emotes) : 0

/** In millionths, by the default model. */
export const scoreChat = (events: Decoded): ReadonlyArray<number> =>
  events.map((event) => (event._tag === "chat" ? ChatModel.scoreMicro(event.text, event.emotes) : 0))

/** In millionths, by the baseline model. */
export const score = (events: Decoded): ReadonlyArray<number> => events.map(scoreMicro)

/** Messages by streams' numbers and panes, as plain objects. */
export const said = (events: Decoded, scores: Int32Array): ReadonlyArray<SaidMessage> => {
  const streams = new Map<string, number>()
  return events.flatMap((event, index) => {
    if (event._tag !== "chat") return []
    const stream = streams.get(event.stream) ?? streams.size
    streams.set(event.stream, stream)
    const { text, user } = event
    return {
      stream,
      pane: windows.paneOf(event.timeMs),
      user: textOf(user),
      text: textOf(text),
      score: scores[index] ?? 0
    }
  })
}

/** The reactions of all streams, span by span: a span of two panes is taken when an event comes that is two panes later, as the watermark's delay has it. */
export const reactTo = (
  events: Decoded,
  messages: ReadonlyArray<SaidMessage>,
  scores: Int32Array
): ReadonlyArray<Reaction> => {
  const reactions = new Reactions()
  const found: Array<Reaction> = []
  let last = messages[0]?.pane ?? 0
  let streams = 0
  const closeTo = (end: number): void => {
    for (; last < end; last++) {
      reactions.open(last - 1, last)
      for (let stream = 0; stream < streams; stream++) {
        const reaction = reactions.of(stream)
        if (reaction.messages > 0) found.push(reaction)
      }
      reactions.evictBefore(last)
    }
  }
  for (const [index, event] of events.entries()) {
    const message = messages[index]
    if (event._tag !== "chat" || message === undefined) throw new Error(`event ${index} is no message`)
    if (message.pane > last + 1) closeTo(message.pane - 1)
    streams = Math.max(streams, message.stream + 1)
    reactions.add(message.stream, message.pane, event.user, event.text, scores[index] ?? 0)
  }
  closeTo(last + 4)
  return found
}

/** Into windows none of which is closed. */
export const fold = (events: Decoded, scores: ReadonlyArray<number>): WindowOperator => {
  const operator = new WindowOperator(
    windows,
    Number.NEGATIVE_INFINITY,
    SETTINGS.topEmotes,
    tempoOf(windows).spanMs,
    paneLimits(windows, SETTINGS.limits, 1)
  )
  for (const [index, event] of events.entries()) operator.add(windows.paneOf(event.timeMs), event, scores[index] ?? 0)
  return operator
}

/** Closes all windows that end at or before the limit, slide by slide as time goes on. */
export const close = (operator: WindowOperator, fromMs: number, limitMs: number): ReadonlyArray<Half.ClosedWindow> => {
  const closed: Array<Half.ClosedWindow> = []
  for (let endMs = fromMs; endMs <= limitMs; endMs += windows.slideMs) {
    for (const window of operator.close(endMs)) if (window !== undefined) closed.push(window)
  }
  return closed
}

export const closedWindows = (closed: ReadonlyArray<Half.ClosedWindow>): ReadonlyArray<ClosedWindow> =>
  closed.flatMap(({ chat, endMs }) =>
    chat.streams.map((stream, place) => ({
      stream,
      endMs,
      chatCount: chat.chatCount[place] ?? 0,
      chatters: Number(chat.chatters[place]),
      scoreMicro: chat.scoreMicro[place] ?? 0,
      positive: chat.positive[place] ?? 0,
      negative: chat.negative[place] ?? 0,
      topEmotes: [...(chat.emotes[place] ?? [])].map(String)
    }))
  )

export const summary = (row: OracleRow): SummaryRow => ({
  ...row,
  reaction: NO_REACTION,
  viewerSum: 0,
  viewerSamples: 0,
  startMs: EventTimeMs(row.startMs),
  endMs: EventTimeMs(row.endMs)
})

/** The records of a broker's answer. */
export const records = (version: number, payload: Buffer) =>
  decodeFetchResponse(version, payload).responses.flatMap(({ partitions }) =>
    partitions.flatMap((partition) => committed(partition, 0n).records)
  )

/** One statement for all. */
export const upsert = insertRows({ sourcePartition: 0, flush: 1 }, false)
