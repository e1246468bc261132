/**
 * SASLprep (RFC 4013). PostgreSQL applies it to passwords under SCRAM when it stores them and when
 * psql sends them.
 */
import { present } from "../../domain/Invariant.ts"
import {
  LEFT_TO_RIGHT,
  MAPPED_TO_NOTHING,
  PROHIBITED,
  type Ranges,
  RIGHT_TO_LEFT,
  SPACES,
  UNASSIGNED
} from "./StringPrep.ts"

const isIn = (ranges: Ranges, character: string): boolean => {
  const code = present(character.codePointAt(0), "a character has a code point")
  return ranges.some(([first, last]) => first <= code && code <= last)
}

/**
 * RFC 3454, section 6: text with a right-to-left character contains no left-to-right one, and
 * starts and ends with right-to-left.
 */
const isMixed = (characters: ReadonlyArray<string>): boolean => {
  if (!characters.some((character) => isIn(RIGHT_TO_LEFT, character))) return false
  const ends = [characters.at(0), characters.at(-1)].map((end) => present(end, "text with a character has two ends"))
  return (
    characters.some((character) => isIn(LEFT_TO_RIGHT, character)) ||
    ends.some((character) => !isIn(RIGHT_TO_LEFT, character))
  )
}

/**
 * Returns the password in its normal form. A password in ASCII, or one that SASLprep forbids, is
 * unchanged: PostgreSQL and psql do the same.
 */
export const saslPrep = (password: string): string => {
  // oxlint-disable-next-line no-control-regex -- ASCII, control characters included
  if (/^[\u0000-\u007f]*$/.test(password)) return password
  const mapped = [...password]
    .map((character) => (isIn(SPACES, character) ? " " : character))
    .filter((character) => !isIn(MAPPED_TO_NOTHING, character))
  const normal = [...mapped.join("").normalize("NFKC")]
  const isAllowed = !normal.some((character) => isIn(PROHIBITED, character) || isIn(UNASSIGNED, character))
  return normal.length > 0 && isAllowed && !isMixed(normal) ? normal.join("") : password
}
