/**
 * Rules over several variables. A rule is skipped while one of its variables has a problem of its
 * own.
 */
import { Duration } from "effect"
import { STORE_SLIDES } from "../domain/Baseline.ts"
import { momentsReachMs } from "../domain/Moment.ts"
import { paneSizeMs } from "../domain/WindowSettings.ts"
import { number } from "../domain/Wording.ts"
import type { Draft } from "./Draft.ts"
import { type VariableName, variables } from "./Variables.ts"

export type Source = "kafka" | "local" | "simulator"

/** SOURCE, or what the other variables imply. */
export const sourceOf = (draft: Draft): Source => {
  if (draft.values.SOURCE !== undefined) return draft.values.SOURCE
  if (draft.isSet("KAFKA_BOOTSTRAP_SERVERS")) return "kafka"
  return draft.isSet("COLLECT") ? "local" : "simulator"
}

/**
 * The default of IDLE_TIMEOUT with SOURCE=local. Its two topics have one writer, so a quiet one is
 * known to be quiet sooner than over a network.
 */
const LOCAL_IDLE_TIMEOUT = Duration.seconds(5)

/** IDLE_TIMEOUT, or its default for the source. */
export const idleTimeoutOf = (draft: Draft, source: Source): Duration.Duration =>
  source === "local" && !draft.isSet("IDLE_TIMEOUT") ? LOCAL_IDLE_TIMEOUT : draft.values.IDLE_TIMEOUT

/** The most panes of a window. A pane is gcd(window, slide) long. */
const MAX_PANES = 10_000

/**
 * Simulated rows in a real database, and real events in an embedded one, must be requested by name.
 */
export const checkSides = (draft: Draft, source: Source, store: "postgres" | "embedded"): void => {
  if (!draft.isFine("SOURCE", "STORE")) return
  if (source === "kafka" && !draft.isSet("KAFKA_BOOTSTRAP_SERVERS")) {
    draft.refuse("KAFKA_BOOTSTRAP_SERVERS", `${variables.KAFKA_BOOTSTRAP_SERVERS.allowed}, because SOURCE=kafka`)
  }
  if (store === "postgres" && !draft.isSet("POSTGRES_URL")) {
    draft.refuse("POSTGRES_URL", `${variables.POSTGRES_URL.allowed}, because STORE=postgres`)
  }
  if (source === "simulator" && store === "postgres" && !draft.isSet("SOURCE")) {
    draft.refuse(
      "KAFKA_BOOTSTRAP_SERVERS",
      "the brokers, because POSTGRES_URL is set (SOURCE=simulator would write simulated rows into that database)"
    )
  }
  if (source === "kafka" && store === "embedded" && !draft.isSet("STORE")) {
    draft.refuse(
      "POSTGRES_URL",
      "the database, because the source is Kafka (STORE=embedded would keep the results under DATA_DIR)"
    )
  }
}

/**
 * Kafka's metrics write a dot as _, so Kafka refuses a topic whose name then equals another one.
 */
const collide = (one: string, other: string): boolean => one.replaceAll(".", "_") === other.replaceAll(".", "_")

/** The topics that the worker writes. */
const OUTPUT_TOPICS = ["DEAD_LETTER_TOPIC", "MOMENTS_TOPIC", "WINDOWS_TOPIC"] as const

export const checkTopics = (draft: Draft, source: Source): void => {
  const { CHAT_TOPIC: chat, VIEWER_TOPIC: viewer } = draft.values
  const rule = "a dot and an underscore count as the same character"
  if (draft.isFine("CHAT_TOPIC", "VIEWER_TOPIC") && collide(chat, viewer)) {
    draft.refuse("VIEWER_TOPIC", `another topic than CHAT_TOPIC: ${rule}`)
  }
  const outputs = OUTPUT_TOPICS.filter((name) => draft.isSet(name) && draft.isFine(name))
  for (const [index, name] of outputs.entries()) {
    const topic = draft.values[name] ?? ""
    const others = ["CHAT_TOPIC", "VIEWER_TOPIC", ...outputs.slice(0, index)] as const
    if (others.some((other) => collide(topic, draft.values[other] ?? ""))) {
      draft.refuse(name, `another topic than ${others.join(", ").replace(/, (\w+)$/, " and $1")}: ${rule}`)
    }
    if (source !== "kafka" && name !== "DEAD_LETTER_TOPIC") {
      const other = source === "local" ? "the local log" : "the simulator"
      draft.refuse(name, `no value, unless the source is Kafka: ${other} has no brokers to write to`)
    }
  }
}

/** The simulator has no log to append to. */
export const checkCollect = (draft: Draft, source: Source): void => {
  if (source !== "simulator" || !draft.isSet("COLLECT") || !draft.isFine("COLLECT", "SOURCE")) return
  draft.refuse(
    "COLLECT",
    "no value while SOURCE=simulator: unset SOURCE to collect into the local log, or set KAFKA_BOOTSTRAP_SERVERS"
  )
}

