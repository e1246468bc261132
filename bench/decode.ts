/**
 * The decoder by itself: the same chat in the shapes of several producers. Prints the CPU of an
 * event for each, the least of the rounds, which alternate between the shapes.
 *
 * `node bench/decode.ts [events] [rounds] [shapes, separated by commas]`
 */
import { decodeBatch } from "../src/decode/BatchDecoder.ts"
import type { Batch } from "../src/domain/Batch.ts"
import type { FieldMaps } from "../src/domain/FieldMap.ts"
import { OffsetRuns } from "../src/domain/OffsetRuns.ts"
import { RecordsBuilder } from "../src/domain/RecordsBuilder.ts"
import type { InputKind } from "../src/domain/Task.ts"
import { BaselineModel } from "../src/sentiment/BaselineModel.ts"
import { CORE_SETTINGS } from "./CoreSettings.ts"
import { Load } from "./Load.ts"

const BATCH_RECORDS = 1000

const [events = 200_000, rounds = 10] = process.argv.slice(2, 4).map(Number)
const wanted = process.argv[4]?.split(",")

const load = new Load({ seed: 1, chatEvents: events, streams: 1000, partitions: 1, seconds: 600 })

type Wire = Readonly<Record<string, unknown>>

/** A usual producer of its own: nested objects, other names, unused members. */
const nested = (event: Wire, time: unknown): Wire => ({
  type: "chat",
  ts: time,
  id: event["event_id"],
  channel: { id: 1234567, login: event["stream_id"] },
  sender: { login: event["user_id"], display_name: event["username"], color: null, badges: event["badges"] },
  body: { text: event["message"], emotes: event["emotes"] }
})

const CHAT_FIELDS = {
  stream: "/channel/login",
  time: "/ts",
  id: "/id",
  user: "/sender/login",
  text: "/body/text",
  emotes: "/body/emotes"
} as const

const MAPPED: FieldMaps = { chat: CHAT_FIELDS }

const msOf = (event: Wire): number => Date.parse(String(event["timestamp"]))

const SCHEMA = { type: "struct", name: "chat", optional: false, fields: [{ type: "string", field: "stream_id" }] }

const PREFIX = Buffer.from([0, 0, 0, 0, 7])

interface Shape {
  readonly kind?: InputKind
  readonly fields?: FieldMaps
  readonly value: (event: Wire) => string | Buffer
}

const json = (value: unknown): string => JSON.stringify(value)

const SHAPES: Readonly<Record<string, Shape>> = {
  "built-in": { value: json },
  "viewer samples": { kind: "viewer", value: json },
  "built-in ms": { value: (event) => json({ ...event, timestamp: msOf(event) }) },
  "built-in +00:00": {
    value: (event) => json({ ...event, timestamp: String(event["timestamp"]).replace("Z", "+00:00") })
  },
  "mapped names": {
    fields: { chat: { stream: "/room", time: "/at", id: "/key", user: "/nick", text: "/line", emotes: "/icons" } },
    value: (event) =>
      json({
        key: event["event_id"],
        at: event["timestamp"],
        room: event["stream_id"],
        nick: event["user_id"],
        username: event["username"],
        line: event["message"],
        icons: event["emotes"],
        badges: event["badges"]
      })
  },
  mapped: { fields: MAPPED, value: (event) => json(nested(event, event["timestamp"])) },
  "mapped s": { fields: MAPPED, value: (event) => json(nested(event, Math.floor(msOf(event) / 1000))) },
  "mapped s as float": { fields: MAPPED, value: (event) => json(nested(event, msOf(event) / 1000 + 0.000_123_4)) },
  "mapped us": { fields: MAPPED, value: (event) => json(nested(event, msOf(event) * 1000 + 123)) },
  prefix: { value: (event) => Buffer.concat([PREFIX, Buffer.from(json(event))]) },
  envelope: { value: (event) => json({ schema: SCHEMA, payload: event }) },
  "JSON in JSON": { value: (event) => json(json(event)) }
}

interface Case {
  readonly name: string
  readonly shape: Shape
  readonly batches: ReadonlyArray<Batch>
  readonly bytes: number
  readonly count: number
  leastUs: number
  events: number
}

const caseOf = (name: string, shape: Shape): Case => {
  const kind = shape.kind ?? "chat"
  const batches: Array<Batch> = []
  const count = load.count(kind, 0) - 1
  let bytes = 0
  for (let from = 0; from < count; from += BATCH_RECORDS) {
    const to = Math.min(from + BATCH_RECORDS, count)
    const records = new RecordsBuilder()
    for (let index = from; index < to; index++) {
      const { timestampMs, value } = load.recordAt(kind, 0, index)
      const shaped = Buffer.from(shape.value(JSON.parse(value.toString()) as Wire))
      bytes += shaped.length
      records.push({ offset: BigInt(index), timestampMs, value: shaped })
    }
    batches.push({ input: 0, records: records.finish(), nextOffset: BigInt(to) })
  }
  return { name, shape, batches, bytes, count, leastUs: Number.POSITIVE_INFINITY, events: 0 }
}

const cases = Object.entries(SHAPES)
  .filter(([name]) => wanted === undefined || wanted.includes(name))
  .map(([name, shape]) => caseOf(name, shape))

const REREAD = { untilOffset: 0n, earlier: [], futureOffsets: new OffsetRuns() }

const play = (one: Case): void => {
  const { fields, kind = "chat" } = one.shape
  const settings = { ...CORE_SETTINGS.read, ...(fields === undefined ? {} : { fields }) }
  const input = { topic: "t", partition: 0, kind }
  one.events = 0
  const cpu = process.cpuUsage()
  for (const batch of one.batches) {
    one.events += decodeBatch(input, batch, Number.MAX_SAFE_INTEGER, settings, REREAD, BaselineModel).events.count
  }
  const { system, user } = process.cpuUsage(cpu)
  one.leastUs = Math.min(one.leastUs, (system + user) / one.count)
}

for (let round = 0; round < rounds; round++) for (const one of cases) play(one)
for (const { bytes, count, events: found, leastUs, name } of cases) {
  // oxlint-disable-next-line no-console -- the output of a tool
  console.log(
    `${name.padEnd(20)} ${leastUs.toFixed(3)} us per event, ${Math.round(bytes / count)} bytes, ${found} of ${count} are events`
  )
}
