/**
 * One seed of `npm run fuzz -- decode`: batches through the decoder, one after the other, and the
 * reference for each. A difference is made small and reported with its bytes.
 */
import { decodeBatch } from "../../../src/decode/BatchDecoder.ts"
import type { DecodedBatch } from "../../../src/domain/DecodedBatch.ts"
import { Random } from "../../harness/Random.ts"
import { ascii } from "./Bytes.ts"
import { type Call, callOf, type Case } from "./Case.ts"
import { count, newCoverage } from "./Coverage.ts"
import { casesOf } from "./Draw.ts"
import { linesOf } from "./Lines.ts"
import { expectedLines, judged } from "./Reference.ts"
import { shrunk, sizeOf } from "./Shrink.ts"

export type Decode = (call: Call) => DecodedBatch

/** The decoder of the worker. */
export const decodeCall: Decode = ({ batch, clockMs, input, model, reread, settings }) =>
  decodeBatch(input, batch, clockMs, settings, reread, model)

/** A seed's batches share the decoder's memory. */
const BATCHES = 12
/** So many batches are read again at the end of the seed. */
const KEPT = 4
const MAX_SHOWN = 2000

/** A value as JSON of ASCII. `Buffer.from(<it>, "latin1")` gives the bytes of a string back. */
const show = (value: unknown): string => {
  const shown = ascii(JSON.stringify(value))
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}... (${shown.length} characters)` : shown
}

/** The fields in which two lines differ, or both lines. */
const compared = (expected: string | undefined, found: string | undefined): string => {
  const none = "nothing"
  if (expected === undefined || found === undefined)
    return `expected ${show(expected ?? none)}\n  found    ${show(found ?? none)}`
  const [a, b] = [JSON.parse(expected), JSON.parse(found)] as [Record<string, unknown>, Record<string, unknown>]
  const differs = Object.keys({ ...a, ...b }).filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
  const fields = (line: Record<string, unknown>): string =>
    show(Object.fromEntries(["offset", ...differs].map((key) => [key, line[key]])))
  return `expected ${fields(a)}\n  found    ${fields(b)}`
}

const differenceOf = (expected: ReadonlyArray<string>, found: ReadonlyArray<string>): string | undefined => {
  const at = expected.findIndex((line, index) => line !== found[index])
  if (at >= 0) return compared(expected[at], found[at])
  return found.length === expected.length ? undefined : compared(undefined, found[expected.length])
}

const expectedOf = (call: Call): ReadonlyArray<string> => expectedLines(call, judged(call))

const foundLines = (call: Call, decoded: DecodedBatch): ReadonlyArray<string> => linesOf(call.input.kind, decoded)

/** Decodes a call. Returns the difference from the reference, if there is one. */
const tryOne = (call: Call, expected: ReadonlyArray<string>, decode: Decode): string | undefined => {
  const { bytes } = call.batch.records
  const before = new Uint8Array(bytes)
  try {
    const difference = differenceOf(expected, foundLines(call, decode(call)))
    if (difference !== undefined) return difference
  } catch (error) {
    return `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
  return Buffer.compare(before, bytes) === 0 ? undefined : "the record's bytes were changed"
}

const describe = (small: Case): string => {
  const { input, model, records, settings, tail, ...rest } = small
  const around = JSON.stringify({ kind: input.kind, model: model.name, ...settings, ...rest }, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value
  )
  const bytes = records.map(
    ({ gap, timestampMs, value }) =>
      `${gap === "" ? "" : `behind ${show(gap)} `}${value === null ? "a tombstone" : show(value)} of ${timestampMs} ms`
  )
  const last = tail === "" ? "" : `\n  then ${show(tail)}`
  return `${records.length} records, bytes as latin1:\n  ${bytes.slice(0, 5).join("\n  ")}${last}\n  ${around}`
}

/** Reports a difference of the last case by the smallest batch that still has one. */
const report = (cases: ReadonlyArray<Case>, difference: string, decode: Decode): string => {
  const failed = cases.at(-1)
  if (failed === undefined) return difference
  const first = `batch ${cases.length - 1}: ${difference}`
  // A fault that needs what earlier batches left behind.
  const prefix = [[], cases.slice(-2, -1), cases.slice(0, -1)].find((before) => fails(before, failed, decode))
  if (prefix === undefined) return `${first}\n  (not again with the same batches)`
  const bytesBefore = prefix.reduce((bytes, before) => bytes + sizeOf(before), 0)
  const small = shrunk(failed, (smaller) => fails(prefix, smaller, decode), bytesBefore)
  const call = callOf(small)
  for (const before of prefix) tryOne(callOf(before), [], decode)
  const again = tryOne(call, expectedOf(call), decode) ?? "nothing"
  const after = prefix.length > 0 ? `, only after the ${prefix.length} batches before it` : ""
  return `${first}\n  smaller${after}: ${again}\n  in ${describe(small)}`
}

const fails = (prefix: ReadonlyArray<Case>, drawn: Case, decode: Decode): boolean => {
  for (const before of prefix) tryOne(callOf(before), [], decode)
  const call = callOf(drawn)
  return tryOne(call, expectedOf(call), decode) !== undefined
}

export const runSeed = (seed: number, decode: Decode = decodeCall) => {
  const counts = newCoverage()
  const findings: Array<string> = []
  const cases: Array<Case> = []
  const kept: Array<{ readonly call: Call; readonly decoded: DecodedBatch; readonly expected: ReadonlyArray<string> }> =
    []
  for (const drawn of casesOf(new Random(seed), BATCHES)) {
    const call = callOf(drawn)
    const records = judged(call)
    const expected = expectedLines(call, records)
    count(counts, drawn, call, records)
    cases.push(drawn)
    let decoded: DecodedBatch | undefined
    const difference = tryOne(call, expected, (made) => (decoded = decode(made)))
    if (decoded !== undefined && cases.length <= KEPT) kept.push({ call, decoded, expected })
    if (difference === undefined) continue
    return { findings: [report(cases, difference, decode)], counts }
  }
  for (const [index, { call, decoded, expected }] of kept.entries()) {
    const difference = differenceOf(expected, foundLines(call, decoded))
    if (difference !== undefined) findings.push(`batch ${index} was changed by later ones: ${difference}`)
  }
  return { findings, counts }
}
