/**
 * Delivers the messages of the outbox. Each target has a fiber of its own, so a dead target delays
 * no other. Several processes share the work: each claims messages for the time of one attempt. A
 * process that ends in between loses its claim, and another one sends the message again under the
 * same id.
 */
import { Clock, Duration, Effect, Metric } from "effect"
import type { NotifyConfig, NotifyTarget } from "../config/AppConfig.ts"
import { present } from "../domain/Invariant.ts"
import { number } from "../domain/Wording.ts"
import * as Metrics from "../observability/Metrics.ts"
import type { PostgresError } from "../postgres/PostgresError.ts"
import { type Claimed, Outbox, type Settlement } from "./Outbox.ts"
import { jittered } from "../retry/Backoff.ts"
import { backoffMs } from "./Pause.ts"
import { type Outcome, sender, TIMEOUT } from "./Send.ts"

/** Messages of one target that a process sends at once. */
const AT_ONCE = 4
/** Longer than an attempt and its settlement. */
const LEASE_MS = 3 * Duration.toMillis(TIMEOUT)
/** The wait while nothing is due. */
const POLL_MS = 1_000
const SWEEP_MS = 10_000
/**
 * A message whose body the target rejects is dropped after so many attempts, failures included: it
 * never changes.
 */
const BODY_ATTEMPTS = 5
/** A message waits at most so long. */
const MAX_WAIT_MS = Duration.toMillis("3 days")

/** State of a target's delivery in this process. */
class Delivery {
  readonly target: NotifyTarget
  readonly config: NotifyConfig
  readonly send: (message: Claimed) => Effect.Effect<Outcome>
  /** Attempts in a row of which none succeeded. */
  failures = 0
  sweptMs = Number.NEGATIVE_INFINITY

  constructor(target: NotifyTarget, config: NotifyConfig, send: Delivery["send"]) {
    this.target = target
    this.config = config
    this.send = send
  }
}

/** Enforces the limits, and updates the gauges. */
const sweep = Effect.fnUntraced(function* (delivery: Delivery) {
  const { config, target } = delivery
  const nowMs = yield* Clock.currentTimeMillis
  if (nowMs - delivery.sweptMs < SWEEP_MS) return
  delivery.sweptMs = nowMs
  const outbox = yield* Outbox
  const dropped = yield* outbox.sweep(target.rule.target, {
    backlog: config.backlog,
    maxAgeMs: config.maxAgeMs,
    maxWaitMs: MAX_WAIT_MS
  })
  for (const reason of ["backlog", "old", "expired"] as const) {
    yield* Metric.update(Metrics.droppedNotifications(target.name, reason), dropped[reason])
  }
  if (dropped.backlog + dropped.expired > 0) {
    yield* Effect.logError(
      `Dropped ${number(dropped.backlog + dropped.expired)} notifications for target ${target.name}: more than NOTIFY_BACKLOG (${number(config.backlog)}) waited, or longer than 3 days. See TelemetraNotificationsWait in docs/runbook.md`
    )
  }
  if (dropped.old > 0) {
    yield* Effect.logInfo(
      `Did not send ${number(dropped.old)} moments to target ${target.name}: they ended longer than NOTIFY_MAX_AGE before they were found`
    )
  }
  const { count, oldestMs } = yield* outbox.waiting(target.rule.target)
  yield* Metric.update(Metrics.waitingNotifications(target.name), count)
  yield* Metric.update(Metrics.oldestNotification(target.name), oldestMs / 1000)
})

/** The settlement of a message after its attempt. `pauseMs`: the target's own pause. */
const settlementOf = Effect.fnUntraced(function* (
  message: Claimed,
  outcome: Outcome,
  pauseMs: number
): Effect.fn.Return<Settlement> {
  switch (outcome._tag) {
    case "Delivered":
      return { _tag: "Delivered", message }
    case "Failed":
      return { _tag: "Retry", message, afterMs: pauseMs }
    case "Rejected":
      return message.attempts >= BODY_ATTEMPTS
        ? { _tag: "Drop", message }
        : { _tag: "Retry", message, afterMs: yield* jittered(backoffMs(message.attempts)) }
  }
})