/** The local log has one partition, so one worker reads all of it. */
export const checkWorkers = (draft: Draft, source: Source): void => {
  if (source === "local" && draft.isFine("SOURCE", "WORKERS") && draft.values.WORKERS > 1) {
    draft.refuse("WORKERS", "1, because SOURCE=local has one partition, which one worker reads")
  }
}

export const checkSizes = (draft: Draft): void => {
  const { MAX_BATCH_BYTES: batch, MAX_EVENT_BYTES: event } = draft.values
  if (draft.isFine("MAX_BATCH_BYTES", "MAX_EVENT_BYTES") && event > batch) {
    draft.refuse("MAX_EVENT_BYTES", `at most MAX_BATCH_BYTES (${batch}): a batch with a larger record is skipped`)
  }
}

export const checkTimes = (draft: Draft, source: Source): void => {
  checkWindow(draft)
  checkAtMost(
    draft,
    "MAX_FUTURE_SKEW",
    "WATERMARK_DELAY",
    "otherwise one fast clock makes the events of all others late"
  )
  checkIdle(draft, source)
  checkRetention(draft)
}

const checkWindow = (draft: Draft): void => {
  if (!draft.isFine("WINDOW_DURATION", "SLIDE_DURATION")) return
  const sizeMs = Duration.toMillis(draft.values.WINDOW_DURATION)
  const slideMs = Duration.toMillis(draft.values.SLIDE_DURATION)
  const size = draft.quote("WINDOW_DURATION")
  if (slideMs > sizeMs) {
    draft.refuse("SLIDE_DURATION", `at most ${size}: otherwise events between two windows belong to none`)
  } else if (sizeMs / paneSizeMs({ sizeMs, slideMs }) > MAX_PANES) {
    draft.refuse(
      "SLIDE_DURATION",
      `a duration whose greatest common divisor with ${size} is at least a ${number(MAX_PANES)}th of it`
    )
  }
}

const checkIdle = (draft: Draft, source: Source): void => {
  const why = "otherwise a quiet partition delays the others for longer than a worker may make no progress"
  if (source !== "local" || draft.isSet("IDLE_TIMEOUT"))
    return checkAtMost(draft, "IDLE_TIMEOUT", "LIVENESS_TIMEOUT", why)
  const { LIVENESS_TIMEOUT: liveness } = draft.values
  if (draft.isFine("LIVENESS_TIMEOUT") && Duration.isGreaterThan(LOCAL_IDLE_TIMEOUT, liveness)) {
    draft.refuse("LIVENESS_TIMEOUT", `at least 5 seconds, the default of IDLE_TIMEOUT with SOURCE=local: ${why}`)
  }
}

const checkAtMost = (
  draft: Draft,
  name: "MAX_FUTURE_SKEW" | "IDLE_TIMEOUT",
  limit: "WATERMARK_DELAY" | "LIVENESS_TIMEOUT",
  why: string
): void => {
  const value = draft.values[name]
  if (value === undefined || !draft.isFine(name, limit)) return
  if (Duration.isGreaterThan(value, draft.values[limit])) draft.refuse(name, `at most ${draft.quote(limit)}: ${why}`)
}

const secondsOf = (ms: number): number => Math.ceil(ms / 1000)

/**
 * A restart reads rows that start this long before the watermark. A row is written WATERMARK_DELAY
 * after its window ends.
 */
const checkRetention = (draft: Draft): void => {
  const { RETENTION: retention, SLIDE_DURATION, WATERMARK_DELAY, WINDOW_DURATION } = draft.values
  const names: ReadonlyArray<VariableName> = ["RETENTION", "WINDOW_DURATION", "SLIDE_DURATION", "WATERMARK_DELAY"]
  if (retention === undefined || !draft.isFine(...names)) return
  const sizeMs = Duration.toMillis(WINDOW_DURATION)
  const slideMs = Duration.toMillis(SLIDE_DURATION)
  const lookBackMs = STORE_SLIDES * slideMs + sizeMs + momentsReachMs({ sizeMs, slideMs })
  const keptMs = lookBackMs + Duration.toMillis(WATERMARK_DELAY)
  const retentionMs = Duration.toMillis(retention)
  if (retentionMs < lookBackMs) {
    draft.refuse("RETENTION", `at least the ${secondsOf(lookBackMs)} seconds that a restart reads back`)
  } else if (retentionMs < keptMs) {
    draft.refuse(
      "RETENTION",
      `at least the ${secondsOf(keptMs)} seconds that a restart reads back and that rows wait for late events (${draft.quote("WATERMARK_DELAY")}): otherwise rows are dropped when written`
    )
  }
}
