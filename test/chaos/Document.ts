/** Puts a report into a document, between its two marks. */
import { describe, type Report } from "./Report.ts"

const BEGIN = "<!-- chaos report: begin -->"
const END = "<!-- chaos report: end -->"

/** The document with this report in place of the one before. Throws where the marks are missing: they come from the repository. */
export const withReport = (document: string, report: Report): string => {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`no "${BEGIN}" followed by "${END}"`)
  const command = `npm run chaos -- --minutes ${report.minutes} --seed ${report.seed} --workers ${report.workers.join(",")}`
  return `${document.slice(0, begin + BEGIN.length)}\n\n\`\`\`text\n$ ${command}\n${describe(report)}\n\`\`\`\n\n${document.slice(end)}`
}
