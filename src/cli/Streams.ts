/** `telemetra streams`: the live streams, ranked. */
import { Console, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { STREAM_ORDERS, StreamNow } from "../api/Streams.ts"
import { DIRECTIONS } from "../api/Values.ts"
import { number } from "../domain/Wording.ts"
import { type LiveStreamsQuery, readLiveStreams } from "../query/LiveStreams.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { type Column, printJsonLines, table, terminalWidth } from "../terminal/Output.ts"
import { jsonLinesFlag, limitFlag } from "./ListFlags.ts"
import { readTables, repeatedly } from "./ReadTables.ts"
import { configuredBounded, WITHOUT_SOURCE } from "./Root.ts"

const FOLLOW = "5 seconds"

const COLUMNS: ReadonlyArray<Column> = [
  { title: "STREAM", align: "left" },
  { title: "UP TO", align: "left" },
  { title: "MESSAGES", align: "right" },
  { title: "PEOPLE", align: "right" },
  { title: "VIEWERS", align: "right" },
  { title: "MOOD", align: "right" },
  { title: "STRENGTH", align: "right" },
  { title: "EMOTES", align: "left" }
]

const optional = (value: number | null, digits: number): string => (value === null ? "" : number(value, digits))

const toRow = (stream: StreamNow): ReadonlyArray<string> => [
  stream.stream_id,
  new Date(stream.window_end).toISOString(),
  number(stream.chat_count, 0),
  number(stream.unique_chatters, 0),
  optional(stream.avg_viewers, 0),
  optional(stream.scored_count === 0 ? null : stream.avg_sentiment, 2),
  optional(stream.z_score, 1),
  stream.top_emotes.join(" ")
]

const encode = Schema.encodeSync(StreamNow)

const printTable = (items: ReadonlyArray<StreamNow>) =>
  Console.log(items.length === 0 ? "No live streams" : table(COLUMNS, items.map(toRow), terminalWidth()).join("\n"))

const printLines = (items: ReadonlyArray<StreamNow>) => printJsonLines(items.map((stream) => encode(stream)))

/** Prints the streams whose window is new; `seen` holds the end of the last one of each stream. */
const printNew = (items: ReadonlyArray<StreamNow>, seen: Map<string, number>) => {
  const fresh = items.filter(
    ({ stream_id, window_end }) => (seen.get(stream_id) ?? Number.NEGATIVE_INFINITY) < window_end
  )
  seen.clear()
  for (const { stream_id, window_end } of items) seen.set(stream_id, window_end)
  return printLines(fresh)
}

/** A new table if it differs from the last one, in its place on a terminal. */
const printChanged = (items: ReadonlyArray<StreamNow>, shown: { text: string }) => {
  const text = JSON.stringify(items)
  if (text === shown.text) return Effect.void
  const separator = shown.text === "" ? "" : process.stdout.isTTY ? "\u001b[H\u001b[J" : "\n"
  shown.text = text
  return Effect.andThen(
    separator === "" ? Effect.void : Effect.sync(() => void process.stdout.write(separator)),
    printTable(items)
  )
}

const follow = (query: LiveStreamsQuery, json: boolean) =>
  Effect.suspend(() => {
    const seen = new Map<string, number>()
    const shown = { text: "" }
    return repeatedly(
      Effect.flatMap(readLiveStreams(query), ({ items }) =>
        json ? printNew(items, seen) : printChanged(items, shown)
      ),
      FOLLOW
    )
  })

export const streams = Command.make(
  "streams",
  {
    search: Flag.String("search").pipe(
      Flag.withDescription("Only streams whose name contains this text"),
      Flag.optional
    ),
    sort: Flag.Literals("sort", STREAM_ORDERS).pipe(
      Flag.withDescription("The column that ranks the streams"),
      Flag.withDefault("chat_count" as const)
    ),
    order: Flag.Literals("order", DIRECTIONS).pipe(
      Flag.withDescription("The direction; the default is desc, and asc for stream_id"),
      Flag.optional
    ),
    minScored: Flag.Int("min-scored").pipe(
      Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2_147_483_647 }))),
      Flag.withDescription("Only streams with at least this many messages that show a mood"),
      Flag.withDefault(0)
    ),
    limit: limitFlag("streams", 1000, 20),
    json: jsonLinesFlag,
    follow: Flag.Boolean("follow").pipe(
      Flag.withDescription("Read again every 5 seconds, until Ctrl-C"),
      Flag.withDefault(false)
    )
  },
  (flags) =>
    boundedCommand(
      Effect.suspend(() => {
        const query: LiveStreamsQuery = {
          sort: flags.sort,
          limit: flags.limit,
          min_scored: flags.minScored,
          ...Option.match(flags.order, { onNone: () => ({}), onSome: (order) => ({ order }) }),
          ...Option.match(flags.search, { onNone: () => ({}), onSome: (search) => ({ search }) })
        }
        return readTables(
          "the streams",
          flags.follow
            ? follow(query, flags.json)
            : Effect.flatMap(readLiveStreams(query), ({ items }) =>
                flags.json ? printLines(items) : printTable(items)
              )
        )
      })
    ).pipe(Effect.provide(configuredBounded(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription("List the live streams with the figures of their latest window"),
  Command.withExamples([
    {
      command: "telemetra streams --sort avg_sentiment --order asc --min-scored 10",
      description: "The angriest chats"
    },
    { command: "telemetra streams --follow --limit 10", description: "The ten liveliest chats, refreshed" },
    { command: "telemetra streams --json | jq -r .stream_id", description: "Their names" }
  ])
)
