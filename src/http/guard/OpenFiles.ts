/**
 * The number of files and sockets that this process may open. Node raises the soft limit to the
 * hard limit at its start.
 */
import { readFileSync } from "node:fs"

/** Parses `/proc/self/limits`; `undefined` = unlimited or unknown. */
export const openFilesIn = (limits: string): number | undefined => {
  const [, soft] = /^Max open files\s+(\d+)\s/m.exec(limits) ?? []
  return soft === undefined ? undefined : Number(soft)
}

/** The limit of this process; `undefined` = unlimited, or unknown outside of Linux. */
export const openFiles = (): number | undefined => {
  try {
    return openFilesIn(readFileSync("/proc/self/limits", "utf8"))
  } catch {
    return undefined
  }
}
