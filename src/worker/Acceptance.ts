/** Counts the accepted records of a flush by input, with an example of the rejected ones. */
import { likelyCause } from "../decode/LikelyCause.ts"
import { ALMOST_NOTHING, type InputAcceptance, type Loss, type LossExample } from "../domain/Acceptance.ts"
import type { InputCheckpoint } from "../domain/Checkpoint.ts"
import type { DeadLetter } from "../domain/DeadLetter.ts"
import type { FieldMaps } from "../domain/FieldMap.ts"
import type { Flush, InputCounts } from "../domain/Flush.ts"

/** Bytes of an example that the log shows. */
const SHOWN_BYTES = 16

/** At most 16 bytes in hexadecimal: no text of a record reaches the log. */
export const firstBytes = (value: Uint8Array): string => {
  const shown = [...value.subarray(0, SHOWN_BYTES)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
  return value.length > SHOWN_BYTES ? `${shown} ...` : shown
}

const instant = (timeMs: number): string => (Number.isFinite(timeMs) ? new Date(timeMs).toISOString() : "none")

const ofLetter = (kind: InputCheckpoint["kind"], letter: DeadLetter, fields: FieldMaps | undefined): LossExample => ({
  partition: letter.partition,
  offset: letter.offset,
  loss: letter.reason,
  path: letter.path,
  cause: likelyCause(kind, letter.payload, letter, fields),
  firstBytes: firstBytes(letter.payload)
})

/** An example of the greatest loss; `undefined` if the flush holds none. */
const exampleOf = (
  { kind, nextOffset, partition, topic }: InputCheckpoint,
  { cutEvents, deadLetters, late, lateExample, tombstones }: InputCounts,
  { checkpoint, deadLetters: letters }: Flush
): LossExample | undefined => {
  const example = (loss: Loss, offset: bigint, cause: string): LossExample => ({
    partition,
    offset,
    loss,
    path: null,
    cause,
    firstBytes: ""
  })
  const greatest = Math.max(deadLetters, late, tombstones, cutEvents)
  if (deadLetters === greatest) {
    const letter = letters.find((one) => one.topic === topic && one.partition === partition)
    return letter === undefined ? undefined : ofLetter(kind, letter, checkpoint.read.fields)
  }
  if (late === greatest && lateExample !== undefined) {
    return example(
      "late",
      lateExample.offset,
      `its event time is ${instant(lateExample.timeMs)}, and the tables are complete up to ${instant(checkpoint.watermarkMs)}. The producer's clock is behind, or it sends old events: raise WATERMARK_DELAY, or count them by \`telemetra replay\``
    )
  }
  // The last record represents them all.
  const last = nextOffset - 1n
  return tombstones === greatest
    ? example("no-value", last, "records have no value: the producer, or its serializer, sends null")
    : example(
        "beyond-limits",
        last,
        "a pane holds more streams, messages or samples than it may (docs/SEMANTICS.md, Limits)"
      )
}

/** Acceptance of each input that has new records in the flush. */
export const acceptanceOf = (flush: Flush): ReadonlyArray<InputAcceptance> =>
  flush.checkpoint.inputs.flatMap((input, index) => {
    const counts = flush.inputCounts[index]
    if (counts === undefined) throw new RangeError(`the flush has no counts of input ${index}`)
    const { events: accepted, records } = counts
    if (records === 0) return []
    const { kind, partition, topic } = input
    const example = accepted > records * ALMOST_NOTHING ? undefined : exampleOf(input, counts, flush)
    return [{ topic, partition, kind, records, accepted, example }]
  })
