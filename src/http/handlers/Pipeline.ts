/** Handlers of the pipeline's status. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { WorkerStatus } from "../../observability/WorkerStatus.ts"
import { readPipeline } from "../../query/PipelineStatus.ts"
import { PipelineHistory } from "../../query/PipelineHistory.ts"
import { Tables } from "../../query/Tables.ts"
import { Admission } from "../guard/Admission.ts"
import { Api } from "../../api/Api.ts"

export const pipeline = HttpApiBuilder.group(
  Api,
  "pipeline",
  Effect.fnUntraced(function* (handlers) {
    const tables = yield* Tables
    const { problems } = yield* WorkerStatus
    const { hasSession } = yield* Admission
    const history = yield* PipelineHistory
    return handlers.handleAll({
      history: () => history.read,
      status: Effect.fnUntraced(function* ({ request }) {
        const status = yield* tables.query(readPipeline)
        return { ...status, problems: yield* problems, session: yield* hasSession(request) }
      })
    })
  })
)
