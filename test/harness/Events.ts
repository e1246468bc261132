/** Events from texts, and their columns. */
import type { ChatEvent, Event, ViewerEvent } from "../../src/domain/Event.ts"
import type { EventColumns } from "../../src/domain/EventColumns.ts"
import { EventColumnsBuilder } from "../../src/domain/EventColumnsBuilder.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { SentimentModel } from "../../src/domain/SentimentModel.ts"
import { utf8Of } from "../../src/domain/Utf8.ts"

export const chat = (
  stream: string,
  timeMs: number,
  user: string,
  text: string,
  emotes: ReadonlyArray<string> = []
): ChatEvent => ({
  _tag: "chat",
  stream: utf8Of(stream),
  timeMs: EventTimeMs(timeMs),
  user: utf8Of(user),
  text: utf8Of(text),
  emotes: emotes.map(utf8Of),
  cutEmotes: 0
})

export const sample = (stream: string, timeMs: number, viewers: number): ViewerEvent => ({
  _tag: "viewer",
  stream: utf8Of(stream),
  timeMs: EventTimeMs(timeMs),
  viewers
})

/** The columns of some events, with the given scores. */
export const columnsOf = (events: ReadonlyArray<Event>, scoresMicro: ReadonlyArray<number> = []): EventColumns => {
  const builder = new EventColumnsBuilder(events.length, 0n)
  for (const [index, event] of events.entries()) builder.add(event, BigInt(index), scoresMicro[index])
  return builder.done()
}

/** A model's score of one message. */
export const scoreOf = (model: SentimentModel, text: string, emotes: ReadonlyArray<string> = []): number =>
  model.scoreMicro(columnsOf([chat("s", 0, "u", text, emotes)]), 0)
