/** Numbers and tables as the documents print them. */

/** With thousands separators. */
export const number = (value: number, digits = 0): string =>
  Number.isFinite(value)
    ? value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })
    : "-"

/** Milliseconds as seconds. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`

/** A share as a percentage, without the sign; empty if it is no number. */
export const percent = (share: number): string => (Number.isFinite(share) ? (share * 100).toFixed(1) : "")

/** A Markdown table. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")

/** The named facts of a machine, as one line. */
export const factsOf = (machine: ReadonlyArray<readonly [string, string]>, names?: ReadonlyArray<string>): string =>
  machine
    .filter(([name]) => names === undefined || names.includes(name))
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ")
