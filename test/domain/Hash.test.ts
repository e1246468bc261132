/**
 * Clients choose the texts that tables hash. If they could choose the hashes, a lookup would cost
 * as much as the table holds.
 */
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { utf8Of } from "../../src/domain/Utf8.ts"
import { Random } from "../harness/Random.ts"

type Hash = typeof import("../../src/domain/Hash.ts")

/** Texts in a table with four times as many places. */
const TEXTS = 2048
const BITS = 13

const MODULE = new URL("../../src/domain/Hash.ts", import.meta.url).pathname
let copies = 0

/** The module of another process: a copy with random numbers of its own. */
const loaded = (): Promise<Hash> => import(`${MODULE}?copy=${copies++}`)

/** The module of a process whose random numbers are those of the seed. */
const seeded = (seed: number): Promise<Hash> => {
  const random = new Random(seed)
  vi.spyOn(crypto, "getRandomValues").mockImplementation((numbers) => {
    if (numbers instanceof Int32Array) for (const index of numbers.keys()) numbers[index] = random.next() * 2 ** 32
    return numbers
  })
  return loaded()
}

const hashIn = ({ hashOf }: Hash, text: string): number => {
  const { bytes, end, start } = utf8Of(text)
  return hashOf(bytes, start, end)
}

/** The place of a text, as tables choose it. */
const placeIn = (hash: Hash, text: string): number => hashIn(hash, text) >>> (32 - BITS)

/** The most places that the lookup of a text reads, by linear probing. */
const longestLookup = (hash: Hash, texts: ReadonlyArray<string>): number => {
  const isTaken = new Uint8Array(2 ** BITS)
  return texts.reduce((longest, text) => {
    let place = placeIn(hash, text)
    let read = 1
    for (; isTaken[place] === 1; read++) place = (place + 1) % isTaken.length
    isTaken[place] = 1
    return Math.max(longest, read)
  }, 0)
}

/** The first texts that have one place. */
const crafted = (hash: Hash, count: number): ReadonlyArray<string> => {
  const texts: Array<string> = []
  for (let number = 0; texts.length < count; number++) {
    const text = `user_${number.toString(36)}`
    if (placeIn(hash, text) === 0) texts.push(text)
  }
  return texts
}

/** Texts that differ in two characters, 64 each, at these places. */
const differingAt = (length: number, first: number, second: number): ReadonlyArray<string> =>
  Array.from({ length: TEXTS }, (_, index) => {
    const characters = Array.from({ length }, () => "x")
    characters[first] = String.fromCharCode(0x21 + (index % 64))
    characters[second] = String.fromCharCode(0x21 + Math.floor(index / 64))
    return characters.join("")
  })

const numbered = (textOf: (number: number) => string): ReadonlyArray<string> =>
  Array.from({ length: TEXTS }, (_, n) => textOf(n))

const FAMILIES: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["are numbers", numbered(String)],
  ["end with numbers", numbered((number) => `user_${String(number).padStart(12, "0")}`)],
  ["begin with numbers", numbered((number) => `${String(number).padStart(8, "0")}_the_same_end`)],
  ["repeat four bytes", numbered((number) => number.toString(16).padStart(4, "0").repeat(4))],
  ["differ in the last two bytes", differingAt(16, 14, 15)],
  ["differ in two halves of the last eight bytes", differingAt(16, 9, 13)],
  ["differ in the first two bytes", differingAt(12, 0, 1)],
  ["differ in two groups of a long text", differingAt(200, 7, 100)]
]

describe("the hash of texts", () => {
  afterEach(() => void vi.restoreAllMocks())

  it("is another one in another process", async () => {
    const [one, other] = [await loaded(), await loaded()]
    assert.notDeepEqual(
      ["", "user", "a longer user"].map((text) => hashIn(one, text)),
      ["", "user", "a longer user"].map((text) => hashIn(other, text))
    )
  })

  it("spreads texts that are crafted against another process", async () => {
    const attacked = await seeded(0)
    const texts = crafted(attacked, 64)
    assert.strictEqual(longestLookup(attacked, texts), 64)
    for (let seed = 1; seed <= 20; seed++) assert.isAtMost(longestLookup(await seeded(seed), texts), 10, `seed ${seed}`)
  })

  it.each(FAMILIES)("spreads texts that %s", async (_, texts) => {
    for (let seed = 1; seed <= 20; seed++) assert.isAtMost(longestLookup(await seeded(seed), texts), 40, `seed ${seed}`)
  })
})
