/**
 * The database as the processes see it: the memory store behind a network, with all the faults that
 * a database may have. Watches what becomes durable.
 */
import { Context, Effect, Exit, Layer } from "effect"
import type { Checkpoint } from "../../../src/domain/Checkpoint.ts"
import type { Flush } from "../../../src/domain/Flush.ts"
import type { Gap } from "../../../src/domain/Gap.ts"
import type { NotifyRule } from "../../../src/domain/Notification.ts"
import type { PipelineSettings, ReadSettings } from "../../../src/domain/Settings.ts"
import * as MemoryStore from "../../../src/sink/memory/MemoryStore.ts"
import { ResultStore, ResultStoreError } from "../../../src/sink/ResultStore.ts"
import type { FaultCounts } from "./Plan.ts"
import { isEmitted } from "../../pipeline/Script.ts"
import type { Process, Simulation } from "./Simulation.ts"
import { type Taken, takenFor } from "./Trace.ts"

type Store = typeof ResultStore.Service

/**
 * A store in place of the true one, for a process of these settings: with a fault that the
 * simulation must find.
 */
export type Sabotage = (store: Store, settings: PipelineSettings) => Store

const unreachable = new ResultStoreError({ reason: "Unreachable", detail: "simulated: the database does not answer" })

const pace = ({ idleTimeoutMs, maxRecordsPerFlush, triggerIntervalMs }: PipelineSettings) => ({
  idleTimeoutMs,
  maxRecordsPerFlush,
  triggerIntervalMs
})

/** A target that receives every moment. */
const NOTIFY: ReadonlyArray<NotifyRule> = [
  { target: "all", filters: [{ streams: undefined, types: undefined, minIntensity: Number.NEGATIVE_INFINITY }] }
]

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/**
 * The records that a task took in for the first time, in the order in which they became durable.
 */
export interface DurableTaken extends Taken {
  /** The offset at which the re-read of each input ended, for the worker that took it in. */
  readonly rereadEnds: ReadonlyArray<bigint>
}

export const gapKey = ({ fromOffset, partition, topic }: Gap): string => `${topic}[${partition}] ${fromOffset}`

/** From one flush to the next. */
export interface DurableStep {
  readonly before: Checkpoint
  readonly after: Checkpoint
  /** Inputs that were idle when a batch was taken in. */
  readonly idle: ReadonlySet<number>
  /** The settings that the worker had been started with. */
  readonly settings: PipelineSettings
}

interface Running {
  readonly process: Process
  /** How often the process had lost the task when it requested it. */
  readonly losses: number
  hasCommitted: boolean
}

/** A trap for the next calls. */
interface Traps {
  /** The process is killed when its next commit arrives, or before the answer does. */
  kill: "before" | "after" | undefined
  /** So many calls are done and answered with a failure. */
  lostAnswers: number
  /** So many calls fail and do nothing. */
  failures: number
}

export class Tables {
  readonly contents: typeof MemoryStore.MemoryTables.Service
  readonly traps: Traps = { kill: undefined, lostAnswers: 0, failures: 0 }
  /** Until when no call is answered. */
  downUntilMs = 0
  /** By task. */
  readonly taken = new Map<number, Array<DurableTaken>>()
  /** Every durable step of each task, by task. */
  readonly steps = new Map<number, Array<DurableStep>>()
  /** The checkpoint at which each task began, by task. */
  readonly began = new Map<number, Checkpoint>()
  /** Which durable step of its task found a gap, by {@link gapKey}. */
  readonly stepOfGap = new Map<string, number>()
  /** Idleness after the end proves nothing. */
  ended = false
  /** Broken promises. */
  readonly findings: Array<string> = []
  readonly #store: Store
  readonly #sabotage: Sabotage
  readonly #simulation: Simulation
  readonly #counts: FaultCounts
  /** When each window was written, by its key. */
  readonly #written = new Map<string, number>()
  /** The process that took a task over last, by task. */
  readonly #running = new Map<number, Running>()
  /** The checkpoint that was taken over, by task and epoch. */
  readonly #starts = new Map<string, Checkpoint>()

  constructor(simulation: Simulation, counts: FaultCounts, sabotage: Sabotage) {
    const context = Effect.runSync(Effect.scoped(Layer.build(MemoryStore.notifying(NOTIFY))))
    this.contents = Context.get(context, MemoryStore.MemoryTables)
    this.#store = Context.get(context, ResultStore)
    this.#sabotage = sabotage
    this.#simulation = simulation
    this.#counts = counts
  }

