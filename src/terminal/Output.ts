/**
 * The output of commands: text from outside cannot control the terminal, and a reader may close the
 * pipe early.
 */
import { Console, Effect } from "effect"
import { escapeControls } from "../domain/EscapeControls.ts"

/** JSON on one line. Control characters that JSON permits but terminals obey are escaped too. */
export const jsonLine = (value: unknown): string => escapeControls(JSON.stringify(value))

export const printJson = (value: unknown): Effect.Effect<void> => Console.log(jsonLine(value))

/** Each value as JSON on a line of its own. */
export const printJsonLines = (values: ReadonlyArray<unknown>): Effect.Effect<void> =>
  Effect.forEach(values, printJson, { discard: true })

/**
 * How many columns text takes in a terminal, near enough: wide characters two, combining marks
 * none.
 */
export const widthOf = (text: string): number => {
  let width = 0
  for (const char of text) width += NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1
  return width
}

const NO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u
const WIDE =
  /[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\uff01-\uff60]/u

/** The text, cut with an ellipsis where it takes more than `columns`. */
export const cut = (text: string, columns: number): string => {
  if (widthOf(text) <= columns) return text
  let kept = ""
  let width = 1
  for (const char of text) {
    width += widthOf(char)
    if (width > columns) break
    kept += char
  }
  return `${kept}…`
}

export interface Column {
  readonly title: string
  readonly align: "left" | "right"
}

/**
 * Lines of aligned columns under their titles, two blanks between them. Control characters of the
 * cells are escaped; the last column is cut so that a line takes at most `width` columns, but not
 * below {@link LEAST_LAST}.
 */
export const table = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>,
  width: number
): ReadonlyArray<string> => {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(escapeControls))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => widthOf(row[index] ?? ""))))
  const last = columns.length - 1
  const left = widths.slice(0, last).reduce((sum, columnWidth) => sum + columnWidth + GAP.length, 0)
  const room = Math.max(LEAST_LAST, width - left)
  return cells.map((row) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? ""
        if (index === last && align === "left") return cut(cell, room)
        const blanks = " ".repeat((widths[index] ?? 0) - widthOf(cell))
        return align === "left" ? cell + blanks : blanks + cell
      })
      .join(GAP)
      .trimEnd()
  )
}

const GAP = "  "
const LEAST_LAST = 20

/** Columns of the terminal; for a pipe, wide enough for any reader. */
export const terminalWidth = (): number => process.stdout.columns || 200

const CODES = { red: 31, green: 32, yellow: 33, grey: 90 } as const
export type Colour = keyof typeof CODES

/** The text in a colour where standard output is a terminal and NO_COLOR is not set. */
export const paint = (colour: Colour, text: string): string =>
  process.stdout.isTTY && !process.env["NO_COLOR"] ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text
