/**
 * One seed: workers run on a simulated cluster and database while things go wrong; then all is
 * healed, read to the end, and judged.
 */
import { TaskMemory } from "../../../src/pipeline/TaskActivity.ts"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Logger, References } from "effect"
import type { PipelineSettings } from "../../../src/domain/Settings.ts"
import type { TaskDefinition } from "../../../src/domain/Task.ts"
import { runWorker } from "../../../src/worker/TaskPool.ts"
import { TaskObserver } from "../../../src/pipeline/TaskObserver.ts"
import { Sentiment } from "../../../src/sentiment/Sentiment.ts"
import { ResultStore } from "../../../src/sink/ResultStore.ts"
import { DeadLetterTopic } from "../../../src/source/DeadLetterTopic.ts"
import { ResultTopics } from "../../../src/source/ResultTopics.ts"
import { EventLog } from "../../../src/source/EventLog.ts"
import { type MomentCounts, noMoments } from "../../pipeline/Script.ts"
import { Cluster } from "./Cluster.ts"
import { Operator } from "./Operator.ts"
import { SensitivityFeed } from "../../../src/pipeline/SensitivityFeed.ts"
import { Producer } from "./History.ts"
import { type Begun, type FaultCounts, noFaults, type Plan, planOf, restartedWith } from "./Plan.ts"
import { Random } from "../../harness/Random.ts"
import type { Times } from "./Reading.ts"
import { Process, Simulation } from "./Simulation.ts"
import { type Sabotage, Tables } from "./Tables.ts"
import { verdictOn } from "./Verdict.ts"

export interface Outcome {
  /** The differences, and the broken promises. Empty = all is well. */
  readonly findings: ReadonlyArray<string>
  readonly counts: FaultCounts
  /** Rows in the tables at the end. */
  readonly rows: number
  readonly moments: MomentCounts
  /** Versions of the sensitivity that tasks applied. */
  readonly applied: number
}

export interface SeedOptions {
  readonly seed: number
  readonly sabotage?: Sabotage
  /** Replaces the plan's choice. */
  readonly sensitivity?: boolean
  /** Replaces the plan's choice. */
  readonly mapped?: boolean
  /** Receives a line for everything that happens. */
  readonly narrate?: (line: string) => void
}

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 24 * HOUR_MS
/** After so long without a heartbeat a process is left out of the group. */
const SESSION_TIMEOUT_MS = 2000
/** How long healed workers may take, at most. */
const PATIENCE_MS = 300_000

/** Nothing more is to come where nothing has come for so long; inputs become idle meanwhile. */
const QUIET_MS = 8000
/** The same if no input becomes idle: two trigger intervals and some time. */
const LAST_FLUSHES_MS = 3000

interface Worker {
  readonly process: Process
  readonly stop: Deferred.Deferred<void>
  readonly fiber: Fiber.Fiber<void, { readonly message: string }>
  /** Its end has been requested. */
  ending: boolean
}

class Scenario {
  readonly findings: Array<string> = []
  readonly counts = noFaults()
  readonly tables: Tables
  readonly #plan: Plan
  readonly #simulation: Simulation
  readonly #cluster: Cluster
  readonly #random: Random
  readonly #operator: Operator
  readonly #producers: ReadonlyArray<Producer>
  readonly #workers: Array<Worker> = []
  #started = 0
  /** How often everything was deployed again. */
  #redeployed = 0
  #times: Times
  /** The name of a recreated log while it is expected to stop a worker. */
  #remade: string | undefined

