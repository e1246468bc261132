/**
 * Counts the kinds of records that a seed has drawn. A fuzzer that draws only usual ones proves
 * nothing.
 */
import { scanEvent } from "../../../src/decode/Scanner.ts"
import type { DeadLetterReason } from "../../../src/domain/DeadLetter.ts"
import type { Call, Case } from "./Case.ts"
import { charactersOf } from "./Bytes.ts"
import type { Judged } from "./Reference.ts"

const REASONS = {
  "too-large": "tooLarge",
  "invalid-json": "invalidJson",
  "invalid-event": "invalidEvent",
  "invalid-timestamp": "invalidTimestamp",
  "future-timestamp": "future"
} as const satisfies Record<DeadLetterReason, string>

export const newCoverage = () => ({
  batches: 0,
  emptyBatches: 0,
  records: 0,
  bytes: 0,
  tombstones: 0,
  reread: 0,
  skipped: 0,
  /** Events in the form that the scanner takes. */
  usual: 0,
  /** Events that only the parser takes. */
  unusual: 0,
  chat: 0,
  viewer: 0,
  nonAscii: 0,
  escaped: 0,
  cutEmotes: 0,
  /** Events whose record was wrapped. */
  prefixed: 0,
  texts: 0,
  envelopes: 0,
  /** Events of a mapping, and records that it has made dead. */
  mapped: 0,
  mappedDead: 0,
  /** Events whose time is a number of seconds or microseconds, or names its zone. */
  seconds: 0,
  microseconds: 0,
  namedZones: 0,
  /** Records that were read again under another mapping. */
  remapped: 0,
  longTexts: 0,
  tooLarge: 0,
  invalidJson: 0,
  invalidEvent: 0,
  invalidTimestamp: 0,
  future: 0,
  mutatedEvents: 0,
  mutatedDead: 0,
  atVectorEnds: 0
})
export type Coverage = ReturnType<typeof newCoverage>

const BACKSLASH = 0x5c
const READ_BYTES = 2000

/** Forms of an event's record, from its bytes. */
const countForms = (coverage: Coverage, value: Uint8Array): void => {
  const isPrefixed = value[0] === 0
  const text = charactersOf(value, isPrefixed ? 5 : 0, Math.min(value.length, READ_BYTES))
  if (isPrefixed) coverage.prefixed++
  if (text.trimStart().startsWith('"')) coverage.texts++
  if (/"schema\\?":/.test(text)) coverage.envelopes++
  if (/[:"]\d{9,10}(?:\.\d+)?[\\",}\s]/.test(text)) coverage.seconds++
  if (/[:"]\d{15,16}(?:\.\d+)?[\\",}\s]/.test(text)) coverage.microseconds++
  if (/:\d\d[.\d]* ?(?:UTC|GMT)/.test(text)) coverage.namedZones++
}

export const count = (coverage: Coverage, drawn: Case, call: Call, records: ReadonlyArray<Judged>): void => {
  coverage.batches++
  if (records.length === 0) coverage.emptyBatches++
  coverage.records += records.length
  coverage.bytes += call.batch.records.bytes.length
  for (const [
    index,
    {
      isReread,
      record: { value },
      verdict
    }
  ] of records.entries()) {
    if (isReread) coverage.reread++
    if (verdict._tag === "Tombstone") coverage.tombstones++
    if (verdict._tag === "Skipped") coverage.skipped++
    if (verdict._tag === "Dead") coverage[REASONS[verdict.rejection.reason]]++
    const map = call.settings.fields?.[call.input.kind]
    if (verdict._tag === "Dead" && verdict.rejection.path?.startsWith("/") === true) coverage.mappedDead++
    if (
      isReread &&
      verdict._tag === "Event" &&
      call.reread.earlier.some(({ settings }) => settings.fields?.[call.input.kind] !== map)
    )
      coverage.remapped++
    const isMutated = drawn.records[index]?.isMutated === true
    if (isMutated && verdict._tag === "Event") coverage.mutatedEvents++
    if (isMutated && verdict._tag === "Dead") coverage.mutatedDead++
    if (value !== null && (call.batch.records.ends[index] ?? 0) % 16 === 0) coverage.atVectorEnds++
    if (verdict._tag !== "Event" || value === null) continue
    const { event } = verdict
    coverage[event._tag]++
    if (map !== undefined && !isReread) coverage.mapped++
    countForms(coverage, value)
    if (scanEvent(call.input.kind, value) === undefined) coverage.unusual++
    else coverage.usual++
    if (value.some((byte) => byte > 0x7f)) coverage.nonAscii++
    if (value.includes(BACKSLASH)) coverage.escaped++
    if (event._tag === "viewer") continue
    if (event.cutEmotes > 0) coverage.cutEmotes++
    if (event.text.end - event.text.start > READ_BYTES) coverage.longTexts++
  }
}
