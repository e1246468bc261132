/**
 * A task: the unit of ownership, state and exactly-once delivery. It owns partition p of every
 * input topic and shares nothing with other tasks.
 */

import type { TopicPartition } from "./TopicPartition.ts"

/** The kind of events in a topic. */
export type InputKind = "chat" | "viewer"

/** One topic partition of a task. */
export interface Input extends TopicPartition {
  readonly kind: InputKind
}

/** `sourcePartition` of the single task under TASK_SCOPE=all. */
export const ALL_PARTITIONS = -2

/** `sourcePartition` of rows that came from files. */
export const FROM_FILES = -3

/** `sourcePartition` of rows that the worker found in the tables when it adopted them. */
export const ADOPTED = -1

/** A task and its inputs. An input is named by its index in `inputs` everywhere inside the task. */
export interface TaskDefinition {
  /** The partition number of every input, or {@link ALL_PARTITIONS} or {@link FROM_FILES}. */
  readonly sourcePartition: number
  readonly inputs: ReadonlyArray<Input>
}

/** Whether both own the same partitions. */
export const isSameTask = (a: TaskDefinition, b: TaskDefinition): boolean =>
  a.sourcePartition === b.sourcePartition &&
  a.inputs.length === b.inputs.length &&
  a.inputs.every(({ partition, topic }, index) => {
    const other = b.inputs[index]
    return topic === other?.topic && partition === other.partition
  })
