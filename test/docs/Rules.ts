/** The checkable rules for plain English: words, sentences, widths and identifiers. */
import { passagesOf, type Passage } from "./Passages.ts"

export interface Violation {
  readonly line: number
  readonly rule: string
  readonly excerpt: string
}

export const MAXIMUM_WORDS = 25
export const COMMENT_COLUMNS = 100
export const CODE_COLUMNS = 120

/** Words and turns that have a plain counterpart. The name of each rule is the advice. */
const TURNS: Readonly<Record<string, RegExp>> = {
  "report, log or return, not tell": /\b(?:tell|tells|telling|told)\b/i,
  "state, report or contain, not say": /\b(?:say|says|saying|said)\b/i,
  "request, query or check, not ask": /\b(?:ask|asks|asking|asked)\b/i,
  "check, read or search, not look":
    /(?<!-)\b(?:look|looks|looking|looked)\b(?!-?(?:up|back|ahead|behind)\b| like\b| up\b)/i,
  "be, exist or remain, not stand": /(?<!-)\b(?:stand|stands|standing|stood)\b(?!-| for\b| out\b)/i,
  "stop or fail, not give in": /\b(?:give|gives|giving|gave) in\b(?! (?:the|a|an|its|this)\b)/i,
  "again, not anew": /\banew\b/i,
  "equal or the same, not alike": /\balike\b/i,
  "next to or as well as, not beside": /\bbeside\b/i,
  "usually or a figure, not mostly": /\bmostly\b/i,
  "also or the same, not likewise": /\blikewise\b/i,
  "caller, client, operator or user, not a pronoun":
    /\b(?:somebody|nobody|whoever|whomever|anybody|everybody)\b|\bfor who\b/i,
  "continue or make progress, not go on or get on":
    /\b(?:gets?|getting|got|goes|go|going|went) on(?= and\b| with\b|[.,;:)]|$)/i,
  "ended or removed, not is no more": /(?<!\bthere )\b(?:is|are|was|were) no more\b(?! than\b)/i,
  "without effect, not in vain": /\bin vain\b/i,
  "maintain, not look after": /\b(?:looked|looks|looking) after\b/i,
  "silently, not without a word": /\bwithout (?:a )?word\b|\bword of (?:complaint|honou?r)\b/i,
  "the plain form of this turn":
    /\bas it is but\b|\bas if alike\b|\btwice is as once\b|\bsigns? of life\b|\bslip of the hand\b|\bshared out\b|\bheard of\b|\bthere is hope\b|\bsmells of\b|\bgone over\b/i
}

/** Beginnings of sentences that hide their subject. */
const OPENINGS: Readonly<Record<string, RegExp>> = {
  "a subject first, not Of": /^of /i,
  "if or when, not Where": /^Where [^?]*,[^?]*$/,
  "a noun first, not What or Who": /^(?:What|Who|Whose|Whom) [^?]*$/
}

/** Names that begin with a small letter. */
const SMALL_NAMES = new Set([
  "kafkajs",
  "librdkafka",
  "npm",
  "npx",
  "psql",
  "pg",
  "oxlint",
  "oxfmt",
  "vitest",
  "jq",
  "tsc"
])

const ABBREVIATION = /\b(?:e\.g|i\.e|vs|etc|cf|approx|incl|excl|max|min|no|St)\.$/i

/** One word, whatever is in it: a code span, a quotation, an address. */
const ONE = "Thing"

