/** The curves: each varies one quantity and keeps the rest. */
import type { LoadOptions } from "../Load.ts"
import { number } from "../report/Text.ts"
import { type Column, postgresCpu, rowCount, speed } from "./Columns.ts"
import { type CurveResult, type PointResult, rowsPerFlush } from "./Results.ts"
import {
  backlogTrend,
  cpuTrend,
  warmCpuTrend,
  flushTrend,
  memoryTrend,
  rowTrend,
  speedTrend,
  type Trend,
  warmUp
} from "./Trends.ts"

/** One point to measure. */
export interface Setting {
  readonly label: string
  readonly value: number
  readonly load: LoadOptions
  /**
   * Share of the load that is still in the log, up to 1: the newest part. Records deleted for one
   * point remain deleted for later points of the same load.
   */
  readonly share: number
  readonly workers: number
  readonly window: Window
  /** Further variables of the worker. */
  readonly variables: Readonly<Record<string, string>>
}

/** The size is a whole number of slides. */
export interface Window {
  readonly sizeMs: number
  readonly slideMs: number
}

export interface Curve {
  readonly id: string
  readonly title: string
  /** The quantity that varies. */
  readonly over: string
  /** The constant quantities. */
  readonly kept: string
  /** The points of the curve, each of about this many events by default. */
  readonly settings: (events: number) => ReadonlyArray<Setting>
  /** The real value of a point, if only a run shows it. */
  readonly measured?: (found: Pick<PointResult, "rows" | "flushes" | "liveStreams" | "liveChatters">) => number
  /** Further columns of its table. */
  readonly columns?: ReadonlyArray<Column>
  readonly trends: ReadonlyArray<Trend>
}

/** The worker's default. */
const WINDOW: Window = { sizeMs: 60_000, slideMs: 10_000 }

/** Interval of viewer samples. */
const SAMPLE_SECONDS = 10

type Given = Pick<LoadOptions, "streams" | "seconds"> &
  Partial<LoadOptions> & {
    /** In both topics. */
    readonly events: number
  }

/** All streams are equally popular, so partitions have equal load. */
const load = ({ events, ...given }: Given): LoadOptions => ({
  seed: 1,
  partitions: 3,
  zipf: 0,
  chatEvents: Math.round(events - given.streams * Math.floor(given.seconds / SAMPLE_SECONDS)),
  ...given
})

const setting = (
  label: string,
  value: number,
  load: LoadOptions,
  { share = 1, variables = {}, window = WINDOW, workers = 1 }: Partial<Setting> = {}
): Setting => ({ label, value, load, share, workers, window, variables })

const counted = (value: number): readonly [string, number] => [number(value), value]

const STREAM_WINDOW: Window = { sizeMs: 20_000, slideMs: 20_000 }

const streams: Curve = {
  id: "streams",
  title: "Live streams",
  over: "live streams",
  kept: "Two viewer samples and two messages per stream and window of 20 s. Fewer streams mean a longer event time, so all points have equally many rows.",
  settings: (events) => {
    const most = events / 4
    return [most / 1_000, most / 100, most / 10, most].map((count) => {
      const streams = Math.round(count)
      const seconds = SAMPLE_SECONDS * Math.round((2 * most) / streams)
      return setting(...counted(streams), load({ events, streams, seconds }), { window: STREAM_WINDOW })
    })
  },
  measured: ({ liveStreams }) => liveStreams,
  trends: [warmCpuTrend, memoryTrend("live stream")]
}

const chatters: Curve = {
  id: "chatters",
  title: "Distinct chatters in a window",
  over: "distinct chatters",
  kept: "50 streams, 120 s of event time. The number counts distinct (stream, user) pairs in the fullest window.",
  settings: (events) =>
    [0.0025, 0.025, 0.25, 2.5].map((share) => {
      const people = Math.round(events * share)
      return setting(`${number(people)} people`, people, load({ events, streams: 50, seconds: 120, people }))
    }),
  measured: ({ liveChatters }) => liveChatters,
  trends: [warmCpuTrend, memoryTrend("live chatter")]
}

