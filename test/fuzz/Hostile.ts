/**
 * Texts that a hostile producer may send: events just within the accepted limits, and everything
 * outside them. JSON is written by hand, since JSON.stringify writes only well-formed text.
 */
import { EARLIEST_MS, LATEST_MS } from "../../src/decode/Timestamp.ts"
import type { InputKind } from "../../src/domain/Task.ts"
import type { Random } from "../harness/Random.ts"

/** The preferences of a seed, so that each has its own character. */
export interface Taste {
  /** How many names of streams, users and emotes there are; `Infinity` = each is new. */
  readonly streams: number
  readonly users: number
  readonly emotes: number
  /** Emotes of one event, at most. */
  readonly emotesPerEvent: number
  /** How often a field is something odd. */
  readonly oddChance: number
  /** How often the bytes are damaged. */
  readonly damageChance: number
  /** The longest odd text, in characters. */
  readonly longest: number
  /** How often a time is far away. */
  readonly farChance: number
}

export const tasteOf = (random: Random): Taste => ({
  streams: random.pick([1, 3, 3, 50, Number.POSITIVE_INFINITY]),
  users: random.pick([1, 5, 5, 500, Number.POSITIVE_INFINITY]),
  emotes: random.pick([1, 5, 5, 500, Number.POSITIVE_INFINITY]),
  emotesPerEvent: random.pick([0, 3, 3, 40, 256, 257, 2000]),
  oddChance: random.pick([0, 0.01, 0.05, 0.3]),
  damageChance: random.pick([0, 0, 0.02, 0.2]),
  longest: random.pick([300, 300, 5000, 200_000]),
  farChance: random.pick([0, 0, 0.002, 0.05])
})

/**
 * Parts of names, by their trouble: code units, bytes, escapes, quoting in SQL, JSON and CSV,
 * prototypes.
 */
const PIECES = [
  "a",
  "Kappa",
  "é",
  "\u{1F600}",
  "\uFFFD",
  "\uFF41",
  "\u0001",
  "\u007F",
  "\u2028",
  "\u202E",
  "e\u0301",
  "\\",
  '"',
  "'",
  ",",
  "{",
  "}",
  "NULL",
  "=1+1",
  "\r\n",
  "\t",
  "__proto__",
  "constructor",
  " ",
  "%",
  "$1",
  "\u{10FFFF}",
  "\uE000"
] as const

const LENGTHS = [0, 1, 2, 31, 32, 33, 127, 128, 254, 255, 256, 257, 1023, 1024, 4096] as const

/** A text of hostile pieces, of a length at a border. */
export const oddText = (random: Random, longest: number): string => {
  const length = Math.min(random.chance(0.05) ? longest : random.pick(LENGTHS), longest)
  const piece = random.chance(0.5) ? random.pick(PIECES) : undefined
  // The long ones repeat a short one.
  const parts = Array.from({ length: Math.min(length, 300) }, () => piece ?? random.pick(PIECES))
  // Pieces have several characters: cut by code points.
  const text = [...parts.join("")].slice(0, length).join("")
  return text.repeat(Math.ceil(length / 300))
}

/**
 * A text as JSON: escapes where they must be, and sometimes where they need not; lone surrogates
 * and U+0000 in between.
 */
const quoted = (random: Random, text: string): string => {
  let json = JSON.stringify(text)
  if (random.chance(0.05)) json = json.replace(/[a-z]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
  if (random.chance(0.03))
    json = `${json.slice(0, -1)}${random.pick(["\\ud800", "\\udc00", "\\u0000", "\\ud83d\\ud83d"])}"`
  return json
}

const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "1e3",
  "1.5",
  "2147483647",
  "2147483648",
  "4294967296",
  "9007199254740991",
  "9007199254740992",
  "-9007199254740991",
  "1e308",
  "1e309",
  "-1e309",
  "5e-324",
  "0.1e-999",
  "123456789012345678901234567890",
  "007",
  "NaN",
  "Infinity",
  "+1",
  ".5",
  "1."
] as const

const nested = (random: Random): string => {
  const depth = random.pick([1, 7, 8, 9, 100, 5000])
  return random.chance(0.5)
    ? `${"[".repeat(depth)}${"]".repeat(random.chance(0.9) ? depth : depth - 1)}`
    : `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`
}

const oddValue = (random: Random, taste: Taste): string => {
  switch (random.between(0, 6)) {
    case 0:
      return random.pick(NUMBERS)
    case 1:
      return random.pick(["null", "true", "false", "nul", ""])
    case 2:
      return nested(random)
    case 3:
      return `[${Array.from({ length: random.between(0, 300) }, () => random.pick(['""', "1", "null", '"x"'])).join(",")}]`
    default:
      return quoted(random, oddText(random, taste.longest))
  }
}

