/** How many files and sockets this process may have open at once. Node raises its soft limit to the hard one at its start. */
import { readFileSync } from "node:fs"

/** From the text of `/proc/self/limits`; `undefined` = unlimited or unknown. */
export const openFilesIn = (limits: string): number | undefined => {
  const [, soft] = /^Max open files\s+(\d+)\s/m.exec(limits) ?? []
  return soft === undefined ? undefined : Number(soft)
}

/** The limit of this process; `undefined` = unlimited or, outside of Linux, unknown. */
export const openFiles = (): number | undefined => {
  try {
    return openFilesIn(readFileSync("/proc/self/limits", "utf8"))
  } catch {
    return undefined
  }
}
