/**
 * Runs a program and measures it from outside: CPU and memory of its processes, CPU of the servers,
 * and the time of its first fetch.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { Clock, Deferred, Duration, Effect, Schedule, type Scope } from "effect"
import {
  allStats,
  bytesWritten,
  familyCpu,
  machineCpu,
  memoryMiB,
  type ProcessStat,
  residentMiB,
  statOf
} from "./Proc.ts"

export interface Program {
  readonly command: string
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
}

export interface Servers {
  readonly brokerPid: number
  readonly postmasterPid: number
}

export interface Usage {
  readonly startedMs: number
  /** Time of the first fetch; `undefined` if the broker sent no records. */
  readonly firstFetchMs: number | undefined
  readonly endedMs: number
  /** CPU seconds of all processes of the program, from start to end. */
  readonly cpu: number
  /** The part of {@link cpu} before the first fetch. */
  readonly startCpu: number
  readonly brokerCpu: number
  readonly postgresCpu: number
  /** CPU seconds of all other processes on the machine, except this measurement. */
  readonly otherCpu: number
  readonly stolenCpu: number
  /** Peak memory of all processes of the program together. */
  readonly peakMemoryMiB: number
  /**
   * Sum of the peak resident memory of its processes. The kernel records each peak, however short.
   */
  readonly peakResidentMiB: number
  readonly output: string
}

export interface Running {
  readonly output: () => string
  readonly signal: (name: NodeJS.Signals) => Effect.Effect<void>
  /** Its exit code, the name of the signal that ended it, or the reason why it did not start. */
  readonly ended: Effect.Effect<number | string>
  /** Its costs. Read them after it has ended. */
  readonly usage: Effect.Effect<Usage>
}

/** Responses about metadata and groups are far smaller. A fetch of records is larger. */
const FETCH_BYTES = 100_000
const FETCH_PROBE_MS = 10
const SAMPLE = Duration.millis(250)
/** The kernel needs milliseconds per GiB to sum up memory, so only some samples include it. */
const SAMPLES_PER_MEMORY = 4

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0)

/** The processes of its session. */
const processesOf = ({ pid }: ChildProcess): ReadonlyArray<ProcessStat> =>
  allStats().filter(({ session }) => session === pid)

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

/** Ends every process of a session, by its id. */
const killSession = (session: number): void => {
  for (const { pid, session: its } of allStats()) {
    if (its !== session) continue
    try {
      process.kill(pid, "SIGKILL")
    } catch {
      // The process has ended already.
    }
  }
}

/**
 * Starts a program as a session of its own. All processes of the session are measured and end with
 * the scope.
 */
export const start = (program: Program, servers: Servers): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.gen(function* () {
    const spent = () => ({
      machine: machineCpu(),
      broker: statOf(servers.brokerPid)?.cpu ?? 0,
      postgres: familyCpu(servers.postmasterPid),
      self: statOf("self")?.cpu ?? 0,
      reaped: statOf("self")?.childrenCpu ?? 0
    })
    const before = spent()
    const writtenBefore = bytesWritten(servers.brokerPid)
    let output = ""
    let firstFetchMs: number | undefined
    let startCpu = 0
    let endedMs: number | undefined
    let after: ReturnType<typeof spent> | undefined
    // Completes after all output has arrived.
    const closed = Deferred.makeUnsafe<number | string>()
    const startedMs = yield* Clock.currentTimeMillis
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const child = spawn(program.command, program.args, {
          env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...program.env },
          detached: true,
          stdio: ["ignore", "pipe", "pipe"],
          ...(program.cwd === undefined ? {} : { cwd: program.cwd })
        })
        for (const stream of [child.stdout, child.stderr])
          stream.on("data", (chunk: Buffer) => (output += chunk.toString()))
        const kill = () => killSession(child.pid ?? -1)
        process.once("exit", kill)
        child.once("error", (error) => Deferred.doneUnsafe(closed, Effect.succeed(error.message)))
        child.once("close", (code, signal) => Deferred.doneUnsafe(closed, Effect.succeed(code ?? signal ?? "lost")))
        child.once("exit", () => {
          endedMs = Date.now()
          after = spent()
          process.off("exit", kill)
        })
        const probe = setInterval(() => {
          if (bytesWritten(servers.brokerPid) - writtenBefore >= FETCH_BYTES) {
            firstFetchMs = Date.now()
            startCpu = sum(processesOf(child).map(({ cpu }) => cpu))
          }
          if (firstFetchMs !== undefined || !isRunning(child)) clearInterval(probe)
        }, FETCH_PROBE_MS)
        return child
      }),
      (child) => Effect.sync(() => killSession(child.pid ?? -1))
    )
    const cpus = new Map<string, number>()
    const peaks = new Map<string, number>()
    let peakMemoryMiB = 0
    let samples = 0
    const sample = Effect.sync(() => {
      const mine = processesOf(child)
      for (const { cpu, pid, startTicks } of mine) {
        const id = `${pid}/${startTicks}`
        cpus.set(id, cpu)
        peaks.set(id, Math.max(peaks.get(id) ?? 0, residentMiB(pid)?.peak ?? 0))
      }
      if (samples++ % SAMPLES_PER_MEMORY === 0) {
        peakMemoryMiB = Math.max(peakMemoryMiB, sum(mine.map(({ pid }) => memoryMiB(pid))))
      }
    })
    yield* sample.pipe(Effect.repeat(Schedule.spaced(SAMPLE)), Effect.forkScoped)
    return {
      output: () => output,
      signal: (name) => Effect.sync(() => void child.kill(name)),
      ended: Deferred.await(closed),
      usage: Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const at = after ?? spent()
        const sampled = sum(cpus.values())
        // The CPU of reaped children is exact, but it lacks processes that others adopted.
        const cpu = Math.max(sampled, at.reaped - before.reaped)
        const brokerCpu = at.broker - before.broker
        const postgresCpu = at.postgres - before.postgres
        const own = at.self - before.self
        return {
          startedMs,
          firstFetchMs,
          endedMs: endedMs ?? now,
          cpu,
          startCpu,
          brokerCpu,
          postgresCpu,
          otherCpu: Math.max(0, at.machine.busy - before.machine.busy - cpu - brokerCpu - postgresCpu - own),
          stolenCpu: at.machine.stolen - before.machine.stolen,
          peakMemoryMiB,
          peakResidentMiB: sum(peaks.values()),
          output
        }
      })
    }
  })
