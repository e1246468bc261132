/** What Linux tells of processes under /proc. */
import { readdirSync, readFileSync } from "node:fs"

/** `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly session: number
  /** With the pid it names a process for good. */
  readonly startTicks: number
  /** Its own, in seconds. */
  readonly cpu: number
  /** Of its children that have ended and been waited for, theirs included, in seconds. */
  readonly childrenCpu: number
}

/** `undefined` where there is no such file (any more). */
const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return undefined
  }
}

export const statOf = (pid: number | "self"): ProcessStat | undefined => {
  const text = read(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name before the last parenthesis may hold anything; behind it stand the fields from the
  // third on.
  const field = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number)
  const at = (number: number): number => field[number - 3] ?? 0
  return {
    pid: Number.parseInt(text, 10),
    parent: at(4),
    session: at(6),
    cpu: (at(14) + at(15)) / TICKS_PER_SECOND,
    childrenCpu: (at(16) + at(17)) / TICKS_PER_SECOND,
    startTicks: at(22)
  }
}

export const allStats = (): ReadonlyArray<ProcessStat> =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== undefined)

/** CPU seconds of a process, of its children, and of those children of its that have ended. */
export const familyCpu = (pid: number): number => {
  const head = statOf(pid)
  if (head === undefined) return 0
  const children = allStats().filter(({ parent }) => parent === pid)
  return children.reduce((sum, { cpu }) => sum + cpu, head.cpu + head.childrenCpu)
}

const kibibytes = (path: string, name: string): number | undefined => {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(read(path) ?? "")?.[1]
  return found === undefined ? undefined : Number(found)
}

/**
 * Memory that is its own, and its part of what it shares; all that it maps, where the kernel
 * doesn't tell.
 */
export const memoryMiB = (pid: number): number =>
  (kibibytes(`/proc/${pid}/smaps_rollup`, "Pss") ?? kibibytes(`/proc/${pid}/status`, "VmRSS") ?? 0) / 1024

/**
 * Resident memory of a process: now, and its peak by the kernel's own account. `undefined` if it
 * has ended.
 */
export const residentMiB = (pid: number): { readonly now: number; readonly peak: number } | undefined => {
  const status = `/proc/${pid}/status`
  const now = kibibytes(status, "VmRSS")
  const peak = kibibytes(status, "VmHWM")
  return now === undefined || peak === undefined ? undefined : { now: now / 1024, peak: peak / 1024 }
}

/**
 * Bytes that a process has handed to the kernel so far, into files and sockets, those that the
 * kernel copied for it included.
 */
export const bytesWritten = (pid: number): number =>
  Number(/^wchar: (\d+)$/m.exec(read(`/proc/${pid}/io`) ?? "")?.[1] ?? 0)

/**
 * CPU seconds that the machine has spent on anything, and those that its host took away from it.
 */
export const machineCpu = (): { readonly busy: number; readonly stolen: number } => {
  const line = (read("/proc/stat") ?? "").split("\n")[0] ?? ""
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND)
  return { busy: user + nice + system + irq + softirq, stolen }
}
