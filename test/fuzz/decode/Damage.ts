/** Small changes of a record's bytes. */
import type { Random } from "../../harness/Random.ts"

/** Bytes that mean something to JSON or UTF-8. */
const SPECIAL = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "0",
  "e",
  ".",
  "-",
  " ",
  "\0",
  "\x1f",
  "\x7f",
  "\x80",
  "\xc3",
  "\xe2",
  "\xf0",
  "\xff"
] as const

const anyByte = (random: Random): string =>
  random.chance(0.6) ? random.pick(SPECIAL) : String.fromCharCode(random.between(0, 255))

/** The bytes after one change. */
export const changed = (bytes: string, random: Random): string => {
  const at = random.between(0, bytes.length)
  const length = random.pick([1, 1, 1, 2, 4, 16])
  const [before, part, after] = [bytes.slice(0, at), bytes.slice(at, at + length), bytes.slice(at + length)]
  switch (random.between(0, 6)) {
    case 0:
      return before + after
    case 1:
      return before + part + part + after
    case 2:
      return before + anyByte(random) + part + after
    case 3:
      return part === ""
        ? before
        : before + String.fromCharCode(part.charCodeAt(0) ^ (1 << random.between(0, 7))) + part.slice(1) + after
    case 4: {
      // Another part of the same record.
      const from = random.between(0, bytes.length)
      return before + bytes.slice(from, from + length) + after
    }
    default:
      return part === "" ? before : before + anyByte(random) + part.slice(1) + after
  }
}