  constructor({ mapped, narrate, sabotage, seed, sensitivity }: SeedOptions) {
    const random = new Random(seed)
    const plan = planOf(random.fork())
    this.#plan = {
      ...plan,
      sensitivity: sensitivity ?? plan.sensitivity,
      mapped: mapped ?? plan.mapped
    }
    this.#random = random.fork()
    this.#simulation = new Simulation(random.fork(), narrate)
    this.#cluster = new Cluster(this.#simulation, this.#plan, this.counts, random.fork())
    this.tables = new Tables(this.#simulation, this.counts, sabotage ?? ((store) => store))
    this.#operator = new Operator(this.#simulation, this.tables, seed)
    this.#times = { leastMs: this.#simulation.trueMs, greatestMs: this.#simulation.trueMs }
    const { evenings, idleness, live, mapped: isMapped, settings, tasks } = this.#plan
    const fromMs = this.#simulation.trueMs - (live ? this.#random.between(0, 60_000) : 3 * YEAR_MS)
    this.#producers = tasks
      .flatMap(({ inputs }) => inputs)
      .map(
        (input) =>
          new Producer(this.#cluster.partitionOf(input), random.fork(), {
            settings,
            fromMs: fromMs + random.between(0, settings.window.sizeMs),
            live,
            leaps: idleness && !live,
            evenings,
            mapped: isMapped
          })
      )
    this.#simulation.log(JSON.stringify(this.#plan))
  }

  run(): void {
    const { durationMs, processes, sensitivity, settings, tasks } = this.#plan
    for (const producer of this.#producers) this.#begin(producer)
    for (let count = 0; count < processes; count++) this.#start(settings)
    this.#faultLater()
    if (sensitivity) this.#operator.work(durationMs)
    this.#simulation.run(durationMs)
    this.#heal()
    this.#finish()
    if (this.findings.length > 0) return
    for (const task of tasks) {
      this.findings.push(...verdictOn(task, this.#plan, this.#cluster, this.tables, this.#times, this.counts))
    }
    if (this.#plan.remade && this.findings.length === 0) this.#remake()
  }

  /** Lets a producer write until the faults are over. */
  #begin(producer: Producer): void {
    const random = this.#random
    const { durationMs, idleness, settings } = this.#plan
    // Without idleness every input has something from the start: an empty one would be idle at
    // once.
    if (!idleness) producer.produceAt(producer.cursorMs)
    if (!idleness || random.chance(0.8)) producer.produce(this.#simulation.trueMs)
    const again = () => {
      const isSilent = idleness && random.chance(0.1)
      const pauseMs = isSilent ? settings.idleTimeoutMs + random.between(0, 4000) : random.between(30, 800)
      if (this.#simulation.nowMs + pauseMs >= durationMs) return
      this.#simulation.after(pauseMs, () => {
        producer.produce(this.#simulation.trueMs)
        again()
      })
    }
    again()
  }

  /** In the place of a process that is gone. */
  #restart(): void {
    const { otherWindows, settings } = this.#plan
    const window = this.#redeployed === 0 ? settings.window : otherWindows[this.#redeployed - 1]
    this.#start(restartedWith(this.#plan, window ?? settings.window, this.#random))
  }

  #start(settings: PipelineSettings): void {
    const process = new Process(`worker ${++this.#started}`, this.#simulation, 0)
    const stop = Deferred.makeUnsafe<void>()
    const logger = Logger.make(({ message }) => this.#simulation.log(`${process.name} logs: ${String(message)}`))
    const context = process.context.pipe(
      Context.add(EventLog, this.#cluster.logOf(process)),
      Context.add(
        ResultStore,
        this.tables.storeOf(process, settings, (task) => this.#cluster.lossesOf(process, task))
      ),
      Context.add(DeadLetterTopic, { publish: (letters) => this.#cluster.publish(process, letters) }),
      Context.add(ResultTopics, { publish: (flush) => this.#cluster.publishResults(process, flush) }),
      this.#plan.sensitivity ? Context.add(SensitivityFeed, this.#operator.feedOf(process)) : (same) => same,
      Context.add(Logger.CurrentLoggers, new Set([logger])),
      Context.add(References.MinimumLogLevel, this.#simulation.narrate === undefined ? "None" : "Debug")
    )
    const options = {
      settings,
      owner: process.name,
      stop,
      memory: new TaskMemory(),
      knownLag: () => null
    }
    const running = Effect.provide(runWorker(options), [TaskObserver.layer({}), Sentiment.layer("baseline")])
    const fiber = Effect.runForkWith(context)(running)
    const worker: Worker = { process, stop, fiber, ending: false }
    this.#workers.push(worker)
    this.#simulation.log(`${process.name} starts: ${JSON.stringify(settings)}`)
    fiber.addObserver((exit) => this.#exited(worker, exit))
    // No process reports the death, so the group notices it late.
    process.whenDead(() => this.#gone(worker, this.#random.between(50, SESSION_TIMEOUT_MS)))
    this.#simulation.after(this.#random.between(0, 200), () => {
      if (process.state !== "dead") this.#cluster.join(process)
    })
  }

  #exited(worker: Worker, exit: Exit.Exit<void, { readonly message: string }>): void {
    const { process } = worker
    if (Exit.isFailure(exit) && !(worker.ending && Cause.hasInterruptsOnly(exit.cause))) {
      const text = Cause.pretty(exit.cause)
      // The log and the task each have their way of naming a partition.
      const names =
        this.#remade === undefined ? [] : [this.#remade, this.#remade.replace("[", " partition ").replace("]", "")]
      if (!names.some((name) => text.includes(name))) this.findings.push(`${process.name} failed: ${text}`)
      else this.counts.remade++
    } else if (!worker.ending) {
      this.findings.push(`${process.name} ended unexpectedly`)
    }
    process.whenDead(() => this.#gone(worker, this.#random.between(0, 10)))
    process.kill()
  }

  #gone(worker: Worker, noticedMs: number): void {
    this.#see(worker.process)
    this.#workers.splice(this.#workers.indexOf(worker), 1)
    this.#simulation.after(noticedMs, () => this.#cluster.leave(worker.process))
    if (this.#remade === undefined) this.#simulation.after(this.#random.between(10, 1500), () => this.#restart())
  }

  #faultLater(): void {
    const { durationMs, faultEveryMs, faults } = this.#plan
    const pauseMs = this.#random.between(0, 2 * faultEveryMs)
    if (faults.length === 0 || this.#simulation.nowMs + pauseMs >= durationMs) return
    this.#simulation.after(pauseMs, () => {
      const fault = this.#random.among(faults)
      if (fault !== undefined) this.#fault(fault)
      this.#faultLater()
    })
  }

  #fault(fault: Begun): void {
    const random = this.#random
    const { traps } = this.tables
    const worker = random.among(this.#workers)
    this.#simulation.log(`fault: ${fault}${worker === undefined ? "" : ` (${worker.process.name})`}`)
    switch (fault) {
      case "kill":
        if (worker === undefined) return
        this.counts.kill++
        return worker.process.killAfter(random.between(0, 300))
      case "killAtCommit":
        traps.kill = random.pick(["before", "after"])
        return
      case "interrupt":
      case "stop":
        if (worker === undefined || worker.ending) return
        worker.ending = true
        this.counts[fault]++
        return worker.process.post(() => {
          if (fault === "stop") Deferred.doneUnsafe(worker.stop, Exit.void)
          else worker.fiber.interruptUnsafe()
        })
      case "lostAnswer":
        traps.lostAnswers += random.between(1, 2)
        return
      case "storeFailure":
        traps.failures += random.between(1, 3)
        return
      case "storeOutage":
        this.counts.storeOutage++
        this.tables.downUntilMs = this.#simulation.nowMs + random.between(200, 4000)
        return
      case "logOutage":
        this.counts.logOutage++
        this.#cluster.downUntilMs = this.#simulation.nowMs + random.between(200, 4000)
        return
      case "rebalance":
        this.counts.rebalance++
        return this.#cluster.rebalance()
      case "freeze":
        if (worker !== undefined) this.#freeze(worker.process, random.between(50, 8000))
        return
      case "clockJump": {
        if (worker === undefined) return
        this.counts.clockJump++
        return this.#setClock(
          worker.process,
          random.pick([0, 1, -1]) * random.between(0, random.pick([3000, 60_000, HOUR_MS]))
        )
      }
      case "truncate":
        return this.#truncate()
      case "redeploy":
        return this.#redeploy()
    }
  }

  /** All processes go, and those that come have other windows. */
  #redeploy(): void {
    if (this.#redeployed === this.#plan.otherWindows.length) return
    this.#redeployed++
    for (const { process } of this.#workers.slice()) process.kill()
  }

  #setClock(process: Process, offsetMs: number): void {
    this.#see(process)
    process.wallOffsetMs = offsetMs
    this.#see(process)
  }

  #see({ wallMs }: Process): void {
    const { greatestMs, leastMs } = this.#times
    this.#times = { leastMs: Math.min(leastMs, wallMs), greatestMs: Math.max(greatestMs, wallMs) }
  }

  #freeze(process: Process, durationMs: number): void {
    if (process.state !== "running") return
    this.counts.freeze++
    process.state = "frozen"
    const simulation = this.#simulation
    simulation.after(SESSION_TIMEOUT_MS, () => {
      if (process.state === "frozen") this.#cluster.leave(process)
    })
    simulation.after(durationMs, () => this.#wake(process))
  }

  #wake(process: Process): void {
    if (process.state !== "frozen") return
    process.state = "running"
    this.#simulation.log(`${process.name} wakes`)
    // It has received nothing meanwhile, and continues until the group informs it.
    this.#simulation.after(this.#random.between(0, 1000), () => {
      if (process.state !== "dead" && !this.#cluster.isActive(process)) this.#cluster.join(process)
    })
  }

  #truncate(): void {
    const random = this.#random
    const partition = random.among([...this.#cluster.partitions.values()])
    if (partition === undefined) return
    const task = this.#plan.tasks.find(({ inputs }) => inputs.includes(partition.input))
    const known = task === undefined ? undefined : this.tables.checkpoint(task.sourcePartition)
    const stands = known?.inputs.find(
      ({ topic, partition: number }) => topic === partition.input.topic && number === partition.input.partition
    )
    const from = stands?.rereadOffset ?? partition.start
    const to = from + BigInt(random.between(1, 40))
    if (to <= partition.start) return
    partition.start = to < partition.end ? to : partition.end
    this.#simulation.log(`${partition.input.topic}[${partition.input.partition}] starts at ${partition.start}`)
  }

  #heal(): void {
    const { idleness, live, tasks } = this.#plan
    this.#simulation.log("all is healed")
    this.#cluster.healed = true
    this.#cluster.downUntilMs = 0
    this.tables.downUntilMs = 0
    Object.assign(this.tables.traps, { kill: undefined, lostAnswers: 0, failures: 0 })
    for (const { process } of this.#workers) {
      process.killAfter(Number.POSITIVE_INFINITY)
      this.#wake(process)
      this.#setClock(process, 0)
    }
    if (!idleness) {
      // No task may have to wait for an input without further events.
      for (const { inputs } of tasks) {
        const ofTask = this.#producers.filter(({ partition }) => inputs.includes(partition.input))
        const latestMs = Math.max(...ofTask.map((producer) => producer.latestMs))
        // The future guard has its turn, too.
        if (live && latestMs > this.#simulation.trueMs) this.#simulation.run(latestMs - this.#simulation.trueMs)
        for (const producer of ofTask) producer.produceAt(latestMs)
      }
    }
    for (const process of this.#simulation.processes) this.#see(process)
    // A process that learned of an assignment late may have taken a task from its owner. That
    // recovers by itself or with the next assignment.
    if (this.#random.chance(0.5)) this.#simulation.after(5000, () => this.#cluster.rebalance())
    this.#simulation.run(6000)
  }

  /** Lets everything be read, and, where inputs may be idle, every window be closed. */
  #finish(): void {
    const { idleness, tasks } = this.#plan
    const endMs = this.#simulation.nowMs + PATIENCE_MS
    const unread = () => tasks.filter((task) => !this.#isRead(task))
    while (unread().length > 0 && this.findings.length === 0) {
      if (this.#simulation.nowMs > endMs) {
        const stuck = unread().map(({ sourcePartition }) => sourcePartition)
        this.findings.push(`after ${PATIENCE_MS / 1000} s without faults tasks ${stuck} have not read everything`)
        return
      }
      this.#simulation.run(500)
    }
    for (const process of this.#simulation.processes) this.#see(process)
    this.tables.ended = true
    if (idleness) for (const process of this.#simulation.processes) process.wallOffsetMs += 100 * YEAR_MS
    // A re-read that is under way commits nothing for a while, and small flushes may be many.
    let quietMs = 0
    while (quietMs < (idleness ? QUIET_MS : LAST_FLUSHES_MS) && this.#simulation.nowMs < endMs) {
      const before = this.#flushes()
      this.#simulation.run(500)
      const isSettled = !idleness || tasks.every((task) => this.#isIdle(task))
      quietMs = this.#flushes() === before && isSettled ? quietMs + 500 : 0
    }
    this.findings.push(...this.tables.findings)
  }

  #isRead(task: TaskDefinition): boolean {
    const inputs = this.tables.checkpoint(task.sourcePartition)?.inputs
    return (
      inputs !== undefined &&
      inputs.every((input) => {
        const { end, start } = this.#cluster.partitionOf(input)
        return input.nextOffset === end || start === end
      })
    )
  }

  #flushes(): number {
    return this.#plan.tasks.reduce(
      (sum, task) => sum + (this.tables.checkpoint(task.sourcePartition)?.flushNumber ?? 0),
      0
    )
  }

  #isIdle(task: TaskDefinition): boolean {
    return this.tables.checkpoint(task.sourcePartition)?.inputs.every(({ active }) => !active) === true
  }

  /**
   * A topic is deleted and recreated while no worker is there. The worker that takes the task over
   * must stop, report it, and change nothing. A worker that re-reads the topic meanwhile cannot
   * detect this while the new topic does not reach past its position.
   */
  #remake(): void {
    const random = this.#random
    // Each of them leaves the list when it dies.
    for (const process of this.#workers.map((worker) => worker.process)) process.kill()
    const task = random.among(this.#plan.tasks)
    const input = random.among(task?.inputs ?? [])
    const stands = task === undefined ? undefined : this.tables.checkpoint(task.sourcePartition)
    const at = stands?.inputs.find(({ topic, partition }) => topic === input?.topic && partition === input.partition)
    if (input === undefined || task === undefined || at === undefined || at.nextOffset < 2n) return
    const partition = this.#cluster.partitionOf(input)
    this.#remade = `${input.topic}[${input.partition}]`
    partition.start = 0n
    partition.end = BigInt(random.between(0, Number(at.nextOffset) - 1))
    partition.records = partition.records.filter(({ offset }) => offset < partition.end)
    this.#simulation.log(
      `${this.#remade} is recreated and ends at ${partition.end}; ${at.rereadOffset} to ${at.nextOffset} is expected`
    )
    const before = this.tables.checkpoint(task.sourcePartition)
    this.#simulation.run(5000)
    const after = this.tables.checkpoint(task.sourcePartition)
    if (this.counts.remade === 0) {
      this.findings.push(
        `${this.#remade} was recreated and ends at ${partition.end} (re-read from ${at.rereadOffset}, next ${at.nextOffset}), and no worker has stopped`
      )
    }
    if (before?.flushNumber !== after?.flushNumber)
      this.findings.push(`something was committed after ${this.#remade} had been recreated`)
  }
}

/** Plays one seed. The same seed gives the same run. */
export const runSeed = (options: SeedOptions): Outcome => {
  const scenario = new Scenario(options)
  scenario.run()
  const moments = noMoments()
  for (const { type } of Effect.runSync(scenario.tables.contents.moments)) moments[type]++
  return {
    findings: scenario.findings,
    counts: scenario.counts,
    applied: Effect.runSync(scenario.tables.contents.sensitivityApplied).length,
    rows: Effect.runSync(scenario.tables.contents.rows).length,
    moments
  }
}