  checkpoint(sourcePartition: number): Checkpoint | undefined {
    return Effect.runSync(this.contents.checkpoints).find((each) => each.sourcePartition === sourcePartition)
  }

  /** `losses` returns how often a task has been taken away from the process. */
  storeOf(process: Process, settings: PipelineSettings, losses: (sourcePartition: number) => number): Store {
    const store = this.#sabotage(this.#store, settings)
    const request = <A>(name: string, call: Effect.Effect<A, ResultStoreError>) =>
      process.request<A, ResultStoreError>(() => {
        const { traps } = this
        if (this.#simulation.nowMs < this.downUntilMs) return Exit.fail(unreachable)
        if (traps.failures > 0) {
          traps.failures--
          this.#counts.storeFailure++
          return Exit.fail(unreachable)
        }
        const kill = name === "commit" ? traps.kill : undefined
        if (kill !== undefined) {
          traps.kill = undefined
          this.#counts.killAtCommit++
        }
        if (kill === "before") process.kill()
        // A call in flight arrives, whatever became of its sender.
        const answer = Effect.runSyncExit(call)
        this.#simulation.log(`${process.name} ${name}: ${answer._tag}`)
        if (kill === "after") process.kill()
        if (traps.lostAnswers > 0) {
          traps.lostAnswers--
          this.#counts.lostAnswer++
          return Exit.fail(unreachable)
        }
        return answer
      })
    return ResultStore.of({
      tasks: request("tasks", store.tasks),
      load: (sourcePartition) => request("load", store.load(sourcePartition)),
      create: (checkpoint) =>
        request(
          "create",
          Effect.tap(store.create(checkpoint), () =>
            Effect.sync(() => {
              const { sourcePartition } = checkpoint
              if (!this.began.has(sourcePartition)) this.began.set(sourcePartition, checkpoint)
            })
          )
        ),
      takeOver: (sourcePartition, owner) => {
        // Judged as it is sent: it may arrive after the task was lost, and after what the task's
        // next run has sent.
        const run = this.#send(sourcePartition, process, losses(sourcePartition))
        return request(
          "takeOver",
          Effect.tap(store.takeOver(sourcePartition, owner), (taken) => Effect.sync(() => this.#start(taken, run)))
        )
      },
      baselines: (checkpoint, sinceMs, take) => request("baselines", store.baselines(checkpoint, sinceMs, take)),
      slides: (checkpoint, fromMs, take) => request("slides", store.slides(checkpoint, fromMs, take)),
      recover: (checkpoint, bounds) => request("recover", store.recover(checkpoint, bounds)),
      sensitivityChanges: (afterVersion) => request("sensitivityChanges", store.sensitivityChanges(afterVersion)),
      commit: (flush) => request("commit", this.#commit(store, flush, settings))
    })
  }

  /** A request to take a task over leaves its process. */
  #send(sourcePartition: number, process: Process, losses: number): Running {
    const running = this.#running.get(sourcePartition)
    if (running?.hasCommitted === true && running.process === process && running.losses === losses) {
      this.findings.push(`${process.name} takes task ${sourcePartition} over again, which it has not lost`)
    }
    return { process, losses, hasCommitted: false }
  }

  #start(checkpoint: Checkpoint, run: Running): void {
    const { sourcePartition } = checkpoint
    this.#running.set(sourcePartition, run)
    this.#starts.set(`${checkpoint.sourcePartition} ${checkpoint.epoch}`, checkpoint)
    if (checkpoint.inputs.some(({ nextOffset, rereadOffset }) => rereadOffset < nextOffset)) this.#counts.reread++
    if (checkpoint.emitted !== undefined) this.#counts.cutReread++
    const steps = this.steps.get(sourcePartition) ?? []
    const isMixed = (part: (read: ReadSettings | undefined) => unknown): boolean =>
      checkpoint.inputs.some(({ rereadOffset }, index) => {
        const again = steps.filter(({ after }) => (after.inputs[index]?.nextOffset ?? 0n) > rereadOffset)
        return again.some(({ settings }) => !isSame(part(settings.read), part(again[0]?.settings.read)))
      })
    if (isMixed((read) => read)) this.#counts.mixedReread++
    if (isMixed((read) => read?.fields)) this.#counts.mixedMapping++
  }

  #commit(store: Store, flush: Flush, settings: PipelineSettings) {
    return Effect.gen({ self: this }, function* () {
      const { sourcePartition } = flush.checkpoint
      const before = this.checkpoint(sourcePartition)
      const outcome = yield* store.commit(flush)
      if (outcome._tag === "Fenced") this.#counts.fenced++
      const running = this.#running.get(sourcePartition)
      if (outcome._tag === "Committed" && running !== undefined) running.hasCommitted = true
      if (outcome._tag === "Committed" && before !== undefined) this.#note(flush, before, settings)
      return outcome
    })
  }

  #note(flush: Flush, before: Checkpoint, settings: PipelineSettings): void {
    const { epoch, flushNumber, inputs, sourcePartition, watermarkMs } = flush.checkpoint
    const find = (finding: string) => {
      this.findings.push(`task ${sourcePartition}, epoch ${epoch}, flush ${flushNumber}: ${finding}`)
    }
    if (watermarkMs < before.watermarkMs) find(`the watermark falls from ${before.watermarkMs} to ${watermarkMs}`)
    const isSameWindow = isSame(before.window, flush.checkpoint.window)
    if (isSameWindow && before.emitted !== undefined && !isEmitted(before.emitted, flush.checkpoint)) {
      find(
        `row ${JSON.stringify(before.emitted.stream)} of the window that ends at ${before.emitted.endMs} is written no more`
      )
    }
    before.inputs.forEach(({ active, nextOffset }, index) => {
      const now = inputs[index]
      if (now === undefined || now.nextOffset < nextOffset) find(`input ${index} goes back from ${nextOffset}`)
      if (now !== undefined && now.rereadOffset > now.nextOffset) find(`input ${index} would skip records`)
      if (active && now?.active === false && !this.ended) this.#counts.idle++
      if (!active && now?.active === true) this.#counts.woke++
    })
    if (!this.ended && inputs.every(({ active }) => !active) && before.inputs.some(({ active }) => active)) {
      this.#counts.allIdle++
    }
    const steps = this.steps.get(sourcePartition) ?? []
    this.steps.set(sourcePartition, steps)
    const idle = new Set(
      takenFor(flush).flatMap(({ counted }) => counted.flatMap((counts, input) => (counts ? [] : [input])))
    )
    this.#compare(settings, steps.at(-1)?.settings ?? settings)
    steps.push({ before, after: flush.checkpoint, idle, settings })
    for (const { endMs, startMs, stream } of flush.rows) {
      const key = JSON.stringify([sourcePartition, stream, startMs, endMs])
      if (this.#written.has(key)) find(`window ${key} was written before, by flush ${this.#written.get(key)}`)
      this.#written.set(key, flushNumber)
      if (!isEmitted({ endMs, stream }, flush.checkpoint)) find(`window ${key} is written before its time`)
    }
    for (const gap of flush.gaps) {
      const { fromOffset, partition, topic } = gap
      const key = gapKey(gap)
      if (this.stepOfGap.has(key)) continue
      this.stepOfGap.set(key, steps.length - 1)
      const next = before.inputs.find((input) => input.topic === topic && input.partition === partition)?.nextOffset
      this.#counts[next !== undefined && fromOffset < next ? "lossOpen" : "lossUnread"]++
    }
    if (flush.checkpoint.emitted !== undefined) this.#counts.cut++
    if (flush.sensitivity !== undefined && flush.sensitivity.length > 0) this.#counts.otherSensitivity++
    const start = this.#starts.get(`${sourcePartition} ${epoch}`)
    const rereadEnds = (start ?? before).inputs.map(({ nextOffset }) => nextOffset)
    const taken = this.taken.get(sourcePartition) ?? []
    this.taken.set(sourcePartition, taken)
    for (const each of takenFor(flush)) {
      // Records that a re-read took in again were decided before.
      const from = before.inputs[each.input]?.nextOffset ?? 0n
      taken.push({
        ...each,
        offsets: each.offsets.filter((offset) => offset >= from),
        rereadEnds
      })
    }
  }

  /** Counts the settings that differ when a task continues. */
  #compare(now: PipelineSettings, before: PipelineSettings): void {
    if (!isSame(pace(now), pace(before))) this.#counts.otherPace++
    if (!isSame(now.read, before.read)) this.#counts.otherReading++
    if (!isSame(now.read.fields, before.read.fields)) this.#counts.otherMapping++
    if (!isSame(now.window, before.window)) this.#counts.otherWindows++
  }
}
