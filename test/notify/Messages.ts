/** Messages and targets for tests of the deliverer. */
import { Redacted } from "effect"
import type { NotifyConfig, NotifyTarget } from "../../src/config/AppConfig.ts"
import type { Message } from "../../src/notify/Message.ts"

/** 2024-05-01T00:00:00Z */
export const T0 = Date.UTC(2024, 4, 1)

export const messageOf = (over: Partial<Message> = {}): Message => ({
  id: "moment_0",
  sourcePartition: 3,
  stream: "alpha",
  type: "raid",
  openedAs: "chat_spike",
  timestampMs: T0,
  endedAtMs: T0 + 20_000,
  intensity: 4.25,
  description: "456 messages in a minute",
  momentId: 9_007_199_254_740_993n,
  createdAtMs: T0 + 30_000,
  ...over
})

export const targetOf = (url: string, over: Partial<NotifyTarget> = {}): NotifyTarget => ({
  name: `1-${new URL(url).hostname}`,
  shape: "json",
  url: Redacted.make(url),
  rule: {
    target: url,
    filters: [{ streams: undefined, types: undefined, minIntensity: Number.NEGATIVE_INFINITY }]
  },
  ...over
})

export const configOf = (targets: ReadonlyArray<NotifyTarget>, over: Partial<NotifyConfig> = {}): NotifyConfig => ({
  targets,
  secret: undefined,
  backlog: 10_000,
  maxAgeMs: 3_600_000,
  publicUrl: undefined,
  ...over
})
