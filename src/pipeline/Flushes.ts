/**
 * Stage "flushes": gathers judged rows into flushes, each with the checkpoint of exactly its
 * content.
 */
import { Stream } from "effect"
import type { Flush } from "../domain/Flush.ts"
import type { DetectedOutput } from "./Detect.ts"
import { FlushBuilder, type FlushStart } from "./FlushBuilder.ts"

export const flushes =
  (start: FlushStart) =>
  <E, R>(outputs: Stream.Stream<DetectedOutput, E, R>): Stream.Stream<Flush, E, R> =>
    Stream.mapAccum(
      outputs,
      () => new FlushBuilder(start),
      (builder, output) => [builder, builder.add(output)]
    )
