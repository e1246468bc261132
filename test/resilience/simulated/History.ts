/**
 * The contents of the logs: partitions, and producers that write random histories into them while
 * time passes.
 */
import type { LogRecord } from "../../../src/domain/Batch.ts"
import type { PipelineSettings } from "../../../src/domain/Settings.ts"
import type { Input } from "../../../src/domain/Task.ts"
import { chatOf, EMOTES, STREAMS, TEXTS, UNIT_MS, USERS, viewersOf } from "../../pipeline/Crowd.ts"
import type { Random } from "../../harness/Random.ts"
import { leastMembers, mappedMembers } from "./Mappings.ts"

/** One topic partition as the brokers hold it. */
export interface Partition {
  readonly input: Input
  /** All that was ever written, ascending by offset. */
  records: Array<LogRecord>
  /** Records before it are lost. */
  start: bigint
  /**
   * The offset that the next record gets: markers of transactions may lie between it and the last
   * record.
   */
  end: bigint
}

export const emptyPartition = (input: Input): Partition => ({ input, records: [], start: 0n, end: 0n })

const YEAR_MS = 365 * 86_400_000

const encoder = new TextEncoder()
const bytes = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value))

export interface ProducerOptions {
  readonly settings: PipelineSettings
  /** Event time of the first record. */
  readonly fromMs: number
  /** Whether event times stay close to true time, so that wrong clocks matter. */
  readonly live: boolean
  /**
   * Whether event time may leap by a year: the other inputs then wait for this one to become idle.
   */
  readonly leaps: boolean
  /** Whether there are evenings among what happens. */
  readonly evenings: boolean
  /** Whether records hold members for mappings. */
  readonly mapped: boolean
}

export class Producer {
  readonly partition: Partition
  readonly #random: Random
  readonly #options: ProducerOptions
  /** About the time of the next punctual event. */
  #cursorMs: number
  /** Greatest event time so far. */
  #latestMs = Number.NEGATIVE_INFINITY
  /** The same, including events around the future guard. */
  #greatestMs = Number.NEGATIVE_INFINITY

  constructor(partition: Partition, random: Random, options: ProducerOptions) {
    this.partition = partition
    this.#random = random
    this.#options = options
    this.#cursorMs = options.fromMs
  }

  get cursorMs(): number {
    return this.#cursorMs
  }

  /** Greatest time of any event written, those that no clock lets pass included. */
  get latestMs(): number {
    return this.#greatestMs
  }

  /** Writes some records at true time `nowMs`. */
  produce(nowMs: number): void {
    const random = this.#random
    const { evenings, leaps, live, settings } = this.#options
    const { sizeMs, slideMs } = settings.window
    if (evenings && random.chance(0.7)) return this.#passEvening(random.between(1, 6))
    for (let count = random.between(1, 12); count > 0; count--) {
      const stream = random.pick(STREAMS)
      if (random.chance(0.6)) this.#cursorMs += random.between(0, slideMs)
      if (random.chance(0.02)) this.#cursorMs += random.between(1, 3) * sizeMs
      if (leaps && random.chance(0.002)) this.#cursorMs += YEAR_MS
      if (live) this.#cursorMs = Math.min(this.#cursorMs, nowMs)
      const kind = random.next()
      if (kind < 0.84) {
        const timeMs = this.#time()
        // Many copies make bursts, and enough messages for a mood.
        const copies = random.chance(0.04) ? 25 : 1
        for (let copy = 0; copy < copies; copy++) this.#appendEvent(stream, timeMs, timeMs)
        this.#latestMs = Math.max(this.#latestMs, timeMs)
      } else if (kind < 0.89) {
        this.#append(-1, random.chance(0.5) ? new Uint8Array([0xff, 0x7b]) : bytes({ stream_id: "a" }))
      } else if (kind < 0.93) {
        this.#append(-1, null)
      } else if (kind < 0.96) {
        this.partition.end += BigInt(random.between(1, 5))
      } else if (live && kind < 0.985) {
        // Around what a clock lets pass that is right: one that isn't decides otherwise.
        const timeMs = nowMs + settings.read.maxFutureSkewMs + random.between(-3000, 12_000)
        this.#appendEvent(stream, timeMs, timeMs)
      } else {
        // One millisecond more than the record's own timestamp allows.
        const timeMs = this.#cursorMs
        this.#appendEvent(stream, timeMs, timeMs - settings.read.maxFutureSkewMs - 1)
        if (settings.read.futureReference === "clock") this.#latestMs = Math.max(this.#latestMs, timeMs)
      }
    }
  }

