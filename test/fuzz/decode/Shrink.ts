/** Makes a batch that fails smaller: fewer records, then fewer bytes. */
import type { Case, CaseRecord } from "./Case.ts"

/** Bounds the work: bytes that are decoded to make a batch smaller. */
const WORK_BYTES = 32 * 1024 * 1024

/** The size of a case, about. */
export const sizeOf = ({ records }: Case): number =>
  records.reduce((size, { gap, value }) => size + gap.length + (value?.length ?? 0) + 100, 0)

/** As few parts as possible that still fail. Drops halves first, single ones last. */
const fewest = <A>(parts: ReadonlyArray<A>, fails: (parts: ReadonlyArray<A>) => boolean): ReadonlyArray<A> => {
  let kept = parts
  for (let size = Math.ceil(parts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length;) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)]
      if (fails(fewer)) kept = fewer
      // A few bytes are one character, wherever it begins.
      else at += size > 4 ? size : 1
    }
  }
  return kept
}

/** The smallest batch found that still fails. An attempt costs so many bytes besides its own. */
export const shrunk = (failed: Case, isFailed: (smaller: Case) => boolean, bytesBefore: number): Case => {
  let work = 0
  const fails = (smaller: Case): boolean => {
    if (work > WORK_BYTES) return false
    work += bytesBefore + sizeOf(smaller)
    return isFailed(smaller)
  }
  const records = fewest(failed.records, (fewer) => fails({ ...failed, records: fewer }))
  let small: Case = { ...failed, records }
  const attempt = (smaller: Case): void => {
    if (fails(smaller)) small = smaller
  }
  attempt({ ...small, tail: "" })
  attempt({ ...small, earlier: [], futureOffsets: [], untilOffset: 0n })
  attempt({ ...small, clockMs: Number.POSITIVE_INFINITY })
  // More records are a fault of the batch, not of its bytes.
  if (small.records.length > 3) return small
  for (const index of small.records.keys()) {
    const replaced = (change: Partial<CaseRecord>): Case => ({
      ...small,
      records: small.records.map((record, at) => (at === index ? { ...record, ...change } : record))
    })
    attempt(replaced({ gap: "" }))
    const bytes = [...(small.records[index]?.value ?? "")]
    const value = fewest(bytes, (fewer) => fails(replaced({ value: fewer.join("") }))).join("")
    if (small.records[index]?.value !== null) attempt(replaced({ value }))
  }
  return small
}
