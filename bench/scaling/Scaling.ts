/** Runs the worker once for every point of every curve, on one broker and one PostgreSQL. */
import { Clock, Data, Effect } from "effect"
import { KafkaBroker } from "../../test/harness/Kafka.ts"
import { measure, serverPids } from "../Benchmark.ts"
import { fill } from "../Fill.ts"
import { Load, type LoadKind } from "../Load.ts"
import { machine } from "../Machine.ts"
import type * as Meter from "../Meter.ts"
import * as Servers from "../Servers.ts"
import type { Place } from "../System.ts"
import { telemetra } from "../Telemetra.ts"
import type { Curve, Setting } from "./Curves.ts"
import type { CurveResult, PointResult, Results } from "./Results.ts"
import { written } from "./Written.ts"

export interface ScalingOptions {
  /** How to do it again. */
  readonly command: string
  readonly curves: ReadonlyArray<Curve>
  readonly events: number
  /** The first and the last point of each curve alone. */
  readonly endsOnly: boolean
  readonly onPoint: (curve: Curve, point: PointResult) => Effect.Effect<void>
}

/** A point's worker has read nothing, by what the broker has sent. */
class NothingReadError extends Data.TaggedError("NothingReadError")<{ readonly point: string }> {
  override get message(): string {
    return `${this.point}: the broker has sent next to nothing`
  }
}

/** The first of a partition's records that is still in the log. */
const firstOffset = (count: number, share: number): number => Math.floor(count * (1 - share))

/** Records of one topic that are still in the log. */
const unread = (load: Load, kind: LoadKind, share: number): number =>
  Array.from({ length: load.options.partitions }, (_, partition) => load.count(kind, partition))
    .map((count) => count - firstOffset(count, share))
    .reduce((a, b) => a + b, 0)

const shorten = Effect.fnUntraced(function* (load: Load, topics: Place["topics"], share: number) {
  const { deleteRecords } = yield* KafkaBroker
  for (const kind of ["chat", "viewer"] as const) {
    for (let partition = 0; partition < load.options.partitions; partition++) {
      const first = firstOffset(load.count(kind, partition), share)
      if (first > 0) yield* deleteRecords(topics[kind], partition, BigInt(first))
    }
  }
})

/**
 * Messages that all rows hold together, each in all windows that it falls into; but a partition's
 * last record is in windows that never close.
 */
const chatsInRows = (load: Load, { share, window }: Setting): number =>
  (unread(load, "chat", share) - load.options.partitions) * (window.sizeMs / window.slideMs)

const measurePoint = Effect.fnUntraced(function* (
  curve: Curve,
  setting: Setting,
  load: Load,
  topics: Place["topics"],
  pids: Meter.Servers
) {
  const { label, share, value, variables, window, workers } = setting
  yield* shorten(load, topics, share)
  const system = telemetra(workers, {
    WINDOW_DURATION: `${window.sizeMs} ms`,
    SLIDE_DURATION: `${window.slideMs} ms`,
    ...variables
  })
  const { found, usage } = yield* measure(system, { topics, records: load.totalRecords }, pids, (schema) =>
    written(schema, chatsInRows(load, setting))
  )
  const { lastCommitMs, ...counts } = found
  if (usage.firstFetchMs === undefined) return yield* new NothingReadError({ point: `${curve.id}, ${label}` })
  const point: PointResult = {
    label,
    value: curve.measured?.(found) ?? value,
    records: unread(load, "chat", share) + unread(load, "viewer", share),
    seconds: (lastCommitMs - usage.firstFetchMs) / 1000,
    wallSeconds: (usage.endedMs - usage.startedMs) / 1000,
    cpuSeconds: usage.cpu,
    startCpuSeconds: usage.startCpu,
    brokerCpuSeconds: usage.brokerCpu,
    postgresCpuSeconds: usage.postgresCpu,
    otherCpuSeconds: usage.otherCpu,
    stolenCpuSeconds: usage.stolenCpu,
    peakResidentMiB: usage.peakResidentMiB,
    ...counts
  }
  return point
})

const measureCurve = Effect.fnUntraced(function* (
  curve: Curve,
  settings: ReadonlyArray<Setting>,
  pids: Meter.Servers,
  onPoint: ScalingOptions["onPoint"]
) {
  const points: Array<PointResult> = []
  // Settings of one load read the same log.
  for (const [options, group] of Map.groupBy(settings, ({ load }) => load)) {
    const load = new Load(options)
    const topics = yield* fill(load)
    for (const setting of group) {
      const point = yield* measurePoint(curve, setting, load, topics, pids)
      points.push(point)
      yield* onPoint(curve, point)
    }
  }
  const result: CurveResult = { curve: curve.id, points: points.toSorted((a, b) => a.value - b.value) }
  return result
})

const ends = (settings: ReadonlyArray<Setting>): ReadonlyArray<Setting> =>
  settings.filter((_, index) => index === 0 || index === settings.length - 1)

export const measureScaling = ({ command, curves, endsOnly, events, onPoint }: ScalingOptions) =>
  Effect.gen(function* () {
    const pids = yield* serverPids
    const results: Results = {
      at: new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10),
      command,
      events,
      machine: yield* machine,
      curves: yield* Effect.forEach(curves, (curve) =>
        measureCurve(curve, endsOnly ? ends(curve.settings(events)) : curve.settings(events), pids, onPoint)
      )
    }
    return results
  }).pipe(Effect.provide(Servers.layer))
