/** Writes what the worker publishes to a topic of its own, before a commit: at least once. */
import { Effect, type Scope } from "effect"
import type { Message, Producer } from "kafkajs"
import type { KafkaConfig } from "../../config/AppConfig.ts"
import { EventLogError } from "../EventLog.ts"
import { makeClients } from "./Client.ts"
import { protocolError, toEventLogError } from "./KafkaError.ts"
import { START_ATTEMPTS, retryForever } from "./KafkaRetry.ts"

/** The errors of a batch that is too large. */
const TOO_LARGE: ReadonlySet<string | undefined> = new Set(["MESSAGE_TOO_LARGE", "RECORD_LIST_TOO_LARGE"])

export interface TopicOptions {
  readonly topic: string
  /** For messages: `Dead letter topic`. */
  readonly name: string
  /** The variable that names the topic. */
  readonly variable: string
  /** The attempts for a topic that is missing. */
  readonly missingAttempts?: number
}

/** Returns whether the topic accepted the messages; `false` = their batch is too large. */
export type TrySend = (messages: ReadonlyArray<Message>) => Effect.Effect<boolean, EventLogError>

/**
 * Connects on first use; disconnects with the scope. Retries until Kafka accepts the messages.
 * Fails for what needs an operator, such as a topic that is missing at `missingAttempts` attempts.
 */
export const makeTopicWriter = (
  config: KafkaConfig,
  options: TopicOptions
): Effect.Effect<TrySend, EventLogError, Scope.Scope> =>
  Effect.gen(function* () {
    const { missingAttempts = START_ATTEMPTS, name, topic } = options
    const { kafka } = yield* makeClients(config)
    const producer = yield* Effect.acquireRelease(
      Effect.sync(() => kafka.producer({ allowAutoTopicCreation: false, idempotent: false })),
      (made) =>
        Effect.ignore(
          Effect.tryPromise(() => made.disconnect()),
          { log: "Debug" }
        )
    )
    return (messages) =>
      Effect.suspend(() => {
        let missing = 0
        return retryForever(
          `${name} ${topic} not available`,
          Effect.tryPromise({
            try: () => send(producer, topic, messages),
            catch: (thrown) => {
              const isMissing = protocolError(thrown) === "UNKNOWN_TOPIC_OR_PARTITION"
              const mayAppear = isMissing && ++missing < missingAttempts
              return cannotBeWritten(options, toEventLogError(config, thrown), mayAppear ? "MissingTopics" : "Topics")
            }
          })
        )
      })
  })

const send = async (producer: Producer, topic: string, messages: ReadonlyArray<Message>): Promise<boolean> => {
  await producer.connect() // does nothing if it is connected
  try {
    await producer.send({ topic, acks: -1, messages: [...messages] })
    return true
  } catch (thrown) {
    if (TOO_LARGE.has(protocolError(thrown))) return false
    throw thrown
  }
}

const cannotBeWritten = (
  { name, topic, variable }: TopicOptions,
  error: EventLogError,
  reason: "MissingTopics" | "Topics"
): EventLogError =>
  error.reason === "Topics"
    ? new EventLogError({
        reason,
        detail: `Cannot write to ${name.toLowerCase()} ${topic}: ${error.detail}; create it or unset ${variable}`,
        cause: error.cause
      })
    : error
