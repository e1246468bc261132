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
/** All of the first samples include it, for short runs. */
const FIRST_SAMPLES = 12

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0)

/** CPU seconds of all parties so far. */
const spentBy = ({ brokerPid, postmasterPid }: Servers) => ({
  machine: machineCpu(),
  broker: statOf(brokerPid)?.cpu ?? 0,
  postgres: familyCpu(postmasterPid),
  self: statOf("self")?.cpu ?? 0,
  reaped: statOf("self")?.childrenCpu ?? 0
})
type Spent = ReturnType<typeof spentBy>

const isRunning = (child: ChildProcess): boolean => child.exitCode === null && child.signalCode === null

/** A program in a session of its own. Notes the times and costs of its first fetch and its end. */
class Session {
  readonly child: ChildProcess
  /** Completes after all output has arrived. */
  readonly closed = Deferred.makeUnsafe<number | string>()
  output = ""
  firstFetch: { readonly atMs: number; readonly cpu: number } | undefined
  end: { readonly atMs: number; readonly spent: Spent } | undefined

  constructor(program: Program, servers: Servers) {
    const writtenBefore = bytesWritten(servers.brokerPid)
    const child = spawn(program.command, program.args, {
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...program.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      ...(program.cwd === undefined ? {} : { cwd: program.cwd })
    })
    this.child = child
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (this.output += chunk.toString()))
    const kill = () => this.kill()
    process.once("exit", kill)
    child.once("error", (error) => Deferred.doneUnsafe(this.closed, Effect.succeed(error.message)))
    child.once("close", (code, signal) => Deferred.doneUnsafe(this.closed, Effect.succeed(code ?? signal ?? "lost")))
    child.once("exit", () => {
      this.end = { atMs: Date.now(), spent: spentBy(servers) }
      process.off("exit", kill)
    })
    const probe = setInterval(() => {
      if (bytesWritten(servers.brokerPid) - writtenBefore >= FETCH_BYTES) {
        this.firstFetch = { atMs: Date.now(), cpu: sum(this.processes().map(({ cpu }) => cpu)) }
      }
      if (this.firstFetch !== undefined || !isRunning(child)) clearInterval(probe)
    }, FETCH_PROBE_MS)
  }

  processes(): ReadonlyArray<ProcessStat> {
    return allStats().filter(({ session }) => session === this.child.pid)
  }

  /** Ends all its processes. */
  kill(): void {
    for (const { pid } of this.processes()) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // The process has ended already.
      }
    }
  }
}

/** CPU and memory of a session's processes, from samples. */
class Samples {
  readonly #cpus = new Map<string, number>()
  readonly #peaks = new Map<string, number>()
  #peakMemoryMiB = 0
  #count = 0

  take(processes: ReadonlyArray<ProcessStat>): void {
    for (const { cpu, pid, startTicks } of processes) {
      const id = `${pid}/${startTicks}`
      this.#cpus.set(id, cpu)
      this.#peaks.set(id, Math.max(this.#peaks.get(id) ?? 0, residentMiB(pid)?.peak ?? 0))
    }
    this.#count++
    if (this.#count <= FIRST_SAMPLES || this.#count % SAMPLES_PER_MEMORY === 0) {
      this.#peakMemoryMiB = Math.max(this.#peakMemoryMiB, sum(processes.map(({ pid }) => memoryMiB(pid))))
    }
  }

  get cpu(): number {
    return sum(this.#cpus.values())
  }

  get peaks(): Pick<Usage, "peakMemoryMiB" | "peakResidentMiB"> {
    return { peakMemoryMiB: this.#peakMemoryMiB, peakResidentMiB: sum(this.#peaks.values()) }
  }
}

/**
 * Starts a program as a session of its own. All processes of the session are measured and end with
 * the scope.
 */
export const start = (program: Program, servers: Servers): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.gen(function* () {
    const before = spentBy(servers)
    const startedMs = yield* Clock.currentTimeMillis
    const session = yield* Effect.acquireRelease(
      Effect.sync(() => new Session(program, servers)),
      (session) => Effect.sync(() => session.kill())
    )
    const samples = new Samples()
    yield* Effect.sync(() => samples.take(session.processes())).pipe(
      Effect.repeat(Schedule.spaced(SAMPLE)),
      Effect.forkScoped
    )
    return {
      output: () => session.output,
      signal: (name) => Effect.sync(() => void session.child.kill(name)),
      ended: Deferred.await(session.closed),
      usage: Effect.gen(function* () {
        const { atMs, spent } = session.end ?? { atMs: yield* Clock.currentTimeMillis, spent: spentBy(servers) }
        // The CPU of reaped children is exact, but it lacks processes that others adopted.
        const cpu = Math.max(samples.cpu, spent.reaped - before.reaped)
        const brokerCpu = spent.broker - before.broker
        const postgresCpu = spent.postgres - before.postgres
        const own = spent.self - before.self
        return {
          startedMs,
          firstFetchMs: session.firstFetch?.atMs,
          endedMs: atMs,
          cpu,
          startCpu: session.firstFetch?.cpu ?? 0,
          brokerCpu,
          postgresCpu,
          otherCpu: Math.max(0, spent.machine.busy - before.machine.busy - cpu - brokerCpu - postgresCpu - own),
          stolenCpu: spent.machine.stolen - before.machine.stolen,
          ...samples.peaks,
          output: session.output
        }
      })
    }
  })
