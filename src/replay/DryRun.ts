/** `telemetra replay --dry-run`: the first events of files as they are understood. */
import { createReadStream } from "node:fs"
import { Clock, Effect, Result } from "effect"
import { decodeRecord } from "../decode/Decoder.ts"
import { escapeControls } from "../domain/EscapeControls.ts"
import type { Event } from "../domain/Event.ts"
import type { ReadSettings } from "../domain/Settings.ts"
import { present } from "../domain/Invariant.ts"
import { textOf } from "../domain/Utf8.ts"
import { counted, number } from "../domain/Wording.ts"
import type { FileSource } from "../source/file/FileLog.ts"
import { isBlank, withoutMark } from "../source/file/Line.ts"
import { LineCutter } from "../source/file/LineCutter.ts"
import { kindOf } from "../source/file/LineKind.ts"
import { type Column, table } from "../terminal/Output.ts"
import { conversionJson } from "./ConversionReport.ts"
import { idAt, listAt, numberAt, parsed } from "./formats/Json.ts"
import type { ConvertedFile } from "./Spool.ts"

/** So many events of each file are shown. */
export const MOST_SHOWN = 10

/** An event in the built-in shape, with its time as ISO 8601. */
export interface ShownEvent {
  readonly stream_id: string
  readonly timestamp: string
  readonly event_id?: string
  readonly username?: string
  readonly author_id?: string
  readonly message?: string
  readonly emotes?: ReadonlyArray<string>
  readonly badges?: ReadonlyArray<string>
  readonly bits?: number
  readonly viewer_count?: number
}

export interface ShownFile {
  readonly file: string
  readonly events: ReadonlyArray<ShownEvent>
  readonly converted: ConvertedFile | undefined
}

/** Fields that no window reads, but the file has. */
const extras = (line: unknown) => {
  const id = idAt(line, "event_id") ?? idAt(line, "message_id")
  const author = idAt(line, "author_id")
  const badges = listAt(line, "badges").filter((badge) => typeof badge === "string")
  const bits = numberAt(line, "bits")
  return {
    ...(id === undefined ? {} : { event_id: id }),
    ...(author === undefined ? {} : { author_id: author }),
    ...(badges.length === 0 ? {} : { badges }),
    ...(bits === undefined ? {} : { bits })
  }
}

const shown = (event: Event, line: unknown): ShownEvent => {
  const stream = { stream_id: textOf(event.stream), timestamp: new Date(event.timeMs).toISOString() }
  if (event._tag === "viewer") return { ...stream, viewer_count: event.viewers }
  const { emotes, text, user } = event
  return { ...stream, username: textOf(user), message: textOf(text), emotes: emotes.map(textOf), ...extras(line) }
}

/** The first events of a file; lines that are none are passed over. */
const firstEvents = async (path: string, read: ReadSettings, clockMs: number): Promise<ReadonlyArray<ShownEvent>> => {
  const lines = new LineCutter(read.maxEventBytes + 1)
  const found: Array<ShownEvent> = []
  const take = (line: Uint8Array): void => {
    const value = withoutMark(line)
    if (isBlank(value) || found.length === MOST_SHOWN) return
    const decoded = decodeRecord(kindOf(value, read.fields), { timestampMs: -1, value }, read, clockMs)
    if (Result.isSuccess(decoded)) found.push(shown(decoded.success, parsed(value)))
  }
  for await (const chunk of createReadStream(path)) {
    lines.push(chunk)
    for (let line = lines.next(); line !== undefined; line = lines.next()) take(line)
    if (found.length === MOST_SHOWN) return found
  }
  const last = lines.last()
  if (last !== undefined) take(last)
  return found
}

export const dryRun = Effect.fn("replay.dryRun")(function* (
  files: ReadonlyArray<FileSource>,
  converted: ReadonlyArray<ConvertedFile>,
  read: ReadSettings
) {
  const clockMs = yield* Clock.currentTimeMillis
  return yield* Effect.forEach(files, ({ name, path }) =>
    Effect.map(
      Effect.promise(() => firstEvents(path, read, clockMs)),
      (events): ShownFile => ({ file: name, events, converted: converted.find(({ file }) => file === name) })
    )
  )
})

const COLUMNS: ReadonlyArray<Column> = [
  { title: "TIME", align: "left" },
  { title: "STREAM", align: "left" },
  { title: "USER", align: "left" },
  { title: "EMOTES", align: "left" },
  { title: "BITS", align: "right" },
  { title: "MESSAGE", align: "left" }
]

const rowOf = ({ bits, emotes, message, stream_id, timestamp, username, viewer_count }: ShownEvent) => [
  timestamp,
  stream_id,
  username ?? "",
  (emotes ?? []).join(" "),
  bits === undefined ? "" : number(bits),
  message ?? counted(present(viewer_count, "an event without a message has viewers"), "viewer")
]

/** A table per file, under the file's name. */
export const dryRunLines = (files: ReadonlyArray<ShownFile>, width: number): ReadonlyArray<string> =>
  files.flatMap(({ events, file }, index) => [
    ...(index === 0 ? [] : [""]),
    escapeControls(file),
    ...table(COLUMNS, events.map(rowOf), width)
  ])

export const dryRunJson = (files: ReadonlyArray<ShownFile>) => ({
  files: files.map(({ converted, events, file }) => ({
    ...(converted === undefined ? { file, format: "ndjson" } : conversionJson(converted)),
    events
  }))
})
