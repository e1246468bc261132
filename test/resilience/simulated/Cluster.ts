/**
 * The brokers from the processes' point of view. Partitions are read with all the faults that a log
 * may have, and a group assigns the tasks.
 */
import { Effect, Exit, Stream } from "effect"
import type { Batch } from "../../../src/domain/Batch.ts"
import type { DeadLetter } from "../../../src/domain/DeadLetter.ts"
import type { Input, TaskDefinition } from "../../../src/domain/Task.ts"
import { Records } from "../../../src/domain/Records.ts"
import { RecordsBuilder } from "../../../src/domain/RecordsBuilder.ts"
import { momentRecord, windowRecord } from "../../../src/source/ResultRecords.ts"
import type { ResultTopicsService } from "../../../src/source/ResultTopics.ts"
import { type Assignment, EventLog, EventLogError } from "../../../src/source/EventLog.ts"
import { emptyPartition, type Partition } from "./History.ts"
import type { FaultCounts, Plan } from "./Plan.ts"
import type { Random } from "../../harness/Random.ts"
import type { Process, Simulation } from "./Simulation.ts"

const PATIENCE_MS = 100
const BATCH_RECORDS = 8

const keyOf = ({ partition, topic }: Input): string => `${topic}[${partition}]`

const unreachable = new EventLogError({ reason: "Unreachable", detail: "simulated: no broker answers" })

interface Member {
  readonly process: Process
  /**
   * Whether the group assigns it tasks. A member that has been left out continues with its last
   * assignment.
   */
  active: boolean
  /** The assignment that the process knows. */
  assignment: Assignment
  /** Wakes the fiber that waits for another assignment. */
  wake: () => void
  readonly readers: Set<Reader>
  /** How often a task was taken away from it, by task. */
  readonly losses: Map<number, number>
}

/** The reader of a task. Once revoked it never reads again, whichever process owns the task. */
interface Reader {
  readonly sourcePartition: number
  revoked: boolean
}

export class Cluster {
  readonly partitions: ReadonlyMap<string, Partition>
  /** Offsets of dead letters that were published, by partition. */
  readonly published = new Map<string, Set<bigint>>()
  /** Results that were published, as records. */
  readonly publishedResults = new Set<string>()
  /** Until when no broker answers. */
  downUntilMs = 0
  /** Once healed, nothing goes wrong any more. */
  healed = false
  readonly #simulation: Simulation
  readonly #plan: Plan
  readonly #counts: FaultCounts
  readonly #random: Random
  readonly #members: Array<Member> = []
  /** Owners of the last generation, by task. */
  readonly #owners = new Map<number, Member>()
  #generation = 0

  constructor(simulation: Simulation, plan: Plan, counts: FaultCounts, random: Random) {
    this.#simulation = simulation
    this.#plan = plan
    this.#counts = counts
    this.#random = random
    this.partitions = new Map(
      plan.tasks.flatMap(({ inputs }) => inputs).map((input) => [keyOf(input), emptyPartition(input)])
    )
  }

  partitionOf(input: Input): Partition {
    const partition = this.partitions.get(keyOf(input))
    if (partition === undefined) throw new RangeError(`there is no ${keyOf(input)}`)
    return partition
  }

  get isDown(): boolean {
    return this.#simulation.nowMs < this.downUntilMs
  }

