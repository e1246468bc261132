/** Handlers of the pipeline's status. */
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { WorkerStatus } from "../../observability/WorkerStatus.ts"
import { readPipeline } from "../../query/PipelineStatus.ts"
import { PipelineHistory } from "../../query/PipelineHistory.ts"
import { Tables } from "../../query/Tables.ts"
import { Admission } from "../guard/Admission.ts"
import { Api } from "../../api/Api.ts"
import type { PipelineStatus } from "../../api/Pipeline.ts"
import type { Collecting } from "../../observability/Collecting.ts"

const toCollects = (collecting: Collecting | undefined): PipelineStatus["collects"] =>
  collecting === undefined
    ? null
    : {
        channels: collecting.channels.map(({ channel, reason, state }) => ({ channel, state, reason: reason ?? null })),
        first_rows_after_ms: collecting.firstRowsMs
      }

export const pipeline = HttpApiBuilder.group(
  Api,
  "pipeline",
  Effect.fnUntraced(function* (handlers) {
    const tables = yield* Tables
    const { collecting, problems } = yield* WorkerStatus
    const { hasSession } = yield* Admission
    const history = yield* PipelineHistory
    return handlers.handleAll({
      history: () => history.read,
      status: Effect.fnUntraced(function* ({ request }) {
        const status = yield* tables.query(readPipeline)
        const collects = toCollects(yield* collecting)
        return { ...status, problems: yield* problems, collects, session: yield* hasSession(request) }
      })
    })
  })
)
