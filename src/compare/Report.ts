/** From what the statements counted to the report, for people and for machines. Pure. */
import { type Column, table } from "../terminal/Output.ts"
import { COPIES, type Example, type Moments, PRESENCE, type Scope, type Tally } from "./Pairs.ts"
import { REASONS, type ReasonName } from "./Reasons.ts"
import { number } from "../domain/Wording.ts"

export interface Compared {
  readonly scope: Scope
  /** Names of the compared columns, in order. */
  readonly columns: ReadonlyArray<string>
  /** Columns that the Spark job's table lacks. */
  readonly lacking: ReadonlyArray<string>
  readonly tallies: ReadonlyArray<Tally>
  readonly examples: ReadonlyArray<Example>
  /** `undefined` where the Spark job's schema has no such table. */
  readonly moments: Moments | undefined
  readonly notices: ReadonlyArray<string>
}

const finite = (value: number | null): number | null => (value !== null && Number.isFinite(value) ? value : null)
const instant = (ms: number): string => new Date(ms).toISOString()
const sum = (tallies: ReadonlyArray<Tally>): number => tallies.reduce((total, { windows }) => total + windows, 0)
const largest = (tallies: ReadonlyArray<Tally>): number | null =>
  tallies.reduce<number | null>((most, { largest }) => {
    const value = finite(largest)
    return value === null || (most !== null && most >= value) ? most : value
  }, null)

const isExplained = (verdict: ReasonName): boolean => REASONS[verdict].isExplained

/**
 * The differences of a column (or of the windows' presence), by reason; those that nothing explains
 * first.
 */
const differencesOf = ({ examples, tallies }: Compared, name: string) =>
  tallies
    .flatMap(({ largest, name: of, verdict, windows }) =>
      of !== name || verdict === "equal"
        ? []
        : [
            {
              reason: verdict,
              explained: isExplained(verdict),
              words: REASONS[verdict].words,
              windows,
              largest_difference: finite(largest),
              examples: examples
                .filter((example) => example.name === name && example.verdict === verdict)
                .map(({ difference, ours, startMs, stream, theirs }) => ({
                  stream_id: stream,
                  window_start: instant(startMs),
                  ours,
                  theirs,
                  difference: finite(difference)
                }))
            }
          ]
    )
    .toSorted(
      (a, b) => Number(a.explained) - Number(b.explained) || b.windows - a.windows || (a.reason < b.reason ? -1 : 1)
    )

/** The side that alone has the windows of such a reason. */
const OURS_ALONE: ReadonlySet<string> = new Set(["theirs-beginning", "theirs-end", "viewers-only", "only-ours"])

/**
 * The report as one object of JSON. `unexplained` counts columns of windows, and windows that one
 * side lacks; 0 = equal, or as expected.
 */
export const toJson = (compared: Compared) => {
  const { columns, lacking, moments, scope, tallies } = compared
  const of = (name: string) => tallies.filter((tally) => tally.name === name)
  const presence = differencesOf(compared, PRESENCE)
  const count = (wanted: boolean) =>
    presence.reduce((total, { reason, windows }) => total + (OURS_ALONE.has(reason) === wanted ? windows : 0), 0)
  const windows = {
    both: sum(of(PRESENCE).filter(({ verdict }) => verdict === "equal")),
    only_ours: count(true),
    only_theirs: count(false),
    duplicated_theirs: sum(of(COPIES)),
    differences: presence
  }
  const unexplained = sum(tallies.filter(({ verdict }) => verdict !== "equal" && !isExplained(verdict)))
  const isNothing = outcomeOf({ unexplained, windows }) === "nothing"
  return {
    from: instant(scope.fromMs),
    to: instant(scope.toMs),
    windows,
    columns: columns.map((column) => {
      const different = of(column).filter(({ verdict }) => verdict !== "equal")
      return {
        column,
        equal: sum(of(column)) - sum(different),
        different: sum(different),
        largest_difference: largest(different),
        differences: differencesOf(compared, column)
      }
    }),
    not_in_theirs: lacking,
    moments: moments ?? null,
    notices: [...(isNothing ? [NOTHING] : []), ...compared.notices],
    unexplained
  }
}

