/** Facts about processes, from Linux's /proc. */
import { readdirSync, readFileSync } from "node:fs"

/** `sysconf(_SC_CLK_TCK)`: 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly session: number
  /** Together with the pid it identifies a process uniquely. */
  readonly startTicks: number
  /** CPU seconds of the process itself. */
  readonly cpu: number
  /** CPU seconds of its reaped children and their descendants. */
  readonly childrenCpu: number
}

/** `undefined` if the file does not exist. */
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
  // The process name may contain any character. The third field follows its last parenthesis.
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

/** CPU seconds of a process, its children and its reaped children. */
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

/** Proportional set size. Resident memory if the kernel does not report it. */
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
 * Bytes that a process has handed to the kernel, for files and sockets, including kernel-side
 * copies.
 */
export const bytesWritten = (pid: number): number =>
  Number(/^wchar: (\d+)$/m.exec(read(`/proc/${pid}/io`) ?? "")?.[1] ?? 0)

/** Busy CPU seconds of the machine, and CPU seconds that its host withheld. */
export const machineCpu = (): { readonly busy: number; readonly stolen: number } => {
  const line = (read("/proc/stat") ?? "").split("\n")[0] ?? ""
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) / TICKS_PER_SECOND)
  return { busy: user + nice + system + irq + softirq, stolen }
}
