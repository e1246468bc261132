/** Finds the prose of a file: Markdown blocks, comments, literals and JSX text, with lines. */
import { parseSync } from "rolldown/utils"

export type Kind = "markdown" | "comment" | "string" | "identifier"

export interface Passage {
  readonly kind: Kind
  /** Line of the first character, counted from 1. */
  readonly line: number
  /** Code spans, links and line breaks are still in it. */
  readonly text: string
  /** True for trailing comments, literals, table cells, list items and headings. */
  readonly isFragment: boolean
}

/** The place of each line's first character. */
const lineStartsOf = (text: string): ReadonlyArray<number> => [
  0,
  ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)
]

const lineAt = (starts: ReadonlyArray<number>, offset: number): number => {
  let [low, high] = [0, starts.length]
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle
  }
  return low + 1
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ")

const LIST_ITEM = /^\s*(?:[-*+]|\d+\.)\s+/

/** Blocks of Markdown outside code fences, generated tables and machine descriptions. */
export const markdownPassages = (source: string): ReadonlyArray<Passage> => {
  const prose = source
    .replaceAll(/^( *)```.*?^\1```$/gms, blank)
    .replaceAll(/<!-- [\w -]+: begin -->[\s\S]*?<!-- [\w -]+: end -->/g, (section) =>
      section.replaceAll(/^\s*\|.*$|^.*`npm run bench:.*$|^processor: .*$/gm, blank)
    )
    .replaceAll(/<!--[\s\S]*?-->/g, blank)
  const passages: Array<Passage> = []
  let open: { readonly line: number; text: string; readonly isFragment: boolean } | undefined
  const close = () => {
    if (open !== undefined) passages.push({ kind: "markdown", ...open })
    open = undefined
  }
  for (const [index, raw] of prose.split("\n").entries()) {
    const text = raw.replace(/^\s*>\s?/, "")
    const line = index + 1
    if (text.trim() === "" || /^\s*\|[\s:|-]+\|$/.test(text)) close()
    else if (/^\s*\|/.test(text)) {
      close()
      for (const cell of text.split(/(?<!\\)\|/)) {
        if (cell.trim() !== "") passages.push({ kind: "markdown", line, text: cell.trim(), isFragment: true })
      }
    } else if (/^#+ /.test(text)) {
      close()
      passages.push({ kind: "markdown", line, text: text.replace(/^#+ /, ""), isFragment: true })
    } else if (LIST_ITEM.test(text)) {
      close()
      open = { line, text: text.replace(LIST_ITEM, ""), isFragment: true }
    } else if (open === undefined) open = { line, text: text.trim(), isFragment: false }
    else open.text += `\n${text.trim()}`
  }
  close()
  return passages
}

/** Without the decoration of `//`, `/*`, `#`, `--`; one line of text per line of source. */
const bareComment = (comment: string): string =>
  comment
    .split("\n")
    .map((line) => line.replace(/^\s*(?:\/\*+|\*(?!\/)|\/\/+|#+|--+)?\s?/, "").replace(/\s*\*+\/\s*$/, ""))
    .join("\n")

/** Directives for tools, dividers and code that is commented out. */
const isDirective = (text: string): boolean =>
  /^\s*(?:oxlint-|oxfmt-|eslint-|@ts-|@vitest|v8 ignore|#?!\/|\/ <reference|[-=─━*#]{3,})/.test(text)

interface Comment {
  readonly start: number
  readonly end: number
}

/** One passage per block comment, and per run of line comments in one column. */
const commentPassages = (source: string, comments: ReadonlyArray<Comment>): ReadonlyArray<Passage> => {
  const starts = lineStartsOf(source)
  const columnOf = (offset: number): number => offset - (starts[lineAt(starts, offset) - 1] ?? 0)
  const isTrailing = (offset: number): boolean => {
    const before = source.slice(offset - columnOf(offset), offset)
    return before.trim() !== "" && !/^[\s{]*$/.test(before)
  }
  const runs: Array<{ start: number; end: number; text: string }> = []
  for (const { end, start } of comments) {
    const text = source.slice(start, end)
    if (isDirective(bareComment(text))) continue
    const last = runs.at(-1)
    if (
      last !== undefined &&
      !text.startsWith("/*") &&
      !source.startsWith("/*", last.start) &&
      !isTrailing(start) &&
      lineAt(starts, start) === lineAt(starts, last.end) + 1 &&
      columnOf(start) === columnOf(last.start)
    ) {
      last.end = end
      last.text += `\n${text}`
    } else runs.push({ start, end, text })
  }
  return runs.map(({ start, text }) => ({
    kind: "comment",
    line: lineAt(starts, start),
    text: bareComment(text),
    isFragment: isTrailing(start)
  }))
}

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "type" in value

const nodesOf = function* (value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesOf(item)
  else if (isNode(value)) {
    yield value
    for (const [key, child] of Object.entries(value)) if (key !== "type") yield* nodesOf(child)
  }
}

/** A template with each expression as one word. */
const templateText = ({ quasis }: Node): string =>
  Array.isArray(quasis) ? quasis.map(({ value: { cooked, raw } }) => cooked ?? raw).join("`x`") : ""

const literalPassage = (node: Node): readonly [Kind, string] | undefined => {
  const { type, name, value } = node
  if (type === "Literal" && typeof value === "string") return ["string", value]
  if (type === "TemplateLiteral") return ["string", templateText(node)]
  if (type === "JSXText" && typeof value === "string") return ["string", value]
  if ((type === "Identifier" || type === "PrivateIdentifier") && typeof name === "string") return ["identifier", name]
  return undefined
}

/** Comments, strings, JSX text and identifiers. */
export const typescriptPassages = (path: string, source: string): ReadonlyArray<Passage> => {
  const { comments, errors, program } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const starts = lineStartsOf(source)
  const literals: Array<Passage> = []
  const imports = new Set<unknown>()
  for (const node of nodesOf(program)) {
    if (/^(?:Import|Export)\w*Declaration$/.test(node.type)) imports.add(node["source"])
    if (imports.has(node)) continue
    const [kind, text] = literalPassage(node) ?? []
    if (kind !== undefined && text !== undefined) {
      literals.push({ kind, text, line: lineAt(starts, node.start), isFragment: true })
    }
  }
  return [...commentPassages(source, comments), ...literals]
}

const COMMENTS: Readonly<Record<string, RegExp>> = {
  hash: /(?<=^|\s)#(?!!)(?: .*|$)/gm,
  dashes: /--(?: .*|$)/gm,
  slashes: /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/gm,
  markup: /<!--[\s\S]*?-->/g
}

const styleOf = (path: string): string | undefined => {
  if (/\.(?:ya?ml|sh|env|example|properties|py)$|Dockerfile$|\.ci\/run$|\.(?:docker|git)ignore$/.test(path))
    return "hash"
  if (path.endsWith(".sql")) return "dashes"
  if (/\.(?:css|java)$/.test(path)) return "slashes"
  return path.endsWith(".html") || path.endsWith(".xml") ? "markup" : undefined
}

/** Values that people read: those of YAML, strings in JSON, quoted text in SQL. */
const valuePassages = (path: string, source: string): ReadonlyArray<Passage> => {
  const starts = lineStartsOf(source)
  const pattern = path.endsWith(".json")
    ? /"((?:[^"\\]|\\.)*)"/g
    : path.endsWith(".sql")
      ? /'((?:[^']|'')*)'/g
      : /^(?!\s*#)\s*(?:- )?[\w-]+:\s+(.*)$/gm
  return [...source.matchAll(pattern)].map(({ 1: text = "", index }) => ({
    kind: "string",
    text: text.replace(/\s#\s.*$/, ""),
    line: lineAt(starts, index),
    isFragment: true
  }))
}

/** The prose of a file. The name decides how to read it; unknown kinds have none. */
export const passagesOf = (path: string, source: string): ReadonlyArray<Passage> => {
  if (path.endsWith(".md")) return markdownPassages(source)
  if (/\.(?:ts|tsx|js|mts|mjs)$/.test(path)) return typescriptPassages(path, source)
  const values = /\.(?:ya?ml|json|sql)$/.test(path) ? valuePassages(path, source) : []
  const style = styleOf(path)
  if (style === undefined) return values
  const comments = [...source.matchAll(COMMENTS[style] ?? /$^/g)]
    .filter(({ 0: text }) => text.trim() !== "")
    .map(({ 0: text, index }) => ({ start: index, end: index + text.length }))
  return [...commentPassages(source, comments), ...values]
}
