/** The collector's events as JSON, in the shape that the worker reads without a mapping. */
import type { NewRecord } from "../source/EventWriter.ts"
import type { ChatMessage, ViewerSample } from "./Platform.ts"

/** The record of an event that is appended at `nowMs`, the collector's clock. */
export const toRecord = (event: ChatMessage | ViewerSample, nowMs: number): NewRecord =>
  event._tag === "Message"
    ? { kind: "chat", stream: event.stream, timestampMs: nowMs, value: JSON.stringify(chatEvent(event)) }
    : { kind: "viewer", stream: event.stream, timestampMs: nowMs, value: JSON.stringify(viewerEvent(event)) }

const chatEvent = ({ badges, bits, emotes, id, stream, text, timeMs, user, userId }: ChatMessage) => ({
  stream_id: stream,
  timestamp: timeMs,
  event_id: id,
  username: user,
  author_id: userId,
  message: text,
  emotes,
  badges,
  ...(bits > 0 ? { bits } : {})
})

const viewerEvent = ({ stream, timeMs, viewers }: ViewerSample) => ({
  stream_id: stream,
  timestamp: timeMs,
  viewer_count: viewers
})
