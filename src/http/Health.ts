/**
 * Health for supervisors, as one line of text; with `?verbose` every check as JSON.
 *
 * - `/health/live`: 200 while the worker makes progress or waits for input, 503 once only a restart
 *   helps.
 * - `/health/ready`: 200 while the worker is live and a member of its group (with or without
 *   partitions), its inputs are accepted and the store responds.
 */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { type Check, problemsOf } from "../observability/MemberHealth.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"

const respond = Effect.fnUntraced(function* (word: string, checks: ReadonlyArray<Check>) {
  const problems = problemsOf(checks)
  const state = problems.length === 0 ? word : `not ${word}`
  const status = problems.length === 0 ? 200 : 503
  return "verbose" in (yield* HttpServerRequest.ParsedSearchParams)
    ? HttpServerResponse.jsonUnsafe({ status: state, checks }, { status })
    : HttpServerResponse.text(`${problems.length === 0 ? state : `${state}: ${problems.join("; ")}`}\n`, { status })
})

const live = Effect.flatMap(WorkerStatus, ({ liveness }) =>
  Effect.flatMap(liveness, (checks) => respond("live", checks))
)
const ready = Effect.flatMap(WorkerStatus, ({ readiness }) =>
  Effect.flatMap(readiness, (checks) => respond("ready", checks))
)

export const layer = Layer.mergeAll(
  HttpRouter.add("GET", "/health/live", live),
  HttpRouter.add("GET", "/health/ready", ready)
)
