/**
 * Health for supervisors. `/health/live`: 200 while the worker gets on or waits for what will come, 503 once only another start helps. `/health/ready`: 200 while it is a member of its group (with
 * or without partitions) and the store answers. One line of text; with `?verbose` every check as JSON.
 */
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { type Check, problemsOf } from "../observability/MemberHealth.ts"
import { WorkerStatus } from "../observability/WorkerStatus.ts"

const answer = Effect.fnUntraced(function* (word: string, checks: ReadonlyArray<Check>) {
  const problems = problemsOf(checks)
  const says = problems.length === 0 ? word : `not ${word}`
  const status = problems.length === 0 ? 200 : 503
  return "verbose" in (yield* HttpServerRequest.ParsedSearchParams)
    ? HttpServerResponse.jsonUnsafe({ status: says, checks }, { status })
    : HttpServerResponse.text(`${problems.length === 0 ? says : `${says}: ${problems.join("; ")}`}\n`, { status })
})

const live = Effect.flatMap(WorkerStatus, ({ liveness }) =>
  Effect.flatMap(liveness, (checks) => answer("live", checks))
)
const ready = Effect.flatMap(WorkerStatus, ({ readiness }) =>
  Effect.flatMap(readiness, (checks) => answer("ready", checks))
)

export const layer = Layer.mergeAll(
  HttpRouter.add("GET", "/health/live", live),
  HttpRouter.add("GET", "/health/ready", ready)
)