const TIMES = [
  "2026-01-01T00:00:00Z",
  "2026-02-29T00:00:00Z",
  "1999-12-31T23:59:59.999Z",
  "2099-12-31T23:59:59.999Z",
  "2100-01-01T00:00:00Z",
  "-000001-01-01T00:00:00Z",
  "+294276-12-31T23:59:59Z",
  "9999-12-31T23:59:59Z",
  "0001-01-01T00:00:00Z",
  "infinity",
  "epoch",
  "2026-01-01T00:00:00.999999999999999999Z",
  "2026-01-01 00:00+23:59",
  "2000-01-01T00:00:00+00:01"
] as const

/** Draws names from a pool, or ever new ones. */
class Namer {
  #next = 0
  readonly #prefix: string
  readonly #pool: number
  readonly #width: number

  constructor(random: Random, prefix: string, pool: number) {
    this.#prefix = prefix
    this.#pool = pool
    // Short ones make many entries, long ones many bytes.
    this.#width = random.pick([1, 1, 10, 250])
  }

  name(random: Random): string {
    const number = this.#pool === Number.POSITIVE_INFINITY ? this.#next++ : random.between(0, this.#pool - 1)
    return `${this.#prefix}${number.toString(36)}`.padEnd(this.#width, "~")
  }
}

/** Writes the records of one input. Event time advances with every record. */
export class HostileProducer {
  readonly #kind: InputKind
  readonly #taste: Taste
  readonly #random: Random
  readonly #streams: Namer
  readonly #users: Namer
  readonly #emotes: Namer
  readonly #stepMs: number
  #cursorMs: number

  constructor(kind: InputKind, taste: Taste, random: Random, fromMs: number, stepMs: number) {
    this.#kind = kind
    this.#taste = taste
    this.#random = random
    this.#streams = new Namer(random, "s", taste.streams)
    this.#users = new Namer(random, "u", taste.users)
    this.#emotes = new Namer(random, "e", taste.emotes)
    this.#stepMs = stepMs
    this.#cursorMs = fromMs
  }

  /** A record's value; `null` = a tombstone. */
  value(): Uint8Array | null {
    const random = this.#random
    if (random.chance(0.005)) return null
    const bytes = Buffer.from(this.#text())
    if (!random.chance(this.#taste.damageChance)) return bytes
    if (random.chance(0.3)) return bytes.subarray(0, random.between(0, bytes.length))
    for (let flips = random.between(1, 3); flips > 0 && bytes.length > 0; flips--) {
      bytes[random.between(0, bytes.length - 1)] = random.between(0, 255)
    }
    return bytes
  }

  #text(): string {
    const random = this.#random
    const members = this.#members().map(
      ([name, value]) =>
        `${random.chance(0.05) ? quoted(random, name) : `"${name}"`}:${random.chance(this.#taste.oddChance / 4) ? oddValue(random, this.#taste) : value}`
    )
    if (random.chance(this.#taste.oddChance)) {
      members.splice(
        random.between(0, members.length),
        0,
        `"${random.pick(["emotes", "user_id", "x", "__proto__", "stream_id", "timestamp"])}":${oddValue(random, this.#taste)}`
      )
    }
    const text = `{${members.join(random.chance(0.1) ? " ,\n" : ",")}}`
    return random.chance(0.003) ? `\uFEFF${text}` : text
  }

  #members(): Array<readonly [string, string]> {
    const random = this.#random
    const members: Array<readonly [string, string]> = [
      [random.chance(0.9) ? "stream_id" : "channel", this.#name(this.#streams)],
      ["timestamp", this.#time()]
    ]
    if (this.#kind === "viewer") {
      const viewers = random.chance(0.05) ? "2147483647" : String(random.between(0, 2000))
      return [...members, ["viewer_count", viewers]]
    }
    members.push([random.chance(0.9) ? "user_id" : "username", this.#name(this.#users)])
    members.push([
      "message",
      quoted(
        random,
        random.chance(0.02)
          ? oddText(random, this.#taste.longest)
          : random.pick(["", "love it", "i HATE this", "great great awful"])
      )
    ])
    const emotes = Array.from({ length: random.between(0, this.#taste.emotesPerEvent) }, () => this.#name(this.#emotes))
    members.push(["emotes", `[${emotes.join(",")}]`])
    return members
  }

  #name(namer: Namer): string {
    const random = this.#random
    return random.chance(this.#taste.oddChance / 10)
      ? quoted(random, oddText(random, this.#taste.longest))
      : `"${namer.name(random)}"`
  }

  #time(): string {
    const random = this.#random
    if (random.chance(this.#taste.oddChance / 10)) return `"${random.pick(TIMES)}"`
    this.#cursorMs += random.between(0, this.#stepMs)
    if (random.chance(this.#taste.farChance)) {
      const far = random.between(0, 3)
      if (far === 0) return String(random.pick([EARLIEST_MS, EARLIEST_MS - 1, LATEST_MS - 1, LATEST_MS]))
      if (far === 1) this.#cursorMs += random.between(1, 400) * 86_400_000
      else return String(this.#cursorMs - random.between(0, 400) * 86_400_000)
    }
    const timeMs = this.#cursorMs - (random.chance(0.3) ? random.between(0, 15_000) : 0)
    return random.chance(0.5) || timeMs >= LATEST_MS ? String(timeMs) : `"${new Date(timeMs).toISOString()}"`
  }
}