const withoutQuotations = (text: string): string =>
  text
    .replaceAll(/``.+?``|`[^`]*`/gs, ONE)
    .replaceAll(/\{@link [^}]*\}/g, ONE)
    .replaceAll(/https?:\/\/\S*[\w/]/g, ONE)
    .replaceAll(/(?<=^|[\s(|*])["“][^"“”]{1,160}["”](?=$|[\s).,;:!?|*])/gm, ONE)
    .replaceAll(/(?<=^|[\s(|*])\*[^*\n]{1,160}\*(?=$|[\s).,;:!?|])/gm, ONE)

const withoutLinks = (text: string, replacement: string): string =>
  text.replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, replacement)

/** Indented examples, fences and tags of a comment are no prose. */
const withoutExamples = (text: string): string =>
  text
    .replaceAll(/^```.*?^```$/gms, (code) => code.replaceAll(/[^\n]/g, ""))
    .replaceAll(/^ {3,}.*$/gm, "")
    .replaceAll(/^@\w+/gm, "")

interface Sentence {
  readonly text: string
  readonly offset: number
}

/** A sentence ends with a full stop, a blank line or where a list item begins. */
export const sentencesOf = (text: string): ReadonlyArray<Sentence> => {
  const sentences: Array<Sentence> = []
  let start = 0
  const push = (end: number) => {
    const raw = text.slice(start, end)
    if (raw.trim() !== "") sentences.push({ text: raw.trim(), offset: start + raw.search(/\S/) })
    start = end
  }
  for (const { 0: match, index } of text.matchAll(
    /[.!?…]["')\]*_]*(?=\s|$)|\n\s*\n|\n(?=\s*(?:[-*|]|\d+\.) )|:(?=\n\s*\n)/g
  )) {
    const end = index + match.length
    if (match.startsWith(".") && ABBREVIATION.test(text.slice(start, index + 1))) continue
    push(end)
  }
  push(text.length)
  return sentences
}

export const wordsOf = (sentence: string): number =>
  sentence.split(/[\s—]+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length

const excerptOf = (text: string): string => {
  const flat = text.replaceAll(/\s+/g, " ").trim()
  return flat.length > 110 ? `${flat.slice(0, 107)}...` : flat
}

const lineOf = ({ line, text }: Passage, offset: number): number =>
  line + (text.slice(0, offset).match(/\n/g) ?? []).length

const turnsOf = (passage: Passage): ReadonlyArray<Violation> => {
  const text = withoutLinks(withoutQuotations(passage.text), "$1")
  return Object.entries(TURNS).flatMap(([rule, pattern]) =>
    [...text.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(({ index }) => ({
      line: lineOf({ ...passage, text }, index),
      rule,
      excerpt: excerptOf(text.slice(Math.max(0, index - 40), index + 60))
    }))
  )
}

const proseOf = (passage: Passage): string =>
  withoutLinks(withoutQuotations(passage.kind === "comment" ? withoutExamples(passage.text) : passage.text), ONE)

const sentenceViolations = (passage: Passage): ReadonlyArray<Violation> => {
  const text = proseOf(passage)
  return sentencesOf(text).flatMap((sentence) => {
    const at = (rule: string): Violation => ({
      line: lineOf({ ...passage, text }, sentence.offset),
      rule,
      excerpt: excerptOf(sentence.text)
    })
    const words = wordsOf(sentence.text)
    return [
      ...(words > MAXIMUM_WORDS ? [at(`at most ${MAXIMUM_WORDS} words, not ${words}`)] : []),
      ...Object.entries(passage.isFragment && passage.kind === "markdown" ? {} : OPENINGS).flatMap(([rule, pattern]) =>
        pattern.test(sentence.text) ? [at(rule)] : []
      )
    ]
  })
}

/** Whole comments are sentences. Short ones and those behind code may be labels. */
const formViolations = (passage: Passage): ReadonlyArray<Violation> => {
  if (passage.kind !== "comment" || passage.isFragment) return []
  const text = proseOf(passage).trim()
  if (wordsOf(text) < 4) return []
  const [first = ""] = /^[a-z]+(?=[\s,;:.])/.exec(text) ?? []
  const at = (rule: string): Violation => ({ line: passage.line, rule, excerpt: excerptOf(passage.text) })
  return [
    ...(first !== "" && !SMALL_NAMES.has(first) ? [at("a capital letter first")] : []),
    ...(/[\p{L}\p{N})\]"']$/u.test(text) && !/[.!?]["')\]]+$/.test(text) && !text.endsWith(ONE)
      ? [at("a full stop last")]
      : [])
  ]
}

/** Parts of identifiers that follow the same rules. */
const NAME_WORDS = new Set(
  "tell tells telling told ask asks asked asking say says said nobody somebody whoever anybody anew alike beside".split(
    " "
  )
)

const nameViolations = (passage: Passage): ReadonlyArray<Violation> => {
  const words = passage.text.split(/(?<=[a-z\d])(?=[A-Z])|_/).map((word) => word.toLowerCase())
  const isBad = words.some(
    (word, index) =>
      NAME_WORDS.has(word) ||
      (/^look(?:s|ed|ing)?$/.test(word) && !["up", "back", "ahead", "behind"].includes(words[index + 1] ?? ""))
  )
  return isBad ? [{ line: passage.line, rule: "a plain identifier", excerpt: passage.text }] : []
}

/** A literal of one or two words is a name or a value. */
const isProse = ({ text }: Passage): boolean => wordsOf(text) >= 3

const CODE = /\b(?:CASE|SELECT|INSERT|UPDATE|DELETE|FROM|VALUES|CREATE|ALTER|GRANT|SET)\b|=>|^\s*(?:[[{<]|:root)/

/**
 * Files whose literals are data: chat messages, sentences about people, word lists, tables of
 * characters, quoted test titles.
 */
const DATA = new RegExp(
  `^(?:${[
    "src/sentiment/lexicon/",
    "src/source/simulator/",
    "src/postgres/login/StringPrep\\.ts$",
    "src/(?:reaction/CommonWords|anomaly/Sentence)\\.ts$",
    "test/anomaly/Moments\\.test\\.ts$",
    "test/oracle/(?:Detection\\.test|Sentences)\\.ts$",
    "test/mutants/table\\.ts$",
    "test/sentiment/",
    "test/scorecard/",
    "test/e2e/dashboard/FixtureData\\.ts$",
    "test/docs/(?:Rules|English\\.test)\\.ts$",
    "ops/lexicon/"
  ].join("|")})`
)

const passageViolations = (path: string, passage: Passage): ReadonlyArray<Violation> => {
  if (passage.kind === "identifier") return nameViolations(passage)
  if (passage.kind === "string") {
    if (!isProse(passage) || DATA.test(path)) return []
    return CODE.test(passage.text) ? turnsOf(passage) : [...turnsOf(passage), ...sentenceViolations(passage)]
  }
  return [...turnsOf(passage), ...sentenceViolations(passage), ...formViolations(passage)]
}

const isComment = (line: string, isCode: boolean): boolean =>
  (isCode ? /^\s*(?:\/\/|\/\*|\*[\s/])/ : /^\s*(?:#|--)/).test(line)

/** A line that consists of one literal, address or pattern cannot wrap. */
const cannotWrap = (line: string): boolean =>
  /https?:\/\/\S{40}|\/\/ oxlint-disable/.test(line) || /(["'`/])(?:(?!\1).){60,}\1/.test(line)

