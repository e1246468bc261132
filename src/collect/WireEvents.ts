/** The collector's events as JSON, in the shape that the worker reads without a mapping. */
import { chatJson } from "../domain/BuiltInShape.ts"
import type { NewRecord } from "../source/EventWriter.ts"
import type { ChatMessage, ViewerSample } from "./Platform.ts"

/** The record of an event that is appended at `nowMs`, the collector's clock. */
export const toRecord = (event: ChatMessage | ViewerSample, nowMs: number): NewRecord =>
  event._tag === "Message"
    ? { kind: "chat", stream: event.stream, timestampMs: nowMs, value: chatJson(event) }
    : { kind: "viewer", stream: event.stream, timestampMs: nowMs, value: JSON.stringify(viewerEvent(event)) }

const viewerEvent = ({ stream, timeMs, viewers }: ViewerSample) => ({
  stream_id: stream,
  timestamp: timeMs,
  viewer_count: viewers
})
