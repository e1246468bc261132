/**
 * Converts one file to NDJSON of the built-in shape, in a stream. Memory holds a chunk, a piece of
 * at most {@link MAX_PIECE_BYTES} and the last {@link REMEMBERED_IDS} ids.
 */
import { EARLIEST_MS, LATEST_MS } from "../../decode/Timestamp.ts"
import { chatJson } from "../../domain/BuiltInShape.ts"
import { MAX_NAME_CODE_POINTS } from "../../domain/Limits.ts"
import {
  type Format,
  type Given,
  type Head,
  type Item,
  MAX_PIECE_BYTES,
  type Piece,
  type Reader,
  type SavedMessage
} from "./Format.ts"

/** A message id that comes again among so many is a repetition: tools overlap their requests. */
const REMEMBERED_IDS = 10_000
/** Longer ids are not remembered. */
const MAX_ID_LENGTH = 128

/** Different reasons that are counted apart; a hostile file may have many. */
const MOST_REASONS = 50
const OTHER_REASONS = "others"

export interface Converted {
  readonly format: string
  /** For people. */
  readonly name: string
  readonly events: number
  /** Items that are no chat messages, by their name in the plural. */
  readonly skipped: ReadonlyMap<string, number>
  /** Items that could not be read, by the reason. */
  readonly unusable: ReadonlyMap<string, number>
  /** Streams that the file names itself, at most {@link MOST_STREAMS}. */
  readonly streams: ReadonlySet<string>
  readonly notes: ReadonlyArray<string>
}

const MOST_STREAMS = 10

/** The facts that neither the file nor a flag states. */
export interface Missing {
  readonly stream: boolean
  readonly start: boolean
}

const add = (counts: Map<string, number>, reason: string): void => {
  const key = counts.has(reason) || counts.size < MOST_REASONS ? reason : OTHER_REASONS
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** An event with a longer emote would be rejected. The worker counts fewer emotes than these. */
const MOST_EMOTES = 1000
const countable = (emotes: ReadonlyArray<string>): ReadonlyArray<string> =>
  emotes.slice(0, MOST_EMOTES).filter((emote) => emote.length <= MAX_NAME_CODE_POINTS)

const lineOf = (message: SavedMessage, stream: string, timeMs: number): string =>
  `${chatJson({ ...message, stream, timeMs, emotes: countable(message.emotes) })}\n`

const FAULTS = { long: `longer than ${MAX_PIECE_BYTES / 1024 / 1024} MiB`, cut: "the file is cut off in it" } as const

export class Conversion {
  readonly #format: Format
  readonly #given: Given
  readonly #reader: Reader
  readonly #skipped = new Map<string, number>()
  readonly #unusable = new Map<string, number>()
  readonly #streams = new Set<string>()
  readonly #ids = new Set<string>()
  #events = 0
  #missing: Missing | undefined

  constructor(format: Format, head: Head, given: Given) {
    this.#format = format
    this.#given = given
    this.#reader = format.open(head, given)
  }

  /** Set once a message lacks its stream or time. Nothing more is converted then. */
  get missing(): Missing | undefined {
    return this.#missing
  }

  /** Takes the next bytes, which must not change afterwards. Returns the lines of their events. */
  push(chunk: Uint8Array): string {
    const { cutter } = this.#reader
    cutter.push(chunk)
    let lines = ""
    for (let piece = cutter.next(); piece !== undefined && this.#missing === undefined; piece = cutter.next()) {
      lines += this.#linesOf(piece)
    }
    return lines
  }

  /** There are no more bytes. */
  end(): string {
    const last = this.#missing === undefined ? this.#reader.cutter.last() : undefined
    return last === undefined ? "" : this.#linesOf(last)
  }

  /** Complete after {@link Conversion.end}. */
  get result(): Converted {
    return {
      format: this.#format.id,
      name: this.#format.name,
      events: this.#events,
      skipped: this.#skipped,
      unusable: this.#unusable,
      streams: this.#streams,
      notes: this.#events === 0 ? [] : this.#reader.notes()
    }
  }

  #linesOf(piece: Piece): string {
    if (piece.fault !== undefined) {
      add(this.#unusable, FAULTS[piece.fault])
      return ""
    }
    let lines = ""
    for (const item of this.#reader.read(piece)) lines += this.#lineOf(item)
    return lines
  }

  #lineOf(item: Item): string {
    if (item._tag !== "Message") {
      if (item._tag === "Skipped") add(this.#skipped, item.what)
      else add(this.#unusable, item.why)
      return ""
    }
    const stream = item.stream ?? this.#given.stream
    const { timeMs } = item
    if (stream === undefined || timeMs === undefined) {
      this.#missing ??= { stream: stream === undefined, start: timeMs === undefined }
      return ""
    }
    if (timeMs < EARLIEST_MS || timeMs >= LATEST_MS) {
      // The event would be rejected, or its number taken for one of another unit.
      add(this.#unusable, "a time outside of the years 2000 to 2099")
      return ""
    }
    if (this.#isRepeated(item.id)) {
      add(this.#skipped, "repetitions of a message")
      return ""
    }
    if (item.stream !== undefined && this.#streams.size < MOST_STREAMS) this.#streams.add(item.stream)
    this.#events++
    return lineOf(item, stream, timeMs)
  }

  #isRepeated(id: string | undefined): boolean {
    if (id === undefined || id.length > MAX_ID_LENGTH) return false
    if (this.#ids.has(id)) return true
    this.#ids.add(id)
    if (this.#ids.size > REMEMBERED_IDS) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest)
        break
      }
    }
    return false
  }
}