const WINDOWS: ReadonlyArray<readonly [string, Window]> = [
  ["60 s / 60 s", { sizeMs: 60_000, slideMs: 60_000 }],
  ["60 s / 10 s", { sizeMs: 60_000, slideMs: 10_000 }],
  ["60 s / 1 s", { sizeMs: 60_000, slideMs: 1_000 }],
  ["360 s / 1 s", { sizeMs: 360_000, slideMs: 1_000 }]
]

const windows: Curve = {
  id: "windows",
  title: "Windows that an event falls into",
  over: "size / slide",
  kept: "20 streams and 600 s of event time.",
  settings: (events) => {
    const one = load({ events, streams: 20, seconds: 600, endAfterSeconds: 600 })
    return WINDOWS.map(([label, window]) => setting(label, window.sizeMs / window.slideMs, one, { window }))
  },
  columns: [rowCount],
  trends: [warmCpuTrend, rowTrend]
}

const partitions: Curve = {
  id: "partitions",
  title: "Partitions",
  over: "partitions of each topic",
  kept: "As many tasks as partitions, all in one thread.",
  settings: (events) =>
    [1, 3, 12, 48].map((count) =>
      setting(...counted(count), load({ events, streams: Math.round(events / 800), seconds: 600, partitions: count }))
    ),
  trends: [warmCpuTrend, memoryTrend("partition")]
}

const workers: Curve = {
  id: "workers",
  title: "WORKERS",
  over: "WORKERS",
  kept: "12 partitions, twice the events.",
  settings: (events) => {
    const one = load({ events: events * 2, streams: Math.round(events / 800), seconds: 600, partitions: 12 })
    return [1, 2, 3].map((count) => setting(...counted(count), one, { workers: count }))
  },
  columns: [speed],
  trends: [speedTrend, cpuTrend, memoryTrend("thread")]
}

const flushes: Curve = {
  id: "flushes",
  title: "Rows per flush",
  over: "rows per flush",
  kept: "A row for every three events.",
  settings: (events) => {
    const one = load({ events, streams: Math.round(events / 200), seconds: 600 })
    const bounded = [500, 2_000, 10_000].map((most) => ["MAX_OFFSETS_PER_TRIGGER", String(most)] as const)
    const timed = ["100 ms", "1 s", "5 s"].map((interval) => ["TRIGGER_INTERVAL", interval] as const)
    return [...bounded, ...timed].map(([name, value]) =>
      setting(`${name}=${value}`, 0, one, { variables: { [name]: value } })
    )
  },
  measured: rowsPerFlush,
  columns: [postgresCpu, speed],
  trends: [warmCpuTrend, flushTrend]
}

const backlog: Curve = {
  id: "backlog",
  title: "Length of the backlog",
  over: "unread events",
  kept: "100 streams, 1,000 events per second of event time.",
  settings: (events) => {
    const all = events * 10
    const one = load({ events: all, streams: 100, seconds: Math.round(all / 1_000) })
    return [1, 1 / 2, 1 / 4, 1 / 8, 1 / 16].map((share) => setting(...counted(Math.round(all * share)), one, { share }))
  },
  columns: [speed],
  trends: [backlogTrend, warmCpuTrend, memoryTrend("unread event")]
}

/**
 * CPU seconds of a run that no event explains. `undefined` if the backlog curve was not measured or
 * shows none.
 */
export const warmUpOf = (results: ReadonlyArray<CurveResult>): number | undefined => {
  const found = results.find(({ curve }) => curve === backlog.id)
  const seconds = found === undefined ? 0 : warmUp(found.points)
  return seconds > 0 ? seconds : undefined
}

export const curves: ReadonlyArray<Curve> = [streams, chatters, windows, partitions, workers, flushes, backlog]
