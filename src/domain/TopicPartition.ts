/** A partition of a topic: its key in maps, and its label in messages. */

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/**
 * Identifies a topic partition in maps and sets. Unambiguous, because topic names cannot contain
 * spaces.
 */
export const partitionKey = ({ partition, topic }: TopicPartition): string => `${topic} ${partition}`

/** A topic partition as messages show it: `chat[3]`. */
export const partitionLabel = ({ partition, topic }: TopicPartition): string => `${topic}[${partition}]`
