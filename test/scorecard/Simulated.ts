/** The streams of simulated platforms, with what happens in them. */
import { Result } from "effect"
import { parseEvent } from "../../src/decode/Parser.ts"
import { scanEvent } from "../../src/decode/Scanner.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import type { Event } from "../../src/domain/Event.ts"
import type { InputKind } from "../../src/domain/Task.ts"
import { hubCount, pick } from "../../src/source/simulator/Cast.ts"
import { Draws, hash } from "../../src/source/simulator/Draws.ts"
import { Simulator } from "../../src/source/simulator/Simulator.ts"
import type { Truth as SimulatedTruth } from "../../src/source/simulator/Truth.ts"
import { NEGATIVE, NEUTRAL, OPENERS, POSITIVE, TAILS } from "../../src/source/simulator/Vocabulary.ts"
import { chat } from "../harness/Events.ts"
import { inOrder, type Scene, type Truth } from "./Scene.ts"

/** Something that happens in a simulated stream. */
export interface StreamTruth extends Truth {
  readonly kind: SimulatedTruth["kind"]
  /** The expected direction; `undefined`: no alert is expected. */
  readonly moment: SimulatedTruth["moment"]
  /** Whether it is the second burst of a cluster. */
  readonly again: boolean
}

export interface SimulatedStream extends Scene {
  readonly truths: ReadonlyArray<StreamTruth>
}

const START_MS = Date.UTC(2026, 2, 1)
const HOUR_MS = 3_600_000
/** Streams of 1 to 250 messages a minute, with one viewer sample in half a minute. */
const PLATFORM = {
  partitions: 1,
  channelsPerPartition: 40,
  perSecond: { chat: 30, viewer: 1 },
  momentEveryMs: 180_000,
  originMs: START_MS,
  lateShare: 0,
  malformedShare: 0,
  futureShare: 0
}
/** A stream with fewer events shows nothing. */
const LEAST_EVENTS = 60

const readInto = (streams: Map<string, Array<Event>>, simulator: Simulator, kind: InputKind, hours: number): void => {
  const records = simulator.pace(kind).perSecond * 3600 * hours
  for (let offset = 0; offset < records; offset++) {
    const { key, value } = simulator.recordAt(kind, 0, BigInt(offset))
    if (value === null) throw new Error(`record ${offset} is a tombstone`)
    const event = scanEvent(kind, value) ?? Result.getOrThrow(parseEvent(kind, value))
    const own = streams.get(key)
    if (own === undefined) streams.set(key, [event])
    else own.push(event)
  }
}

/** The streams of one platform over some hours. */
export const platformOf = (seed: number, hours: number): ReadonlyArray<SimulatedStream> => {
  const simulator = new Simulator({ ...PLATFORM, seed })
  const streams = new Map<string, Array<Event>>()
  readInto(streams, simulator, "chat", hours)
  readInto(streams, simulator, "viewer", hours)
  // Hubs give what the others take, so their chat falls and rises with that of others.
  const shown = new Set(simulator.streams(0).slice(hubCount(PLATFORM.channelsPerPartition)))
  const truths = simulator.truth(START_MS, START_MS + hours * HOUR_MS)
  return [...streams]
    .filter(([name, events]) => shown.has(name) && events.length >= LEAST_EVENTS)
    .map(([name, events]) => ({
      name,
      events: inOrder(events),
      truths: truths
        .filter(({ stream }) => stream === name)
        .map(({ again, endMs, kind, moment, startMs }) => ({ kind, moment, again, fromMs: startMs, toMs: endMs }))
    }))
}

const any = (list: ReadonlyArray<string>, draws: Draws): string => pick(list, draws.below(list.length))

/** A third of the texts has a tone. */
const someText = (draws: Draws): string => {
  const tone = draws.unit()
  return any(OPENERS, draws) + any(tone < 0.25 ? POSITIVE : tone < 0.35 ? NEGATIVE : NEUTRAL, draws) + any(TAILS, draws)
}

/** Messages at random times, 25 a minute, and nothing else. */
export const randomChat = (hours: number, seed: number): Scene => {
  const draws = new Draws(hash(seed, hours))
  const events = Array.from({ length: 25 * 60 * hours }, () =>
    chat(
      "random chat",
      EventTimeMs(START_MS + draws.below(hours * HOUR_MS)),
      `someone${Math.floor(300 * draws.unit() ** 2)}`,
      someText(draws)
    )
  )
  return { name: "random chat", events: inOrder(events), truths: [] }
}
