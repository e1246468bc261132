/**
 * Stage "flushes": gathers judged rows into flushes, each with the checkpoint of exactly its
 * content.
 */
import { Stream } from "effect"
import type { Flush } from "../domain/Flush.ts"
import type { DetectedOutput } from "./Detect.ts"
import type { FlushBuilder } from "./FlushBuilder.ts"

export const flushes =
  (builder: FlushBuilder) =>
  <E, R>(outputs: Stream.Stream<DetectedOutput, E, R>): Stream.Stream<Flush, E, R> =>
    Stream.mapAccum(
      outputs,
      () => builder,
      (_, output) => [builder, builder.add(output)]
    )
