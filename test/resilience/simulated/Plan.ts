/**
 * The decisions of a seed for a whole run: settings, tasks, and which faults happen how often. Each
 * seed leaves some kinds of fault out, so that the others show in pure form.
 */
import { SAMPLE_NAMES } from "../../../src/domain/ChatContent.ts"
import type { PipelineSettings } from "../../../src/domain/Settings.ts"
import type { WindowSettings } from "../../../src/domain/WindowSettings.ts"
import { ALL_PARTITIONS, type TaskDefinition } from "../../../src/domain/Task.ts"
import { settingsOf, TIGHT, WINDOWS } from "../../pipeline/Script.ts"
import type { Random } from "../../harness/Random.ts"
import { remapped } from "./Mappings.ts"

/** Every fault, and every effect of faults that is counted separately. */
export const FAULTS = [
  /** The process is gone between two steps. */
  "kill",
  /** The process is gone when a commit is on its way, or its answer. */
  "killAtCommit",
  /** The worker's fiber is interrupted, and finalizers run. */
  "interrupt",
  /** The worker receives a request to stop, and stops. */
  "stop",
  /** Something was done, but the answer is `Unreachable`. */
  "lostAnswer",
  /** A call to the store fails and does nothing. */
  "storeFailure",
  /** All calls to the store fail for some seconds. */
  "storeOutage",
  /** All calls to the log fail for some seconds. */
  "logOutage",
  /** Tasks change their owners. */
  "rebalance",
  /** A process is assigned other tasks than before, and keeps some. */
  "kept",
  /** Reading goes on although the task has another owner. */
  "unrevoked",
  /** A process pauses for some seconds. */
  "freeze",
  /** A commit came after another owner's. */
  "fenced",
  /** Records come twice, batches overlap or are cut. */
  "duplicate",
  /** Records are there, but don't come for a while. */
  "slowFetch",
  /** A wall clock jumps. */
  "clockJump",
  /** A record was dead by the clock alone. */
  "deadByClock",
  /** A log loses records that were not read. */
  "lossUnread",
  /** A log loses records that had been read, but are needed again. */
  "lossOpen",
  /** A log is recreated and ends before the position that was read. */
  "remade",
  /** An input became idle before the end. */
  "idle",
  /** All inputs of a task were idle before the end. */
  "allIdle",
  /** An idle input counted again. */
  "woke",
  /** A recovery read records again that had been counted. */
  "reread",
  /** A window was written in part, its other rows with the next flushes. */
  "cut",
  /** A task went on from a window that was written in part. */
  "cutReread",
  /** A task went on under another trigger interval, size of flushes or idle timeout. */
  "otherPace",
  /** A task went on under another watermark delay, future guard or size limit. */
  "otherReading",
  /** A recovery read records again that had been counted under several of those. */
  "mixedReread",
  /** A task went on under another mapping of fields. */
  "otherMapping",
  /** A recovery read records again that had been counted under several of those. */
  "mixedMapping",
  /** A task went on under another size and slide of windows. */
  "otherWindows",
  /** A task applied another version of the sensitivity. */
  "otherSensitivity"
] as const
export type Fault = (typeof FAULTS)[number]

export type FaultCounts = Record<Fault, number>

export const noFaults = (): FaultCounts => {
  const counts: Partial<FaultCounts> = {}
  for (const fault of FAULTS) counts[fault] = 0
  return counts as FaultCounts // every name has been given
}

/** Faults that are begun at random moments, and by which weight. */
const WEIGHTS = {
  kill: 3,
  killAtCommit: 3,
  interrupt: 2,
  stop: 2,
  lostAnswer: 4,
  storeFailure: 2,
  storeOutage: 1,
  logOutage: 1,
  rebalance: 3,
  freeze: 3,
  clockJump: 2,
  truncate: 1,
  redeploy: 1
} as const
export type Begun = keyof typeof WEIGHTS

export interface Plan {
  readonly settings: PipelineSettings
  /** Whether a process may start with another trigger interval, size of flushes or idle timeout. */
  readonly otherPaces: boolean
  /** Whether a process may start with another watermark delay, future guard or size limit. */
  readonly otherReadings: boolean
  /**
   * Sizes and slides that come after each other with every redeployment, which all processes share.
   * The first can come back.
   */
  readonly otherWindows: ReadonlyArray<WindowSettings>
  readonly tasks: ReadonlyArray<TaskDefinition>
  readonly processes: number
  /** Event times stay close to true time. */
  readonly live: boolean
  /** Inputs may be silent for longer than the idle timeout. */
  readonly idleness: boolean
  /** How long producers write and faults happen. */
  readonly durationMs: number
  /** The faults that happen, each as often as its weight. */
  readonly faults: ReadonlyArray<Begun>
  /** Between two faults, on average. */
  readonly faultEveryMs: number
  readonly duplicateChance: number
  readonly slowFetchChance: number
  /** The probability that reading of a revoked task continues. */
  readonly unrevokedChance: number
  /** Whether a log is recreated in the end. */
  readonly remade: boolean
  /** Whether the sensitivity changes at random times. */
  readonly sensitivity: boolean
  /** Whether records hold members for mappings, and a process may start under another mapping. */
  readonly mapped: boolean
  /** Whether chat and viewers have evenings, in which moments of every type occur. */
  readonly evenings: boolean
}

