/**
 * The world in which workers run: virtual time, and processes that take turns. Everything happens
 * in one order that the seed decides; no real time passes.
 *
 * A process is the scheduler and the clock of its fibers. A killed process never takes another
 * step, and none of its finalizers runs. A frozen process takes none until it wakes, and then finds
 * the events that happened meanwhile. Its fibers yield to each other after a random number of
 * operations, so that a kill falls between any two of them. (The test clock offers neither: its
 * wall and monotonic clocks are one, and it waits for the fibers that it wakes.)
 */
import { Clock, Context, Duration, Effect, type Exit, Random as EffectRandom, Scheduler } from "effect"
import type { Random } from "../../harness/Random.ts"

/** True time at the start of every run. */
export const START_MS = Date.UTC(2026, 0, 1)

interface Event {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

const isBefore = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

export class Simulation {
  readonly random: Random
  readonly processes: Array<Process> = []
  /** Receives a readable line for everything that happens; `undefined` = no listener. */
  readonly narrate: ((line: string) => void) | undefined
  /** Virtual milliseconds since the start. */
  nowMs = 0
  /** A binary heap, the earliest first. */
  readonly #events: Array<Event> = []
  #order = 0

  constructor(random: Random, narrate?: (line: string) => void) {
    this.random = random
    this.narrate = narrate
  }

  /** True time. */
  get trueMs(): number {
    return START_MS + this.nowMs
  }

  log(line: string): void {
    this.narrate?.(`${(this.nowMs / 1000).toFixed(3).padStart(8)} ${line}`)
  }

  /** Calls `run` after some virtual milliseconds. */
  after(delayMs: number, run: () => void): void {
    const events = this.#events
    const event = { atMs: this.nowMs + delayMs, order: this.#order++, run }
    let index = events.length
    events.push(event)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = events[parent]
      if (above === undefined || isBefore(above, event)) break
      events[index] = above
      events[parent] = event
      index = parent
    }
  }

  /** Lets the world go on for some virtual milliseconds. */
  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs
    for (;;) {
      const ready = this.processes.filter((process) => process.isReady)
      const next = ready.length < 2 ? ready[0] : this.random.among(ready)
      if (next !== undefined) {
        next.runOne()
        continue
      }
      const event = this.#events[0]
      if (event === undefined || event.atMs > endMs) break
      this.#pop()
      this.nowMs = event.atMs
      event.run()
    }
    this.nowMs = endMs
  }

  #pop(): void {
    const events = this.#events
    const last = events.pop()
    if (last === undefined || events.length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      const left = events[child]
      if (left === undefined) break
      const right = events[child + 1]
      if (right !== undefined && isBefore(right, left)) child++
      const below = events[child]
      if (below === undefined || isBefore(last, below)) break
      events[index] = below
      index = child
    }
    events[index] = last
  }
}

const nanos = (ms: number): bigint => BigInt(Math.round(ms)) * 1_000_000n

/** Operations between two turns of a fiber, at most. */
const MOST_OPERATIONS = 400

export class Process implements Scheduler.Scheduler {
  readonly executionMode = "async"
  readonly name: string
  readonly simulation: Simulation
  /** Services under which its fibers run: scheduler, clock, random numbers. */
  readonly context: Context.Context<never>
  state: "running" | "frozen" | "dead" = "running"
  /** The surplus of its wall clock. */
  wallOffsetMs: number
  #tasks: Array<() => void> = []
  #head = 0
  #operations = 0
  #stepsToLive = Number.POSITIVE_INFINITY
  #onDeath: () => void = () => {}

  constructor(name: string, simulation: Simulation, wallOffsetMs: number) {
    this.name = name
    this.simulation = simulation
    this.wallOffsetMs = wallOffsetMs
    const random = simulation.random.fork()
    this.context = Context.make(Clock.Clock, this.#clock()).pipe(
      Context.add(Scheduler.Scheduler, this),
      Context.add(EffectRandom.Random, {
        nextIntUnsafe: () => Math.floor((random.next() - 0.5) * Number.MAX_SAFE_INTEGER),
        nextDoubleUnsafe: () => random.next()
      })
    )
    simulation.processes.push(this)
  }

  get wallMs(): number {
    return this.simulation.trueMs + this.wallOffsetMs
  }

  /** Does something in the process: at once or, frozen, when it wakes. */
  post(task: () => void): void {
    if (this.state !== "dead") this.#tasks.push(task)
  }

  get isReady(): boolean {
    return this.state === "running" && this.#head < this.#tasks.length
  }

  /** Takes one step. */
  runOne(): void {
    if (this.#stepsToLive-- <= 0) return this.kill()
    const task = this.#tasks[this.#head++]
    if (this.#head === this.#tasks.length) {
      this.#tasks = []
      this.#head = 0
    }
    this.#operations = this.simulation.random.between(1, MOST_OPERATIONS)
    task?.()
  }

  /** Gone at once, and for ever. */
  kill(): void {
    if (this.state === "dead") return
    this.state = "dead"
    this.#tasks = []
    this.simulation.processes.splice(this.simulation.processes.indexOf(this), 1)
    this.simulation.log(`${this.name} is dead`)
    this.#onDeath()
  }

  killAfter(steps: number): void {
    this.#stepsToLive = steps
  }

  whenDead(run: () => void): void {
    this.#onDeath = run
  }

  shouldYield(): boolean {
    return --this.#operations < 0
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return { scheduleTask: (task) => this.post(task), flush: () => {} }
  }

  /**
   * A call to a server: it happens there some time later, whatever becomes of the process, and the
   * answer takes its time, too.
   */
  request<A, E>(serve: () => Exit.Exit<A, E>): Effect.Effect<A, E> {
    return Effect.callback<A, E>((resume) => {
      const { simulation } = this
      simulation.after(this.#latencyMs(), () => {
        const answer = serve()
        simulation.after(this.#latencyMs(), () => this.post(() => resume(answer)))
      })
    })
  }

  #latencyMs(): number {
    const { random } = this.simulation
    return random.chance(0.05) ? random.between(10, 400) : random.between(0, 4)
  }

  #clock(): Clock.Clock {
    const { simulation } = this
    const currentTimeMillisUnsafe = () => this.wallMs
    const currentTimeNanosUnsafe = () => nanos(this.wallMs)
    const monotonicTimeNanosUnsafe = () => nanos(simulation.nowMs)
    return {
      currentTimeMillisUnsafe,
      currentTimeNanosUnsafe,
      monotonicTimeNanosUnsafe,
      currentTimeMillis: Effect.sync(currentTimeMillisUnsafe),
      currentTimeNanos: Effect.sync(currentTimeNanosUnsafe),
      monotonicTimeNanos: Effect.sync(monotonicTimeNanosUnsafe),
      sleep: (duration) =>
        Effect.callback<void>((resume) => {
          simulation.after(Duration.toMillis(duration), () => this.post(() => resume(Effect.void)))
        })
    }
  }
}
