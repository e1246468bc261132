/**
 * The watermarks of a task: one for each input, and the task's own, which is the least of those
 * that count. None ever falls.
 */
import { EventTimeMs } from "../domain/EventTime.ts"
import type { AlignedInput } from "./Alignment.ts"

interface InputMark extends AlignedInput {
  maxTimeMs: EventTimeMs
  delayMs: number
  /** The input's own watermark. */
  ownMs: number
  active: boolean
  /** Reading again what was counted before: counts whatever its flag, which stays as it is. */
  rereading: boolean
}

/** Where an input starts from. */
export interface MarkStart extends AlignedInput {
  readonly delayMs: number
  readonly rereading: boolean
}

export class Watermarks {
  readonly #sizeMs: number
  readonly #inputs: ReadonlyArray<InputMark>
  #taskMs: EventTimeMs

  constructor(
    options: {
      readonly sizeMs: number
      readonly watermarkMs: EventTimeMs
    },
    inputs: ReadonlyArray<MarkStart>
  ) {
    this.#sizeMs = options.sizeMs
    this.#taskMs = options.watermarkMs
    this.#inputs = inputs.map((input) => ({
      ...input,
      ownMs: input.maxTimeMs - input.delayMs
    }))
  }

  /** The task's watermark T. */
  get taskMs(): EventTimeMs {
    return this.#taskMs
  }

  /** Greatest accepted event time of an input. */
  maxTimeMs(input: number): EventTimeMs {
    return this.#at(input).maxTimeMs
  }

  /** The flag that goes into the checkpoint. */
  isActive(input: number): boolean {
    return this.#at(input).active
  }

  isRereading(input: number): boolean {
    return this.#at(input).rereading
  }

  /** The inputs as alignment needs them. */
  aligned(): ReadonlyArray<AlignedInput> {
    return this.#inputs.map((input) => ({ maxTimeMs: input.maxTimeMs, active: input.active || input.rereading }))
  }

  /** Whether no input holds the task's watermark. */
  get allIdle(): boolean {
    return this.#inputs.every((input) => !input.active && !input.rereading)
  }

  /**
   * Windows that end at or before this (closed bound) are closed for the input: max(own watermark,
   * T).
   */
  limitMs(input: number): number {
    return Math.max(this.#at(input).ownMs, this.#taskMs)
  }

  /**
   * Takes an accepted event's time in. If it raises the input's watermark above T - size, an idle
   * input counts again.
   */
  accept(input: number, timeMs: EventTimeMs): void {
    const mark = this.#at(input)
    if (timeMs <= mark.maxTimeMs) return
    const heldTask = mark.ownMs <= this.#taskMs
    mark.maxTimeMs = timeMs
    this.#raiseOwn(mark)
    const wakes = !mark.active && !mark.rereading && mark.ownMs > this.#taskMs - this.#sizeMs
    if (wakes) mark.active = true
    // The minimum can only have moved if this input was the minimum, or is the first active one.
    if (heldTask || wakes) this.#raiseToMinimum()
  }

  /** The input no longer holds the task's watermark. */
  setIdle(input: number): void {
    this.#at(input).active = false
    this.#raiseToMinimum()
  }

  /**
   * The input holds the task's watermark again, at its current value. If it is the first active
   * input, its own watermark counts.
   */
  setActive(input: number): void {
    this.#at(input).active = true
    this.#raiseToMinimum()
  }

  /** The input has reached the offset at which the checkpoint was written. */
  endReread(input: number): void {
    const mark = this.#at(input)
    mark.rereading = false
    this.#raiseToMinimum()
  }

  /** From here on another delay is in force for the input. */
  setDelay(input: number, delayMs: number): void {
    const mark = this.#at(input)
    mark.delayMs = delayMs
    this.#raiseOwn(mark)
    this.#raiseToMinimum()
  }

  /** Moves T up to `ms`; it never falls. Only for when no input counts, or the input has ended. */
  raiseTo(ms: number): void {
    if (ms > this.#taskMs) this.#taskMs = EventTimeMs(ms)
  }

  /** Under a longer delay, what was a watermark stays one. */
  #raiseOwn(mark: InputMark): void {
    mark.ownMs = Math.max(mark.ownMs, mark.maxTimeMs - mark.delayMs)
  }

  #raiseToMinimum(): void {
    let minimum = Number.POSITIVE_INFINITY
    for (const mark of this.#inputs) {
      if (mark.active || mark.rereading) minimum = Math.min(minimum, mark.ownMs)
    }
    if (minimum !== Number.POSITIVE_INFINITY) this.raiseTo(minimum)
  }

  #at(input: number): InputMark {
    const mark = this.#inputs[input]
    if (mark === undefined) throw new RangeError(`the task has no input ${input}`)
    return mark
  }
}
