/** Compares the tables with an independent count of an even platform's records. */
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { InputKind } from "../../src/domain/Task.ts"
import type { EvenPlatform } from "./EvenPlatform.ts"

const SLIDE_MS = 10_000
const PANES = 6

/** The sums of one window over all streams of a task. */
interface Sums {
  readonly rows: number
  readonly chats: number
}

interface Pane {
  chats: number
  /** 1 for each stream with an event of either kind. */
  readonly streams: Uint8Array
}

export interface Recount {
  readonly windows: number
  readonly rows: number
  /** Messages in windows that do not overlap. */
  readonly chats: number
  readonly differences: ReadonlyArray<string>
}

/**
 * The windows that hold an event and end at or before the watermark, by number of their first pane.
 */
export const expected = (
  platform: EvenPlatform,
  partition: number,
  written: Readonly<Record<InputKind, number>>,
  watermarkMs: number
): ReadonlyMap<number, Sums> => {
  const panes = new Map<number, Pane>()
  for (const kind of ["chat", "viewer"] as const) {
    for (let offset = 0; offset < written[kind]; offset++) {
      const number = Math.floor(platform.eventTimeMs(kind, partition, offset) / SLIDE_MS)
      let pane = panes.get(number)
      if (pane === undefined)
        panes.set(number, (pane = { chats: 0, streams: new Uint8Array(platform.streamsPerPartition) }))
      if (kind === "chat") pane.chats++
      pane.streams[platform.streamAt(offset)] = 1
    }
  }
  const windows = new Map<number, Sums>()
  const first = Math.min(...panes.keys()) - PANES + 1
  for (let start = first; (start + PANES) * SLIDE_MS <= watermarkMs; start++) {
    const inside = Array.from({ length: PANES }, (_, n) => panes.get(start + n)).filter((pane) => pane !== undefined)
    if (inside.length === 0) continue
    let rows = 0
    for (let stream = 0; stream < platform.streamsPerPartition; stream++) {
      if (inside.some(({ streams }) => streams[stream] === 1)) rows++
    }
    windows.set(start, { rows, chats: inside.reduce((sum, { chats }) => sum + chats, 0) })
  }
  return windows
}

/** Compares windows of {@link PANES} slides. The worker must have ended. */
export const recount = Effect.fnUntraced(function* (
  sql: SqlClient,
  schema: string,
  platform: EvenPlatform,
  written: Readonly<Record<InputKind, number>>
) {
  const tasks = yield* sql.unsafe<{ task: number; watermarkMs: number }>(
    `SELECT source_partition AS task, (extract(epoch FROM watermark) * 1000)::float8 AS "watermarkMs" FROM ${schema}.checkpoints ORDER BY 1`
  )
  const found = yield* sql.unsafe<Sums & { task: number; start: number }>(
    `SELECT source_partition AS task, (extract(epoch FROM window_start) * 1000 / ${SLIDE_MS})::float8 AS start,
       count(*)::float8 AS rows, sum(chat_count)::float8 AS chats
    FROM ${schema}.chat_summary_minute GROUP BY 1, 2`
  )
  const differences: Array<string> = []
  let windows = 0
  let rows = 0
  let chats = 0
  for (const { task, watermarkMs } of tasks) {
    const mine = new Map(found.filter((sums) => sums.task === task).map((sums) => [sums.start, sums]))
    const wanted = expected(platform, task, written, watermarkMs)
    for (const start of new Set([...wanted.keys(), ...mine.keys()])) {
      const want = wanted.get(start) ?? { rows: 0, chats: 0 }
      const have = mine.get(start) ?? { rows: 0, chats: 0 }
      windows++
      rows += have.rows
      if (start % PANES === 0) chats += have.chats
      if (want.rows !== have.rows || want.chats !== have.chats) {
        differences.push(
          `task ${task}, window from ${new Date(start * SLIDE_MS).toISOString()}: ${have.rows} rows with ${have.chats} messages, not ${want.rows} with ${want.chats}`
        )
      }
    }
  }
  const result: Recount = { windows, rows, chats, differences }
  return result
})
