/** The stored form of the names in sample messages. */
import { createHash } from "node:crypto" // oxlint-disable-line no-restricted-imports -- a hash is no I/O
import type { SampleNames } from "./ChatContent.ts"

/** Hexadecimal digits of a hashed name. */
const HASH_DIGITS = 12

/**
 * A user's name in the stored form. A hash is that of the stream's and the user's name, so it does
 * not follow a person to another stream. Neither name holds U+0000.
 */
export const sampleName = (names: SampleNames, stream: string, user: string): string | null => {
  switch (names) {
    case "shown":
      return user
    case "hashed":
      return createHash("sha256").update(`${stream}\0${user}`).digest("hex").slice(0, HASH_DIGITS)
    case "none":
      return null
  }
}
