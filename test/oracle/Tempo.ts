/** Settings that follow from size and slide alone, recounted from docs/detection.md, "Tempo". */

export interface TempoSettings {
  readonly sizeMs: number
  readonly slideMs: number
  /**
   * How long until a stream is known, at least; a fifth of the time until its viewers are. Absent =
   * 120000.
   */
  readonly warmUpMs?: number
}

export interface Tempo {
  readonly slideMs: number
  /** Length of the reaction span. */
  readonly spanMs: number
  /** Spans so long that they hold counts over time. */
  readonly isCounts: boolean
  /** Half-life of what is usual. */
  readonly memoryMs: number
  readonly slideGain: number
  readonly heldDecay: number
  readonly momentsDecay: number
  /** So many slides without row belong to the broadcast, at most. */
  readonly silentSlides: number
  /** Slides until a stream is known. */
  readonly warmUpSlides: number
  /** Milliseconds until its viewers are known. */
  readonly viewersWarmUpMs: number
}

/** How much of a difference is taken over after `timeMs`, under a half-life. */
export const gain = (timeMs: number, halfLifeMs: number): number => timeMs / (timeMs + halfLifeMs / Math.LN2)

export const tempoOf = ({ sizeMs, slideMs, warmUpMs = 120_000 }: TempoSettings): Tempo => {
  const grid = greatestCommonDivisor(sizeMs, slideMs)
  const spanMs = Math.min(sizeMs, Math.ceil(Math.max(20_000, slideMs) / grid) * grid)
  const times = Math.max(1, spanMs / 20_000)
  const isCounts = spanMs >= 120_000
  const memoryMs = isCounts ? 576 * spanMs : 300_000 * times * times
  return {
    slideMs,
    spanMs,
    isCounts,
    memoryMs,
    slideGain: gain(slideMs, memoryMs),
    heldDecay: 1 - gain(slideMs, 0.6 * memoryMs),
    momentsDecay: isCounts ? 1 - gain(slideMs, 2016 * spanMs) : 0,
    silentSlides: Math.min(4000, Math.ceil((2 * memoryMs) / slideMs)),
    warmUpSlides: Math.max(12, Math.ceil(warmUpMs / slideMs)),
    viewersWarmUpMs: 5 * warmUpMs
  }
}

export const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))
