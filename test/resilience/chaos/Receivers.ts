/**
 * Receivers of notifications that have faults while the workers have theirs. One accepts all. One
 * is slow, silent, redirects, fails or cuts connections. One refuses connections half of the time.
 */
import { Deferred, Effect, Fiber, type Scope } from "effect"
import { type Behavior, startWebhookServer, type WebhookServer } from "../../harness/WebhookServer.ts"

/** The behavior of the faulty receiver, by requests. */
const FAULTY: ReadonlyArray<Behavior> = [
  { status: 204 },
  { status: 500 },
  { status: 204, afterMs: 2_000 },
  "cut",
  { status: 204 },
  { status: 302, headers: { location: "/elsewhere" } },
  { status: 429, headers: { "retry-after": "1" } },
  { status: 204 },
  "silent",
  { status: 503 },
  { status: 204 },
  { status: 410 }
]

/** How long the refusing receiver is away, and how long it is there. */
const AWAY = "5 seconds"
const THERE = "5 seconds"

/** The owed notifications and their delivery. */
export interface Delivered {
  /** Notifications that were accepted, each once. */
  readonly notifications: number
  /** Requests that repeated an accepted notification. */
  readonly repeated: number
  /** Requests that were not accepted. */
  readonly refused: number
  /** In words; empty = every receiver has every moment, and nothing else. */
  readonly differences: ReadonlyArray<string>
}

export interface Receivers {
  /** For NOTIFY_URLS. */
  readonly urls: string
  /** Ends the faults. */
  readonly heal: Effect.Effect<void>
  /** Compares the accepted notifications with the ids of all moments. */
  readonly judge: (ids: ReadonlyArray<string>) => Delivered
}

const at = ({ received }: WebhookServer, path: string) => received.filter((one) => one.path === path)

const isAccepted = ({ status }: WebhookServer["received"][number]): boolean => status === 204

/** One receiver's part of the verdict. */
export const judgeReceiver = (
  name: string,
  received: WebhookServer["received"],
  ids: ReadonlyArray<string>
): Delivered => {
  const accepted = received.filter(isAccepted)
  const differences: Array<string> = []
  const byId = Map.groupBy(accepted, ({ id }) => id)
  for (const id of ids) if (!byId.has(id)) differences.push(`${name}: notification ${id} was never accepted`)
  const owed = new Set(ids)
  for (const [id, requests] of byId) {
    if (!owed.has(id)) differences.push(`${name}: notification ${id} has no moment in the tables`)
    if (new Set(requests.map(({ body }) => body)).size > 1) differences.push(`${name}: notification ${id} changed`)
  }
  return {
    notifications: byId.size,
    repeated: accepted.length - byId.size,
    refused: received.length - accepted.length,
    differences
  }
}

/** Starts the receivers for the scope. */
export const startReceivers: Effect.Effect<Receivers, never, Scope.Scope> = Effect.gen(function* () {
  const steady = yield* startWebhookServer
  const refusing = yield* startWebhookServer
  steady.behave((path, request) => (path === "/faulty" ? (FAULTY[request % FAULTY.length] ?? "cut") : { status: 204 }))
  const healed = yield* Deferred.make<void>()
  const toggling = yield* Effect.gen(function* () {
    yield* refusing.stop
    yield* Effect.sleep(AWAY)
    yield* refusing.start
    yield* Effect.sleep(THERE)
  }).pipe(Effect.repeat({ until: () => Deferred.isDone(healed) }), Effect.forkScoped)
  return {
    urls: [steady.url("/fair"), steady.url("/faulty"), refusing.url("/refusing")].join(","),
    heal: Effect.gen(function* () {
      yield* Deferred.succeed(healed, undefined)
      steady.behave(() => ({ status: 204 }))
      yield* Fiber.join(toggling)
    }),
    judge: (ids) => {
      const parts = [
        judgeReceiver("the fair receiver", at(steady, "/fair"), ids),
        judgeReceiver("the faulty receiver", at(steady, "/faulty"), ids),
        judgeReceiver("the refusing receiver", refusing.received, ids)
      ]
      const sum = (count: (part: Delivered) => number) => parts.reduce((total, part) => total + count(part), 0)
      const strays = at(steady, "/elsewhere").map(({ id }) => `notification ${id} followed a redirect`)
      return {
        notifications: sum(({ notifications }) => notifications),
        repeated: sum(({ repeated }) => repeated),
        refused: sum(({ refused }) => refused),
        differences: [...parts.flatMap(({ differences }) => differences), ...strays]
      }
    }
  }
})
