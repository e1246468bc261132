/**
 * Keeps the names of one list up to date: the global ones and those of channels, one request at a
 * time. An unreachable list keeps its known names and is tried again, at first after a minute.
 */
import { Clock, Duration, Effect, Latch, Metric } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import * as Metrics from "../../../observability/Metrics.ts"
import { ACCEPT_JSON, requestJson } from "../Json.ts"
import { backoffMs, jittered } from "../../../retry/Backoff.ts"
import { LISTS, type ListName } from "./Lists.ts"

export interface ListOptions {
  readonly name: ListName
  /** The base of the API, without a slash at the end. */
  readonly url: string
}

/** One list of names: the global one, or that of a channel. */
export interface Target {
  /** The channel's number at Twitch; `undefined` = the global list. */
  readonly roomId: () => string | undefined
  /** Takes the names after each successful request. */
  readonly store: (names: ReadonlySet<string>) => void
}

export interface ListLoader {
  /** Loads the target soon, and again every hour. Does not wait. */
  readonly add: (target: Target) => void
  /** Loads until it is interrupted. */
  readonly run: Effect.Effect<never, never, HttpClient.HttpClient>
}

const REFRESH_MS = 3_600_000
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 3_600_000

/** A channel's list with 2,000 emotes has about 4 MiB at 7TV. */
const BOUNDS = { timeout: "20 seconds", maxBytes: 8_388_608 } as const

type Names = ReadonlySet<string>

const NO_NAMES: Names = new Set()

interface Entry {
  readonly target: Target
  dueMs: number
}

export const make = ({ name, url }: ListOptions): ListLoader => {
  const list = LISTS[name]
  const entries: Array<Entry> = []
  const isAdded = Latch.makeUnsafe(false)
  /** Failures in a row. */
  let failures = 0

  const get = (path: string) => requestJson(HttpClientRequest.get(`${url}${path}`, { headers: ACCEPT_JSON }), BOUNDS)

  /** The names at a path, or why there are none. */
  const namesAt = Effect.fnUntraced(function* (path: string, namesOf: (body: unknown) => Names | undefined) {
    const answer = yield* get(path)
    if (answer._tag === "NoReply") return answer.why
    if (answer.status !== 200) return `status ${answer.status}`
    return namesOf(answer.body) ?? "the reply has an unknown shape"
  })

  /** The names of a channel, or why there are none. */
  const namesOfRoom = Effect.fnUntraced(function* (roomId: string) {
    const answer = yield* get(list.roomPath(roomId))
    if (answer._tag === "NoReply") return answer.why
    // The channel has no account there.
    if (answer.status === 404) return NO_NAMES
    if (answer.status !== 200) return `status ${answer.status}`
    const setPath = list.setPath?.(answer.body)
    if (setPath !== undefined) return yield* namesAt(setPath, list.globalNames)
    return list.roomNames(answer.body) ?? "the reply has an unknown shape"
  })

  const load = (roomId: string | undefined) =>
    roomId === undefined ? namesAt(list.globalPath, list.globalNames) : namesOfRoom(roomId)

  const succeeded = Effect.suspend(() => {
    const before = failures
    failures = 0
    return before === 0 ? Effect.void : Effect.logInfo(`Emote list ${name} is read again`)
  })

  const failed = Effect.fnUntraced(function* (why: string) {
    failures++
    yield* Metric.update(Metrics.failedEmoteLists(name), 1)
    const pauseMs = yield* jittered(backoffMs(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS))
    if (failures === 1) {
      yield* Effect.logWarning(
        `Emote list ${name} cannot be read: ${why}; only its emotes that are already known are counted. It is tried again until it works`
      )
    }
    return pauseMs
  })

  const step = Effect.gen(function* () {
    isAdded.closeUnsafe()
    const nowMs = yield* Clock.currentTimeMillis
    const next = entries.reduce<Entry | undefined>(
      (first, entry) => (first === undefined || entry.dueMs < first.dueMs ? entry : first),
      undefined
    )
    if (next === undefined) return yield* isAdded.await
    if (next.dueMs > nowMs) {
      return yield* Effect.asVoid(Effect.timeoutOption(isAdded.await, Duration.millis(next.dueMs - nowMs)))
    }
    const outcome = yield* load(next.target.roomId())
    if (typeof outcome !== "string") {
      next.target.store(outcome)
      next.dueMs = nowMs + (yield* jittered(REFRESH_MS))
      return yield* succeeded
    }
    // Behind the other targets, since the cause may be this one's reply.
    const pauseMs = yield* failed(outcome)
    next.dueMs = nowMs + pauseMs
    return yield* Effect.sleep(Duration.millis(pauseMs))
  })

  return {
    add: (target) => {
      entries.push({ target, dueMs: 0 })
      isAdded.openUnsafe()
    },
    run: Effect.forever(step)
  }
}
