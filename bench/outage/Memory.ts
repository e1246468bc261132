/** The resident memory of a process, each second, as Linux tells it. */
import { readFile } from "node:fs/promises"
import { Clock, Effect, type Scope } from "effect"
import { median } from "../Median.ts"

export interface Memory {
  /** Bytes seen since then. */
  readonly since: (ms: number) => ReadonlyArray<number>
}

/** Its resident memory, as long as the process lives. */
const residentBytes = async (pid: number): Promise<number | undefined> => {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "")
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
}

export const watchMemory = (pid: number): Effect.Effect<Memory, never, Scope.Scope> =>
  Effect.gen(function* () {
    const samples: Array<{ readonly atMs: number; readonly bytes: number }> = []
    yield* Effect.promise(() => residentBytes(pid)).pipe(
      Effect.tap((bytes) =>
        Effect.map(Clock.currentTimeMillis, (atMs) => (bytes === undefined ? undefined : samples.push({ atMs, bytes })))
      ),
      Effect.andThen(Effect.sleep("1 second")),
      Effect.forever,
      Effect.forkScoped
    )
    return { since: (ms) => samples.filter(({ atMs }) => atMs >= ms).map(({ bytes }) => bytes) }
  })

/** What the process usually has. */
export const usual = (memory: Memory, sinceMs: number): number => median(memory.since(sinceMs))

export const greatest = (memory: Memory, sinceMs: number): number => Math.max(...memory.since(sinceMs))

export const last = (memory: Memory): number => memory.since(0).at(-1) ?? Number.NaN
