/** `telemetra moments`: the moments in the tables, and new ones as they are written. */
import { Console, Effect, Option, Schema } from "effect"
import { Command, Flag } from "effect/cli"
import { MOMENT_ORDERS, MomentItem } from "../api/Moments.ts"
import { DIRECTIONS, Instant } from "../api/Values.ts"
import { Config } from "../config/AppConfig.ts"
import { MomentType } from "../domain/Moment.ts"
import { number } from "../domain/Wording.ts"
import { clipOf } from "../query/Clip.ts"
import { type MomentsQuery, readMoments } from "../query/MomentRows.ts"
import { boundedCommand } from "../terminal/BoundedCommand.ts"
import { type Column, printJsonLines, table, terminalWidth } from "../terminal/Output.ts"
import { jsonLinesFlag, limitFlag } from "./ListFlags.ts"
import { readTables, repeatedly } from "./ReadTables.ts"
import { configuredBounded, WITHOUT_SOURCE } from "./Root.ts"

const FOLLOW = "2 seconds"

/** New moments are among this many latest ones. More between two reads are left out. */
const MOST_NEW = 1000

const COLUMNS: ReadonlyArray<Column> = [
  { title: "TIME", align: "left" },
  { title: "STREAM", align: "left" },
  { title: "TYPE", align: "left" },
  { title: "STRENGTH", align: "right" },
  { title: "SECONDS", align: "right" },
  { title: "DESCRIPTION", align: "left" }
]

const toRow = (moment: MomentItem): ReadonlyArray<string> => [
  new Date(moment.timestamp).toISOString(),
  moment.stream_id,
  moment.moment_type,
  moment.intensity === null ? "" : number(moment.intensity, 1),
  moment.ended_at === null ? "" : number((moment.ended_at - moment.timestamp) / 1000, 0),
  moment.description ?? ""
]

const encode = Schema.encodeSync(MomentItem)

const printLines = (items: ReadonlyArray<MomentItem>) => printJsonLines(items.map((moment) => encode(moment)))

const printTable = (items: ReadonlyArray<MomentItem>, hasTitles = true) => {
  const [titles, ...lines] = table(COLUMNS, items.map(toRow), terminalWidth())
  return Effect.forEach(hasTitles ? [titles, ...lines] : lines, (line) => Console.log(line), { discard: true })
}

/** Changes while a moment lasts. */
const stateOf = ({ ended_at, intensity, moment_type }: MomentItem): string => `${ended_at} ${intensity} ${moment_type}`

/** Reads the moments of a query with their clips. */
const read = (query: MomentsQuery) =>
  Effect.gen(function* () {
    const { clip } = yield* Config
    const { items } = yield* readMoments(query)
    return items.map((moment): MomentItem => ({ ...moment, clip: clipOf(clip, moment) }))
  })

/**
 * Prints the moments of the query, oldest first, then those that are written. As JSON a moment
 * comes again with the same id when it continues. In the table it comes once.
 */
const follow = (query: MomentsQuery, json: boolean) =>
  Effect.suspend(() => {
    let known: ReadonlyMap<string, string> | undefined
    return repeatedly(
      Effect.gen(function* () {
        const latest = yield* read({ ...query, sort: "timestamp", order: "desc", limit: MOST_NEW })
        const before = known
        known = new Map(latest.map((moment) => [moment.id, stateOf(moment)]))
        const isNew = (moment: MomentItem): boolean =>
          json ? before?.get(moment.id) !== stateOf(moment) : before?.has(moment.id) !== true
        const fresh = before === undefined ? latest.slice(0, query.limit) : latest.filter(isNew)
        yield* json ? printLines(fresh.toReversed()) : printTable(fresh.toReversed(), before === undefined)
      }),
      FOLLOW
    )
  })

const time = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withSchema(Instant), Flag.withDescription(description), Flag.optional)

export const moments = Command.make(
  "moments",
  {
    stream: Flag.String("stream").pipe(Flag.withDescription("Only moments of this stream"), Flag.optional),
    type: Flag.Literals("type", MomentType.literals).pipe(
      Flag.withDescription("Only moments of this type"),
      Flag.optional
    ),
    minIntensity: Flag.Finite("min-intensity").pipe(
      Flag.withDescription("Only moments of at least this strength"),
      Flag.optional
    ),
    from: time("from", "Moments at or after this time"),
    to: time("to", "Moments before this time"),
    sort: Flag.Literals("sort", MOMENT_ORDERS).pipe(
      Flag.withDescription("The column that sorts the moments"),
      Flag.withDefault("timestamp" as const)
    ),
    order: Flag.Literals("order", DIRECTIONS).pipe(
      Flag.withDescription("The direction: desc is the newest or the strongest first"),
      Flag.withDefault("desc" as const)
    ),
    limit: limitFlag("moments", MOST_NEW, 20),
    json: jsonLinesFlag,
    follow: Flag.Boolean("follow").pipe(
      Flag.withDescription("Print the latest, oldest first, then new ones until Ctrl-C"),
      Flag.withDefault(false)
    )
  },
  (flags) =>
    boundedCommand(
      Effect.suspend(() => {
        const query: MomentsQuery = {
          sort: flags.sort,
          order: flags.order,
          limit: flags.limit,
          ...Option.match(flags.stream, { onNone: () => ({}), onSome: (stream) => ({ stream }) }),
          ...Option.match(flags.type, { onNone: () => ({}), onSome: (type) => ({ type }) }),
          ...Option.match(flags.minIntensity, { onNone: () => ({}), onSome: (least) => ({ min_intensity: least }) }),
          ...Option.match(flags.from, { onNone: () => ({}), onSome: (from) => ({ from }) }),
          ...Option.match(flags.to, { onNone: () => ({}), onSome: (to) => ({ to }) })
        }
        const once = Effect.flatMap(read(query), (found) =>
          flags.json ? printLines(found) : found.length === 0 ? Console.log("No moments") : printTable(found)
        )
        return readTables("the moments", flags.follow ? follow(query, flags.json) : once)
      })
    ).pipe(Effect.provide(configuredBounded(WITHOUT_SOURCE)))
).pipe(
  Command.withDescription("List moments, and follow new ones"),
  Command.withExamples([
    {
      command: "telemetra moments --stream chess24 --sort intensity --limit 5",
      description: "The strongest of a stream"
    },
    { command: "telemetra moments --follow --min-intensity 5", description: "Strong moments as they happen" },
    { command: "telemetra moments --json --from 2026-01-31 | jq -r .description", description: "Their sentences" }
  ])
)
