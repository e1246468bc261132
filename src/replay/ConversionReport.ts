/** Results of conversions of saved chat: sentences for people, and objects for machines. */
import { escapeControls } from "../domain/EscapeControls.ts"
import { counted } from "../domain/Wording.ts"
import { countsOf } from "./ConversionCounts.ts"
import type { ConvertedFile } from "./Spool.ts"

/** Lines on one file: its format and counts, then assumptions about it. */
const linesOf = (
  { events, file, name, notes, skipped, streams, unusable }: ConvertedFile,
  stream: string | undefined
): ReadonlyArray<string> => {
  const skips = skipped.size === 0 ? "" : `. Skipped: ${countsOf(skipped)}`
  const faults = unusable.size === 0 ? "" : `. Unusable: ${countsOf(unusable)}`
  const unused =
    stream === undefined || streams.size === 0
      ? []
      : [
          `${escapeControls(file)} names its stream itself (${[...streams].map(escapeControls).join(", ")}); --stream counts only for messages without one`
        ]
  return [
    `${escapeControls(file)} is ${name}: ${counted(events, "message")}${skips}${faults}`,
    ...[...notes, ...unused].map((note) =>
      note.startsWith(escapeControls(file)) ? note : `${escapeControls(file)}: ${note}`
    )
  ]
}

export const conversionNotices = (
  files: ReadonlyArray<ConvertedFile>,
  stream: string | undefined
): ReadonlyArray<string> => files.flatMap((file) => linesOf(file, stream))

export const conversionJson = ({ events, file, format, notes, skipped, unusable }: ConvertedFile) => ({
  file,
  format,
  messages: events,
  skipped: Object.fromEntries(skipped),
  unusable: Object.fromEntries(unusable),
  notes
})