const widthViolations = (path: string, source: string): ReadonlyArray<Violation> => {
  if (DATA.test(path) || !/\.(?:tsx?|js|sql|ya?ml|sh)$|Dockerfile$|\.ci\/run$/.test(path)) return []
  const isCode = /\.(?:tsx?|js)$/.test(path)
  return source.split("\n").flatMap((text, index) => {
    const width = [...text].length
    const violation = { line: index + 1, excerpt: excerptOf(text) }
    if (isComment(text, isCode))
      return width > COMMENT_COLUMNS && !/https?:\/\//.test(text)
        ? [{ ...violation, rule: `comments within ${COMMENT_COLUMNS} columns, not ${width}` }]
        : []
    return isCode && width > CODE_COLUMNS && !cannotWrap(text)
      ? [{ ...violation, rule: `code within ${CODE_COLUMNS} columns, not ${width}` }]
      : []
  })
}

/** Violations of a file, by line. `path` is relative to the repository. */
export const violations = (path: string, source: string): ReadonlyArray<Violation> => {
  const found = [
    ...passagesOf(path, source).flatMap((passage) => passageViolations(path, passage)),
    ...widthViolations(path, source)
  ]
  return [
    ...new Map(
      found.map((violation) => [`${violation.line} ${violation.rule} ${violation.excerpt}`, violation])
    ).values()
  ].sort((left, right) => left.line - right.line)
}