const taskOf = (partition: number): TaskDefinition => ({
  sourcePartition: partition,
  inputs: [
    { kind: "chat", topic: "chat", partition },
    { kind: "viewer", topic: "viewer", partition }
  ]
})

/** Longer than any seed. */
const NEVER_MS = 86_400_000

/** Some chats are larger than the least, no sample is. */
const EVENT_BYTES = [5000, 130, 100] as const
/** The same for records that hold members for mappings. */
const MAPPED_EVENT_BYTES = [5000, 230, 130] as const

const paceOf = (random: Random, idleness: boolean) => ({
  // Without idleness no input is ever silent for so long.
  idleTimeoutMs: idleness ? random.between(500, 4000) : NEVER_MS,
  triggerIntervalMs: random.pick([300, 1000]),
  maxRecordsPerFlush: random.pick([undefined, undefined, 3, 20]),
  maxResultsPerFlush: random.pick([1, 2, 3, 5_000])
})

/** The settings of a process that takes the place of another. */
export const restartedWith = (plan: Plan, window: WindowSettings, random: Random): PipelineSettings => {
  const { read } = settingsOf(0, random.between(0, 2), random.chance(0.3))
  const other = { ...read, maxEventBytes: random.pick(plan.mapped ? MAPPED_EVENT_BYTES : EVENT_BYTES) }
  const next = plan.otherReadings && random.chance(0.7) ? other : plan.settings.read
  return {
    ...plan.settings,
    ...(plan.otherPaces ? paceOf(random, plan.idleness) : undefined),
    read: plan.mapped ? remapped(next, random) : next,
    window
  }
}

const shuffled = <A>(items: ReadonlyArray<A>, random: Random): ReadonlyArray<A> =>
  items
    .map((item) => ({ item, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)

export const planOf = (random: Random): Plan => {
  const idleness = random.chance(0.5)
  const live = random.chance(0.4)
  const settings = settingsOf(random.between(0, 4), random.between(0, 2), random.chance(0.3))
  const partitions = Array.from({ length: random.between(2, 3) }, (_, partition) => taskOf(partition))
  const all = random.chance(0.15)
  const kinds: ReadonlyArray<Begun> = ["kill", "killAtCommit", "interrupt", "stop", "lostAnswer", "storeFailure"]
  const more: ReadonlyArray<Begun> = ["storeOutage", "logOutage", "rebalance", "freeze", "clockJump"]
  const rare: ReadonlyArray<Begun> = ["truncate", "redeploy"]
  const begun = [...[...kinds, ...more].filter(() => random.chance(0.6)), ...rare.filter(() => random.chance(0.25))]
  const plan = {
    settings: { ...settings, ...paceOf(random, idleness) },
    otherPaces: random.chance(0.4),
    otherReadings: random.chance(0.4),
    otherWindows: shuffled(
      WINDOWS.filter(({ sizeMs }) => sizeMs !== settings.window.sizeMs),
      random
    ),
    tasks: all
      ? [{ sourcePartition: ALL_PARTITIONS, inputs: partitions.slice(0, 2).flatMap(({ inputs }) => inputs) }]
      : partitions,
    processes: random.between(1, 3),
    live,
    idleness,
    durationMs: random.between(6000, 16_000),
    faults: begun.flatMap((kind) => Array.from({ length: WEIGHTS[kind] }, () => kind)),
    faultEveryMs: random.pick([250, 800, 2000]),
    duplicateChance: random.pick([0, 0.1, 0.4]),
    slowFetchChance: random.pick([0, 0.05, 0.3]),
    unrevokedChance: random.pick([0, 0.3, 0.8]),
    remade: random.chance(0.08)
  }
  // Drawn last, so that earlier seeds keep their plans.
  const limited = random.chance(0.3) ? { ...plan, settings: { ...plan.settings, limits: TIGHT } } : plan
  const evenings = !live && random.chance(0.5)
  const [next, ...others] = limited.otherWindows
  const comesBack = next !== undefined && random.chance(0.5)
  const samples = { most: random.pick([0, 1, 3, 20]), names: random.pick(SAMPLE_NAMES) }
  return {
    ...limited,
    settings: { ...limited.settings, samples },
    evenings,
    sensitivity: random.chance(0.4),
    mapped: random.chance(0.2),
    ...(comesBack ? { otherWindows: [next, settings.window, ...others] } : undefined)
  }
}