  /**
   * Assigns the tasks again. Members learn of it one by one, and some keep reading partitions that
   * they no longer own.
   */
  rebalance(): void {
    const random = this.#random
    const generation = ++this.#generation
    const shares = new Map<Member, Array<TaskDefinition>>(
      this.#members.filter(({ active }) => active).map((member) => [member, []])
    )
    const isSticky = random.chance(0.5)
    for (const task of this.#plan.tasks) {
      const before = this.#owners.get(task.sourcePartition)
      const stays = isSticky && before?.active === true && random.chance(0.8)
      const owner = stays ? before : random.among([...shares.keys()])
      if (owner === undefined) continue
      shares.get(owner)?.push(task)
      this.#owners.set(task.sourcePartition, owner)
    }
    for (const [member, tasks] of shares) {
      const lateMs = this.healed || random.chance(0.7) ? random.between(0, 100) : random.between(0, 4000)
      const readsOn = !this.healed && random.chance(this.#plan.unrevokedChance)
      if (!readsOn) {
        const revokeMs = random.between(0, lateMs)
        this.#simulation.after(revokeMs, () => this.#revoke(member, tasks, generation))
      }
      this.#simulation.after(lateMs, () => this.#inform(member, { generation, tasks }))
    }
    const lines = [...shares].map(
      ([{ process }, tasks]) => `${process.name}: ${tasks.map((task) => task.sourcePartition)}`
    )
    this.#simulation.log(`generation ${generation}: ${lines.join("; ")}`)
  }

  /** Takes a process in, for the first time or again. */
  join(process: Process): void {
    const member = this.#memberOf(process)
    if (member !== undefined) member.active = true
    this.rebalance()
  }

  /** The group has not received a heartbeat of a process for too long. */
  leave(process: Process): void {
    const member = this.#memberOf(process)
    if (member === undefined || !member.active) return
    member.active = false
    this.rebalance()
  }

  isActive(process: Process): boolean {
    return this.#memberOf(process)?.active === true
  }

  /** Grows whenever a task is taken away from a process. */
  lossesOf(process: Process, sourcePartition: number): number {
    return this.#memberOf(process)?.losses.get(sourcePartition) ?? 0
  }

  #memberOf(process: Process): Member | undefined {
    return this.#members.find((member) => member.process === process)
  }