export type Report = ReturnType<typeof toJson>

/** The result of the comparison. */
export type Outcome = "differences" | "equal" | "nothing"

/** Windows of one side alone may be expected, but they compare nothing. */
export const outcomeOf = (report: {
  readonly unexplained: number
  readonly windows: { readonly both: number }
}): Outcome => (report.unexplained > 0 ? "differences" : report.windows.both === 0 ? "nothing" : "equal")

const NOTHING = "Nothing was compared: no window of this range is in both tables"

const wordsOf = (report: Report): ReadonlyArray<string> => {
  switch (outcomeOf(report)) {
    case "differences":
      return [`${number(report.unexplained)} differences that nothing explains`]
    case "equal":
      return ["Equal, or different as expected"]
    case "nothing":
      return [] // among the notices
  }
}

/** A difference, to six significant digits; empty if unknown. */
const difference = (value: number | null): string =>
  value === null ? "" : value.toLocaleString("en", { maximumSignificantDigits: 6 })

const left = (title: string): Column => ({ title, align: "left" })
const right = (title: string): Column => ({ title, align: "right" })

/**
 * The report for people, in lines of at most `width` columns where that is possible. Names and
 * values can't act on the terminal.
 */
export const toLines = (report: Report, width: number): ReadonlyArray<string> => {
  const { columns, moments, windows } = report
  const groups = [
    { column: "windows", differences: windows.differences },
    ...columns.map(({ column, differences }) => ({ column, differences }))
  ]
  const reasons = groups.flatMap(({ column, differences }) =>
    differences.map(({ explained, largest_difference, windows, words }) => [
      column,
      number(windows),
      difference(largest_difference),
      explained ? "expected" : "UNEXPLAINED",
      words
    ])
  )
  const examples = groups.flatMap(({ column, differences }) =>
    differences.flatMap(({ examples, reason }) =>
      examples.map(({ ours, stream_id, theirs, window_start }) => [
        column,
        window_start,
        reason,
        ours ?? "none",
        theirs ?? "none",
        stream_id
      ])
    )
  )
  return [
    `Windows that start from ${report.from} (closed) to ${report.to} (open)`,
    `${number(windows.both)} in both, ${number(windows.only_ours)} only ours, ${number(windows.only_theirs)} only theirs; ${number(windows.duplicated_theirs)} several times in theirs (the last one is compared)`,
    "",
    ...table(
      [left("COLUMN"), right("EQUAL"), right("DIFFERENT"), right("LARGEST")],
      columns.map(({ column, different, equal, largest_difference }) => [
        column,
        number(equal),
        number(different),
        difference(largest_difference)
      ]),
      width
    ),
    ...(report.not_in_theirs.length === 0 ? [] : [`Not in theirs: ${report.not_in_theirs.join(", ")}`]),
    ...(reasons.length === 0
      ? []
      : ["", ...table([left("COLUMN"), right("WINDOWS"), right("LARGEST"), left("IS"), left("WHY")], reasons, width)]),
    ...(examples.length === 0
      ? []
      : [
          "",
          ...table(
            [left("COLUMN"), left("WINDOW START"), left("REASON"), left("OURS"), left("THEIRS"), left("STREAM")],
            examples,
            width
          )
        ]),
    "",
    moments === null
      ? "Moments: theirs has no such table"
      : `Moments: ${number(moments.both)} in both, ${number(moments.only_ours)} only ours, ${number(moments.theirs_in_moments)} of theirs within a moment of ours, ${number(moments.only_theirs)} only theirs, ${number(moments.duplicated_theirs)} repeated in theirs; expected: baselines differ`,
    ...report.notices,
    ...wordsOf(report)
  ]
}
