/**
 * Refuses checkpoints that a task cannot continue from: its rows would be counted twice, or be
 * lost.
 */
import { Effect } from "effect"
import type { Checkpoint } from "../domain/Checkpoint.ts"
import { present } from "../domain/Invariant.ts"
import { ALL_PARTITIONS, type TaskDefinition } from "../domain/Task.ts"
import { partitionLabel } from "../domain/TopicPartition.ts"
import { EventLogError } from "../source/EventLog.ts"
import { TaskError } from "./TaskError.ts"

/** The log returns offsets in the order of the task's inputs. */
export const ONE_PER_INPUT = "the log returns one offset per input"

/**
 * Refuses a task if the tables hold checkpoints of the other TASK_SCOPE: every record would count
 * twice.
 */
export const checkScope = Effect.fnUntraced(function* (task: TaskDefinition, stored: ReadonlyArray<number>) {
  const ofScope = (all: boolean) =>
    stored.some((sourcePartition) => (all ? sourcePartition === ALL_PARTITIONS : sourcePartition >= 0))
  const isAll = task.sourcePartition === ALL_PARTITIONS
  if (!ofScope(!isAll)) return
  return yield* new TaskError({
    reason: "Settings",
    detail:
      `The tables hold checkpoints of TASK_SCOPE=${isAll ? "partition" : "all"}: set it back, ` +
      `or choose another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
  })
})

const names = (inputs: TaskDefinition["inputs"]): string => inputs.map(partitionLabel).join(", ")

/** Refuses a checkpoint of other inputs. */
export const checkInputs = Effect.fnUntraced(function* (task: TaskDefinition, checkpoint: Checkpoint) {
  const same =
    checkpoint.inputs.length === task.inputs.length &&
    checkpoint.inputs.every((input, index) => {
      const now = task.inputs[index]
      return input.topic === now?.topic && input.partition === now.partition
    })
  if (!same) {
    const remedy = checkpoint.inputs.every((input) =>
      task.inputs.some(({ partition, topic }) => input.topic === topic && input.partition === partition)
    )
      ? "Partitions were added, which this task can't take in: choose"
      : "Set CHAT_TOPIC and VIEWER_TOPIC back, or choose"
    return yield* new TaskError({
      reason: "Inputs",
      detail:
        `Task ${task.sourcePartition} has read the inputs ${names(checkpoint.inputs)}, but is configured to read ${names(task.inputs)}. ` +
        `${remedy} another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
    })
  }
})

/**
 * Refuses a log that ends before the task's position: it holds other records than the ones that
 * were read.
 */
export const checkEnds = Effect.fnUntraced(function* ({ inputs }: Checkpoint, ends: ReadonlyArray<bigint>) {
  for (const [index, { nextOffset, partition, topic }] of inputs.entries()) {
    const end = present(ends[index], ONE_PER_INPUT)
    if (nextOffset <= end) continue
    return yield* new EventLogError({
      reason: "OffsetOutOfRange",
      detail:
        `Topic ${partitionLabel({ topic, partition })}: offset ${nextOffset} is beyond the log's end ${end}: the topic was recreated or lost records; ` +
        `start over with another KAFKA_GROUP_ID and POSTGRES_SCHEMA`
    })
  }
})