/** Logs and counts the attempts of a batch. Returns the pause of the target, 0 for none. */
const judge = Effect.fnUntraced(function* (delivery: Delivery, outcomes: ReadonlyArray<Outcome>) {
  const { name } = delivery.target
  const delivered = outcomes.filter(({ _tag }) => _tag === "Delivered").length
  const failed = outcomes.find((outcome) => outcome._tag !== "Delivered")
  yield* Metric.update(Metrics.failedNotifications(name), outcomes.length - delivered)
  yield* Metric.update(Metrics.deliveredNotifications(name), delivered)
  if (delivered > 0 && delivery.failures > 0) {
    yield* Effect.logInfo(`Target ${name} accepts notifications again`)
  }
  delivery.failures = delivered > 0 ? 0 : delivery.failures + 1
  if (failed === undefined) return 0
  const requestedMs = Math.max(0, ...outcomes.map((one) => (one._tag === "Failed" ? (one.afterMs ?? 0) : 0)))
  const hasFailed = outcomes.some(({ _tag }) => _tag === "Failed")
  const ownMs = delivered > 0 && !hasFailed ? 0 : yield* jittered(backoffMs(Math.max(1, delivery.failures)))
  const pauseMs = Math.max(requestedMs, ownMs)
  yield* Effect.logWarning(
    `Notification to target ${name} failed, attempt ${Math.max(1, delivery.failures)}: ${failed.why}; next attempt in ${Duration.format(Duration.seconds(Math.ceil(pauseMs / 1000)))}`
  )
  return pauseMs
})

/** One round. Returns how long to wait before the next. */
const round = Effect.fnUntraced(function* (delivery: Delivery) {
  const { target } = delivery
  const outbox = yield* Outbox
  yield* sweep(delivery)
  // A target that fails is tried with one message.
  const claimed = yield* outbox.claim(target.rule.target, {
    most: delivery.failures > 0 ? 1 : AT_ONCE,
    leaseMs: LEASE_MS,
    maxAgeMs: delivery.config.maxAgeMs
  })
  if (claimed.length === 0) return POLL_MS
  const outcomes = yield* Effect.forEach(claimed, delivery.send, { concurrency: AT_ONCE })
  const pauseMs = yield* judge(delivery, outcomes)
  const settlements = yield* Effect.forEach(outcomes, (outcome, index) =>
    settlementOf(present(claimed[index], "each message has one outcome"), outcome, pauseMs)
  )
  yield* outbox.settle(target.rule.target, settlements)
  for (const one of settlements) {
    if (one._tag !== "Drop") continue
    yield* Metric.update(Metrics.droppedNotifications(target.name, "rejected"), 1)
    yield* Effect.logError(
      `Dropped notification ${one.message.id} for target ${target.name}: the target rejected it at attempt ${one.message.attempts}`
    )
  }
  return pauseMs
})

/** Rounds without end. A failure of the database is logged, and the next round follows. */
const deliverTo = Effect.fnUntraced(function* (target: NotifyTarget, config: NotifyConfig) {
  const delivery = new Delivery(target, config, yield* sender(target, config))
  let databaseFailures = 0
  const waitMs = (error: PostgresError) =>
    Effect.gen(function* () {
      yield* Effect.logWarning(`Notifications to target ${target.name} wait: ${error.message}`)
      return yield* jittered(backoffMs(++databaseFailures))
    })
  while (true) {
    const pauseMs = yield* Effect.matchEffect(round(delivery), {
      onSuccess: (ms) => {
        databaseFailures = 0
        return Effect.succeed(ms)
      },
      onFailure: waitMs
    })
    if (pauseMs > 0) yield* waitFor(delivery, pauseMs)
  }
})

/** Sleeps, and enforces the limits while a long pause lasts. */
const waitFor = Effect.fnUntraced(function* (delivery: Delivery, pauseMs: number) {
  for (let leftMs = pauseMs; leftMs > 0; leftMs -= SWEEP_MS) {
    yield* Effect.sleep(Duration.millis(Math.min(leftMs, SWEEP_MS)))
    if (leftMs > SWEEP_MS) yield* Effect.ignore(sweep(delivery))
  }
})

const startAtZero = ({ name }: NotifyTarget) =>
  Effect.forEach(
    [
      Metrics.deliveredNotifications(name),
      Metrics.failedNotifications(name),
      ...Metrics.NOTIFICATION_DROPS.map((reason) => Metrics.droppedNotifications(name, reason))
    ],
    (metric) => Metric.update(metric, 0),
    { discard: true }
  )

/** Delivers to all targets until it is interrupted. */
export const deliver = Effect.fn("notify.deliver")(function* (config: NotifyConfig) {
  yield* Effect.forEach(config.targets, startAtZero, { discard: true })
  yield* Effect.forEach(config.targets, (target) => deliverTo(target, config), {
    concurrency: "unbounded",
    discard: true
  })
})
