/** The answer of `telemetra replay --what-if`, as a table with a summary line, and as JSON. */
import { number } from "../domain/Wording.ts"
import { table, terminalWidth } from "../terminal/Output.ts"
import type { Answer, Judged, Question } from "./WhatIf.ts"

const iso = (timeMs: number): string => new Date(timeMs).toISOString()

const score = (value: number): string => value.toFixed(1)

const seconds = ({ endedAtMs, timestampMs }: Judged): string => `${Math.round((endedAtMs - timestampMs) / 1000)} s`

const arrow = (before: string, after: string): string => (before === after ? before : `${before} -> ${after}`)

const row = (change: string, before: Judged, after: Judged): ReadonlyArray<string> => [
  change,
  arrow(iso(before.timestampMs), iso(after.timestampMs)),
  arrow(before.type, after.type),
  arrow(score(before.intensity), score(after.intensity)),
  arrow(seconds(before), seconds(after)),
  before.stream
]

const COLUMNS = [
  { title: "change", align: "left" },
  { title: "time", align: "left" },
  { title: "type", align: "left" },
  { title: "intensity", align: "right" },
  { title: "length", align: "right" },
  { title: "stream", align: "left" }
] as const

const targetOf = ({ stream, threshold, type }: Question): string =>
  `${threshold === null ? "no threshold of its own" : `threshold ${threshold}`} for ${type ?? "all types"}, ` +
  (stream === null ? "all streams" : `stream ${stream}`)

/** The lines of the answer; the last one is the summary. */
export const linesOf = (question: Question, answer: Answer): ReadonlyArray<string> => {
  const { changed, gained, lost, unchanged } = answer
  const rows = [
    ...gained.map((moment) => row("gained", moment, moment)),
    ...lost.map((moment) => row("lost", moment, moment)),
    ...changed.map(({ after, before }) => row("changed", before, after))
  ]
  const was = lost.length + changed.length + unchanged
  const is = gained.length + changed.length + unchanged
  return [
    ...(rows.length === 0 ? [] : [...table(COLUMNS, rows, terminalWidth()), ""]),
    `With ${targetOf(question)}: ${number(is)} moments instead of ${number(was)} ` +
      `(${number(gained.length)} gained, ${number(lost.length)} lost, ${number(changed.length)} changed). Nothing was written`
  ]
}

/** Limits of the answer, for people. */
export const noticesOf = ({ slides, unexplained }: Answer): ReadonlyArray<string> => [
  ...(slides === 0
    ? ["The tables hold no window of the range: it is outside the written time, or RETENTION deleted it"]
    : []),
  ...(unexplained === 0
    ? []
    : [
        `${number(unexplained)} stored moments of the range do not follow from the stored windows under the present settings: another version or other settings found them. They are left out`
      ])
]

const itemOf = ({ endedAtMs, intensity, openedAs, stream, timestampMs, type }: Judged) => ({
  stream_id: stream,
  timestamp: iso(timestampMs),
  ended_at: iso(endedAtMs),
  opened_as: openedAs,
  moment_type: type,
  intensity
})

export const jsonOf = ({ fromMs, stream, threshold, toMs, type }: Question, answer: Answer) => ({
  from: iso(fromMs),
  to: Number.isFinite(toMs) ? iso(toMs) : null,
  stream_id: stream,
  moment_type: type,
  threshold,
  tasks: answer.tasks,
  slides: answer.slides,
  unchanged: answer.unchanged,
  unexplained: answer.unexplained,
  gained: answer.gained.map(itemOf),
  lost: answer.lost.map(itemOf),
  changed: answer.changed.map(({ after, before }) => ({ before: itemOf(before), after: itemOf(after) }))
})