  /** Writes one event of the given time that is too large under no settings. */
  produceAt(timeMs: number): void {
    this.#cursorMs = Math.max(this.#cursorMs, timeMs)
    this.#greatestMs = Math.max(this.#greatestMs, timeMs)
    const { kind } = this.partition.input
    const fields = kind === "chat" ? { user_id: "u", message: "" } : { viewer_count: 100 }
    const more = this.#options.mapped ? leastMembers(kind, timeMs) : undefined
    this.#append(timeMs, bytes({ stream_id: "a", timestamp: timeMs, ...fields, ...more }))
  }

  /**
   * Writes what belongs to the next units of the evening: the other input of the task does the same
   * at its own pace.
   */
  #passEvening(units: number): void {
    const { kind, partition } = this.partition.input
    const stream_id = STREAMS[partition] ?? STREAMS[0]
    const first = Math.ceil(this.#cursorMs / UNIT_MS)
    for (let unit = first; unit < first + units; unit++) {
      const events =
        kind === "chat"
          ? chatOf(unit).map(({ emotes, text, timeMs, user }) => ({
              timestamp: timeMs,
              user_id: user,
              message: text,
              emotes
            }))
          : [{ timestamp: unit * UNIT_MS, viewer_count: viewersOf(unit) }]
      for (const event of events) {
        this.#append(event.timestamp, bytes({ stream_id, ...event, ...this.#more(event.timestamp) }))
        this.#latestMs = Math.max(this.#latestMs, event.timestamp)
        this.#greatestMs = Math.max(this.#greatestMs, event.timestamp)
      }
      this.#cursorMs = (unit + 1) * UNIT_MS
    }
  }

  #time(): number {
    const random = this.#random
    const { settings } = this.#options
    const { sizeMs, slideMs } = settings.window
    const delayMs = settings.read.watermarkDelayMs
    const shiftMs = random.chance(0.25) ? -random.between(0, 2 * sizeMs) : -random.between(0, Math.max(1, delayMs))
    const grid = Math.floor((this.#cursorMs + shiftMs) / slideMs) * slideMs
    const hasEvents = this.#latestMs !== Number.NEGATIVE_INFINITY
    switch (random.between(0, 9)) {
      case 0:
        return grid
      case 1:
        return grid - 1
      case 2:
        return hasEvents ? this.#latestMs - delayMs : grid
      case 3:
        return hasEvents ? Math.floor((this.#latestMs - delayMs) / slideMs) * slideMs - 1 : grid
      case 4:
      case 5:
        return this.#cursorMs
      default:
        return this.#cursorMs + shiftMs
    }
  }

  #appendEvent(stream: string, timeMs: number, timestampMs: number): void {
    const random = this.#random
    this.#greatestMs = Math.max(this.#greatestMs, timeMs)
    const fields =
      this.partition.input.kind === "chat"
        ? {
            user_id: random.pick(USERS),
            message: random.pick(TEXTS),
            emotes: EMOTES.filter(() => random.chance(0.3))
          }
        : { viewer_count: random.chance(0.1) ? random.between(0, 2000) : random.between(90, 110) }
    this.#append(timestampMs, bytes({ stream_id: stream, timestamp: timeMs, ...fields, ...this.#more(timeMs) }))
  }

  /** Members for mappings, if there are any. */
  #more(timeMs: number): object | undefined {
    return this.#options.mapped ? mappedMembers(this.partition.input.kind, timeMs, this.#random) : undefined
  }

  #append(timestampMs: number, value: Uint8Array | null): void {
    const { partition } = this
    partition.records.push({ offset: partition.end, timestampMs, value })
    partition.end++
  }
}
