/**
 * The compared columns: when the two values of a window count as equal, how far they are apart, and
 * which reason explains it. SQL over a row of {@link ./Pairs.ts}: `o_` ours, `t_` theirs.
 */
import {
  APPROXIMATE_FLOOR,
  APPROXIMATE_SHARE,
  LATE_SHARE,
  ROUNDING,
  TOKEN_SHARE,
  type ReasonName,
  type Verdict
} from "./Reasons.ts"

/** Conditions on the place of a window in time, by the reason that they are of. */
export type Edges = Readonly<Record<"ours-beginning" | "theirs-beginning" | "theirs-end", string>>

/** In order of precedence: the first condition that holds gives the verdict. */
type Rules = ReadonlyArray<readonly [condition: string, verdict: Verdict]>

export interface ComparedColumn {
  readonly name: string
  /** A number, NULL where there is none. */
  readonly difference: string
  readonly rules: (edges: Edges) => Rules
  /** The verdict if no rule holds. */
  readonly otherwise: ReasonName
}

const NO_NUMBER = "NULL::float8"
const distance = (name: string): string => `abs(o_${name} - t_${name})::float8`
const same = (name: string): string => `o_${name} IS NOT DISTINCT FROM t_${name}`
const otherMessages = "o_chat_count <> COALESCE(t_chat_count, 0)"
/** A mean of nothing, as either job writes it. */
const nothing = (name: string): string => `o_${name} IS NULL AND t_${name} = 0`
const empty = (name: string): string => `t_${name} IS NULL`
const within = (name: string, share: number): string => `${distance(name)} <= ${share} * greatest(1, abs(o_${name}))`

/** Numbers of messages by the sign of their score. */
const scored = (name: "positive_count" | "negative_count"): ComparedColumn => ({
  name,
  difference: distance(name),
  rules: () => [
    [same(name), "equal"],
    [otherMessages, "follows"],
    [empty(name), "empty"],
    [`${distance(name)} <= greatest(1, ${TOKEN_SHARE} * o_chat_count)`, "tokens"]
  ],
  otherwise: "different"
})

/** A column that depends on how a job judges the past; the jobs differ in that. */
const judged = (name: string, difference: string): ComparedColumn => ({
  name,
  difference,
  rules: () => [
    [same(name), "equal"],
    [empty(name), "empty"]
  ],
  otherwise: "baseline"
})

export const COLUMNS: ReadonlyArray<ComparedColumn> = [
  {
    name: "chat_count",
    difference: "abs(o_chat_count - COALESCE(t_chat_count, 0))::float8",
    rules: (edges) => [
      ["o_chat_count = COALESCE(t_chat_count, 0)", "equal"],
      [`o_chat_count < t_chat_count AND ${edges["ours-beginning"]}`, "ours-beginning"],
      ["o_chat_count < t_chat_count AND NOT o_complete", "gap"],
      ["o_chat_count < t_chat_count", "more-theirs"],
      [edges["theirs-beginning"], "theirs-beginning"],
      [edges["theirs-end"], "theirs-end"],
      [`o_chat_count - COALESCE(t_chat_count, 0) <= greatest(1, ${LATE_SHARE} * o_chat_count)`, "late"]
    ],
    otherwise: "fewer-theirs"
  },
  {
    name: "unique_chatters",
    difference: distance("unique_chatters"),
    rules: () => [
      [same("unique_chatters"), "equal"],
      [otherMessages, "follows"],
      [empty("unique_chatters"), "empty"],
      [
        `${distance("unique_chatters")} <= greatest(${APPROXIMATE_FLOOR}, ${APPROXIMATE_SHARE} * o_unique_chatters)`,
        "approximate"
      ],
      ["o_parts > 1 AND o_unique_chatters > t_unique_chatters", "parts"]
    ],
    otherwise: "different"
  },
  {
    name: "avg_sentiment",
    difference: distance("avg_sentiment"),
    rules: () => [
      [same("avg_sentiment"), "equal"],
      [nothing("avg_sentiment"), "nothing"],
      [otherMessages, "follows"],
      [empty("avg_sentiment"), "empty"],
      [within("avg_sentiment", ROUNDING), "rounding"],
      [`${distance("avg_sentiment")} <= greatest(${TOKEN_SHARE}, 2.0 / NULLIF(o_chat_count, 0))`, "tokens"]
    ],
    otherwise: "different"
  },
  scored("positive_count"),
  scored("negative_count"),
  {
    name: "chat_rate",
    difference: distance("chat_rate"),
    rules: () => [
      [same("chat_rate"), "equal"],
      [otherMessages, "follows"],
      [empty("chat_rate"), "empty"],
      [within("chat_rate", ROUNDING), "rounding"]
    ],
    otherwise: "different"
  },
  {
    name: "avg_viewers",
    difference: distance("avg_viewers"),
    rules: (edges) => [
      [same("avg_viewers"), "equal"],
      [nothing("avg_viewers"), "nothing"],
      [empty("avg_viewers"), "empty"],
      [within("avg_viewers", ROUNDING), "rounding"],
      [edges["ours-beginning"], "ours-beginning"],
      ["NOT o_complete", "gap"],
      [edges["theirs-beginning"], "theirs-beginning"],
      [edges["theirs-end"], "theirs-end"],
      [within("avg_viewers", LATE_SHARE), "late-viewers"],
      ["o_parts > 1", "parts"]
    ],
    otherwise: "different"
  },
  {
    name: "top_emotes",
    difference: NO_NUMBER,
    rules: () => [
      ["COALESCE(o_top_emotes, '{}') = COALESCE(t_top_emotes, '{}')", "equal"],
      [otherMessages, "follows"],
      ["cardinality(COALESCE(t_top_emotes, '{}')) = 0", "empty"],
      // Half of the shorter list.
      [
        "2 * (SELECT count(*) FROM unnest(o_top_emotes) AS emote WHERE emote = ANY (t_top_emotes)) >= least(cardinality(o_top_emotes), cardinality(t_top_emotes))",
        "ties"
      ]
    ],
    otherwise: "different"
  },
  judged("z_score", distance("z_score")),
  judged("is_anomaly", NO_NUMBER)
]

/** Combines the rules into one expression. */
export const verdictSql = (rules: Rules, otherwise: ReasonName): string =>
  `CASE ${rules.map(([condition, verdict]) => `WHEN ${condition} THEN '${verdict}'`).join(" ")} ELSE '${otherwise}' END`