  /** Ends the reading of those tasks that a member loses; the others it keeps. */
  #revoke(member: Member, kept: ReadonlyArray<TaskDefinition>, generation: number): void {
    if (member.assignment.generation >= generation) return
    for (const reader of member.readers) {
      if (kept.some(({ sourcePartition }) => sourcePartition === reader.sourcePartition) || reader.revoked) continue
      reader.revoked = true
      this.#lose(member, reader.sourcePartition)
    }
  }

  #inform(member: Member, assignment: Assignment): void {
    const before = member.assignment
    if (before.generation >= assignment.generation) return
    const lost = before.tasks.filter((task) => !assignment.tasks.includes(task))
    for (const { sourcePartition } of lost) {
      this.#lose(member, sourcePartition)
      this.#counts.unrevoked += [...member.readers].filter(
        (reader) => reader.sourcePartition === sourcePartition && !reader.revoked
      ).length
    }
    const kept = before.tasks.length - lost.length
    if (kept > 0 && (lost.length > 0 || assignment.tasks.length > kept)) this.#counts.kept++
    member.assignment = assignment
    member.process.post(() => member.wake())
  }

  #lose(member: Member, sourcePartition: number): void {
    member.losses.set(sourcePartition, (member.losses.get(sourcePartition) ?? 0) + 1)
  }

  /** The log as one process sees it. */
  logOf(process: Process): typeof EventLog.Service {
    const answer = <A>(give: () => A) =>
      process.request<A, EventLogError>(() => (this.isDown ? Exit.fail(unreachable) : Exit.succeed(give())))
    const member: Member = {
      process,
      active: false,
      assignment: { generation: 0, tasks: [] },
      wake: () => {},
      readers: new Set(),
      losses: new Map()
    }
    this.#members.push(member)
    const nextAssignment = (after: number): Effect.Effect<Assignment> =>
      Effect.callback<Assignment>((resume) => {
        const wait = () => {
          if (member.assignment.generation > after) return resume(Effect.succeed(member.assignment))
          member.wake = wait
        }
        wait()
      })

    return EventLog.of({
      assignments: Stream.unfold(0, (generation) =>
        Effect.map(nextAssignment(generation), (assignment) => [assignment, assignment.generation] as const)
      ),
      startOffsets: (task) => answer(() => task.inputs.map((input) => this.partitionOf(input).start)),
      endOffsets: (task) => answer(() => task.inputs.map((input) => this.partitionOf(input).end)),
      readableEnds: (task) => answer(() => task.inputs.map((input) => this.partitionOf(input).end)),
      openTransactions: () => Effect.succeed([]),
      problem: Effect.undefined,
      commit: () => Effect.void,
      read: (task, positions, demand) =>
        Stream.suspend(() => {
          const reader: Reader = { sourcePartition: task.sourcePartition, revoked: false }
          member.readers.add(reader)
          return Stream.unfold(
            positions,
            Effect.fnUntraced(function* (this: Cluster, now: ReadonlyArray<bigint>) {
              let batch = yield* this.#fetch(process, reader, task, now, demand)
              if (batch === undefined) {
                yield* Effect.sleep(PATIENCE_MS)
                batch = yield* this.#fetch(process, reader, task, now, demand)
              }
              const [first = 0] = demand()
              const { input, nextOffset, records } = batch ?? {
                input: first,
                nextOffset: now[first] ?? 0n,
                records: Records.none
              }
              const next = now.map((position, index) =>
                index === input && nextOffset > position ? nextOffset : position
              )
              return [{ input, nextOffset, records }, next] as const
            }).bind(this)
          ).pipe(Stream.ensuring(Effect.sync(() => member.readers.delete(reader))))
        })
    })
  }

  /** Publishes dead letters; at least once. */
  publish(process: Process, letters: ReadonlyArray<DeadLetter>): Effect.Effect<void, EventLogError> {
    return process.request(() => {
      if (this.isDown) return Exit.fail(unreachable)
      for (const letter of letters) {
        const key = `${letter.topic}[${letter.partition}]`
        const offsets = this.published.get(key) ?? new Set()
        this.published.set(key, offsets.add(letter.offset))
      }
      return Exit.void
    })
  }

  /** Publishes results; at least once. */
  publishResults(
    process: Process,
    { checkpoint: { sourcePartition }, moments, rows }: Parameters<ResultTopicsService["publish"]>[0]
  ): Effect.Effect<void, EventLogError> {
    return process.request(() => {
      if (this.isDown) return Exit.fail(unreachable)
      for (const row of rows) this.publishedResults.add(windowRecord(sourcePartition, row).value)
      for (const moment of moments) this.publishedResults.add(momentRecord(sourcePartition, moment).value)
      return Exit.void
    })
  }

  #fetch(
    process: Process,
    reader: Reader,
    task: TaskDefinition,
    positions: ReadonlyArray<bigint>,
    demand: () => ReadonlyArray<number>
  ): Effect.Effect<Batch | undefined, EventLogError> {
    return process.request<Batch | undefined, EventLogError>(() => {
      if (reader.revoked) {
        const detail = `simulated: task ${task.sourcePartition} is no longer ${process.name}'s`
        return Exit.fail(new EventLogError({ reason: "Revoked", detail }))
      }
      // A reader with unreachable brokers waits; it does not fail.
      if (this.isDown) return Exit.succeed(undefined)
      if (!this.healed && this.#random.chance(this.#plan.slowFetchChance)) {
        this.#counts.slowFetch++
        return Exit.succeed(undefined)
      }
      for (const input of demand()) {
        const definition = task.inputs[input]
        if (definition === undefined) continue
        const read = this.#read(this.partitionOf(definition), input, positions[input] ?? 0n)
        if (read instanceof EventLogError) return Exit.fail(read)
        if (read !== undefined) return Exit.succeed(read)
      }
      return Exit.succeed(undefined)
    })
  }

  #read(partition: Partition, input: number, position: bigint): Batch | EventLogError | undefined {
    const { end, records, start } = partition
    if (position < start || position > end) {
      const { partition: number, topic } = partition.input
      return new EventLogError({
        reason: "OffsetOutOfRange",
        detail: `simulated: ${topic}[${number}] holds ${start} to ${end}, ${position} was expected`,
        range: { topic, partition: number, expected: position, start, end }
      })
    }
    if (position === end) return undefined
    const random = this.#random
    let from = records.findIndex(({ offset }) => offset >= position)
    if (from < 0) from = records.length
    const to = Math.min(records.length, from + random.between(1, BATCH_RECORDS))
    let low = from
    if (!this.healed && from > 0 && random.chance(this.#plan.duplicateChance)) {
      low = Math.max(0, from - random.between(1, BATCH_RECORDS))
      while (low < from && (records[low]?.offset ?? 0n) < start) low++
      if (low < from) this.#counts.duplicate++
    }
    // Sometimes only what had been given before comes again.
    const onlyOld = low < from && random.chance(0.3)
    const given = records.slice(low, onlyOld ? from : to)
    const last = given.at(-1)
    const after = records[to]?.offset ?? end
    const nextOffset = onlyOld || (last !== undefined && random.chance(0.5)) ? (last?.offset ?? 0n) + 1n : after
    return { input, records: RecordsBuilder.of(given), nextOffset }
  }
}
