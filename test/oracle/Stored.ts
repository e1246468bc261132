/**
 * The required contents of table `baselines`, recounted from docs/detection.md, "Baselines in the
 * tables".
 */
import type { Learned } from "./Detection.ts"

/** Each stream is stored once in so many slides. */
const SLIDES = 30

/** The slide of every {@link SLIDES} at which a stream is stored. */
export const slotOf = (stream: string): number => {
  let hash = 2_166_136_261n
  for (let index = 0; index < stream.length; index++) {
    hash = ((hash ^ BigInt(stream.charCodeAt(index))) * 16_777_619n) % 2n ** 32n
  }
  return Number(hash % BigInt(SLIDES))
}

/** How far a task has come. */
export interface Reached {
  readonly watermarkMs: number
  /** End of a window that is written in part. */
  readonly partEndMs?: number | undefined
}

/**
 * The stored numbers of each stream: those after the last row before the latest of its slots.
 * `learned` is ascending by end; a stream whose slot has not come yet is not stored.
 */
export const storedOf = <A extends Pick<Learned, "stream" | "endMs">>(
  learned: ReadonlyArray<A>,
  { sizeMs, slideMs }: { readonly sizeMs: number; readonly slideMs: number },
  { partEndMs, watermarkMs }: Reached
): ReadonlyArray<A> => {
  const over = Math.max(
    Math.floor((watermarkMs - sizeMs) / slideMs),
    // Those before the slide of the window that is written in part.
    partEndMs === undefined ? Number.NEGATIVE_INFINITY : (partEndMs - sizeMs) / slideMs - 1
  )
  const stored = new Map<string, A>()
  for (const row of learned) {
    const slot = slotOf(row.stream)
    const number = (row.endMs - sizeMs) / slideMs
    // The first slide from the row's own on that stores the stream.
    const due = number + ((slot - (number % SLIDES) + SLIDES) % SLIDES)
    if (due <= over) stored.set(row.stream, row)
  }
  return [...stored.values()]
}
