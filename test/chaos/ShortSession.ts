/**
 * Loaded into the workers before their program (`node --import`): a consumer group session of SESSION_MS instead of the production value, so that the group notices
 * within seconds that a member was killed or frozen, and a short run sees many of these. Nothing else is changed.
 */
import { DEFAULT_LIMITS } from "../../src/source/kafka/KafkaLog.ts"

/** The least that brokers allow by default. */
export const SESSION_MS = 6_000

Object.assign(DEFAULT_LIMITS.group, { sessionTimeoutMs: SESSION_MS, heartbeatIntervalMs: 1_000 })
