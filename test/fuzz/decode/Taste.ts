/** The preferences of one batch: some batches are almost usual, others almost garbage. */
import type { Random } from "../../harness/Random.ts"

export interface Taste {
  /** How often a member, a value or a number is something odd. */
  readonly odd: number
  /** How often a part of a text is beyond ASCII. */
  readonly wide: number
  /** How often a part of a text is an escape. */
  readonly escape: number
  /** How often a part of a text is malformed. */
  readonly malformed: number
  /** How often there is white space between tokens. */
  readonly blank: number
  /** How often an object has members that no event has. */
  readonly unknown: number
  /** How often the bytes of a record are changed. */
  readonly mutate: number
  /** How often other bytes are in front of a record. */
  readonly gap: number
  /** How often a text is long. */
  readonly long: number
  /** How often a record has many emotes. */
  readonly crowded: number
  /** How often a record is wrapped. */
  readonly wrapped: number
  /** How often a time is in another unit, or in a zone with a name. */
  readonly timeForms: number
}

export const tasteOf = (random: Random): Taste => ({
  odd: random.pick([0, 0, 0.02, 0.1, 0.3]),
  wide: random.pick([0, 0.05, 0.05, 0.5]),
  escape: random.pick([0, 0, 0.03, 0.3]),
  malformed: random.pick([0, 0, 0.01, 0.1]),
  blank: random.pick([0, 0.05, 0.5]),
  unknown: random.pick([0, 0.3, 1]),
  mutate: random.pick([0, 0.02, 0.05, 0.05, 0.3, 1]),
  gap: random.pick([0, 0.2, 1]),
  long: random.pick([0, 0.02, 0.02, 0.3]),
  crowded: random.pick([0, 0.02, 0.02, 0.3]),
  wrapped: random.pick([0, 0, 0, 0.1, 0.5, 1]),
  timeForms: random.pick([0, 0, 0.1, 0.5, 1])
})
