/** The sentence about saved chat that states neither its stream nor its day: what to type. */
import { escapeControls } from "../domain/EscapeControls.ts"
import type { Missing } from "./formats/Conversion.ts"

interface Lacking extends Missing {
  readonly file: string
  /** The format's name. */
  readonly format: string
}

const MOST_NAMED = 3

const namesOf = (files: ReadonlyArray<Lacking>): string => {
  const named = files.slice(0, MOST_NAMED).map(({ file, format }) => `${escapeControls(file)} (${format})`)
  const others = files.length - named.length
  return [...named, ...(others > 0 ? [`${others} more`] : [])].join(", ")
}

const lackOf = (isStream: boolean, isStart: boolean): string =>
  [...(isStream ? ["its stream"] : []), ...(isStart ? ["the day of its times"] : [])].join(" or ")

/** None if nothing is lacking; otherwise one line with the whole command. */
export const missingFlags = (
  files: ReadonlyArray<Lacking>,
  command: (flags: ReadonlyArray<string>) => string
): ReadonlyArray<string> => {
  if (files.length === 0) return []
  const isStream = files.some(({ stream }) => stream)
  const isStart = files.some(({ start }) => start)
  const flags = [...(isStream ? ["--stream NAME"] : []), ...(isStart ? ["--start 2026-01-31T18:00:00Z"] : [])]
  const lack = lackOf(isStream, isStart)
  return [
    `Nothing was replayed: ${namesOf(files)} ${files.length === 1 ? "does" : "do"} not state ${lack}. Type, with your values: ${command(flags)}`
  ]
}

/** The argument as a shell reads it. */
export const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`
