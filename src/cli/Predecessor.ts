/** A restart without a pause: the worker before may still be at its last flush, and holds its port and its data folder until it has ended. */
import { Duration, Effect, Schedule } from "effect"
import type { AppConfig } from "../config/AppConfig.ts"
import { ListenError } from "../http/HttpServer.ts"
import { tryListen } from "../http/Port.ts"

/**
 * Retries `start` for `within`, the longest stop of a worker, while it fails because another process holds what it needs. Logs the failure at once, for an operator who has started
 * two workers by mistake.
 */
export const afterPredecessor = <A, E extends { readonly message: string }, R>(
  start: Effect.Effect<A, E, R>,
  isHeld: (error: E) => boolean,
  within: Duration.Duration
): Effect.Effect<A, E, R> =>
  Effect.catchIf(start, isHeld, (error) =>
    Effect.andThen(
      Effect.logWarning(`${error.message}. Retrying for ${Duration.format(within)}: an earlier worker may be stopping`),
      Effect.retry(start, {
        while: isHeld,
        schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo({ duration: within }))
      })
    )
  )

/** Fails if another process listens on the HTTP port. */
export const portFree = ({ host, port }: AppConfig["http"]): Effect.Effect<void, ListenError> =>
  Effect.flatMap(tryListen(host, port), (code) =>
    code === "EADDRINUSE" ? Effect.fail(new ListenError({ host, port, code })) : Effect.void
  )
