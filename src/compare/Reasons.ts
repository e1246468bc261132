/**
 * Why a window, or a column of it, differs between the Spark job's table and ours. One list: the
 * statements write these names, the report gives their words.
 */

export interface Reason {
  /** Whether it is to be expected; what is not needs a person. */
  readonly isExplained: boolean
  readonly words: string
}

/**
 * Messages that the Spark job may lack in a window without being suspect: this share of ours, or
 * one message. Late events, of which it drops more.
 */
export const LATE_SHARE = 0.1

/**
 * Five standard errors of Spark's `approx_count_distinct` with its default of 5 %; of a handful of
 * chatters, {@link APPROXIMATE_FLOOR}.
 */
export const APPROXIMATE_SHARE = 0.25
export const APPROXIMATE_FLOOR = 2

/**
 * Scores are whole millionths here. If the inputs are equal, means and rates differ by less than
 * this share.
 */
export const ROUNDING = 1e-6

/**
 * Messages of a window, at least one, that may be scored otherwise: Java's white space and lower
 * case are not those of Unicode.
 */
export const TOKEN_SHARE = 0.01

const expected = (words: string): Reason => ({ isExplained: true, words })
const unexplained = (words: string): Reason => ({ isExplained: false, words })

export const REASONS = {
  "ours-beginning": expected("about the worker's first windows: it began to read after their first events"),
  "ours-open": expected("the worker's watermark has not reached the window's end yet"),
  gap: expected("the log had lost events before the worker read them (table gaps)"),
  "theirs-beginning": expected("about the Spark job's first windows: it began to read after their first events"),
  "theirs-end": expected("about the Spark job's last windows: it writes them once later events come"),
  "viewers-only": expected("no messages, viewer samples alone: the Spark job writes windows of messages"),
  late: expected(
    "a few messages fewer: the Spark job drops more late events, its watermark being one for all partitions"
  ),
  "late-viewers": expected("other viewer samples were late: the Spark job's watermark is one for all partitions"),
  follows: expected("other messages, so another value: see chat_count"),
  approximate: expected("the Spark job's count is approximate; within five standard errors"),
  parts: expected("the stream came through several tasks: the worker's number is the sum of theirs, an upper bound"),
  rounding: expected("within rounding"),
  tokens: expected("white space and lower case outside ASCII: a message or two scored otherwise"),
  empty: expected("the Spark job wrote no value"),
  nothing: expected("0 in the Spark job's row, NULL in ours: there is nothing to take the mean of"),
  ties: expected("emotes that are used equally often, or another length of the list"),
  baseline: expected(
    "another score: the worker compares the people of the last seconds with the stream's own baseline"
  ),
  appended: expected("written several times, after restarts or with every update; the last one is compared"),

  "only-ours": unexplained("only the worker has the window"),
  "only-theirs": unexplained(
    "only the Spark job has the window: check telemetra_late_events_total and `telemetra dead-letters list`"
  ),
  "fewer-theirs": unexplained("the Spark job has many fewer messages"),
  "more-theirs": unexplained(
    "the Spark job has more messages: check telemetra_late_events_total and `telemetra dead-letters list`"
  ),
  different: unexplained("different")
} as const satisfies Readonly<Record<string, Reason>>

export type ReasonName = keyof typeof REASONS

/** The result of a statement for a window or a column. */
export type Verdict = ReasonName | "equal"
