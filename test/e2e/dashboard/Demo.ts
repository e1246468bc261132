/** The worker as `npm start` runs it, everything embedded, once it has read the past. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Schema, type Scope } from "effect"
import { PipelineStatus } from "../../../src/api/Pipeline.ts"
import { freePort } from "../../harness/FreePort.ts"
import { until } from "../../harness/Until.ts"
import { startWorker } from "../../harness/WorkerProcess.ts"

export interface Demo {
  readonly url: string
  readonly output: () => string
}

/** A worker that is this close to the clock has read the past. */
const NEAR_MS = 60_000

const isNear = ({ now, tasks }: PipelineStatus): boolean =>
  tasks.length > 0 && tasks.every(({ watermark }) => watermark !== null && now - watermark < NEAR_MS)

/** The scope ends it and removes its folder. */
export const startDemo: Effect.Effect<Demo, never, Scope.Scope> = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-questions-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const port = yield* Effect.promise(freePort)
  const worker = yield* startWorker(["run"], { DATA_DIR: join(folder, "data"), HTTP_PORT: String(port) })
  // Its database would outlive a process that is killed.
  yield* Effect.addFinalizer(() => Effect.andThen(worker.signal("SIGTERM"), worker.ended))
  const url = `http://127.0.0.1:${port}`
  const caughtUp = Effect.tryPromise(async () => {
    const response = await fetch(`${url}/api/v1/status`)
    if (!response.ok) return undefined
    return isNear(Schema.decodeUnknownSync(PipelineStatus)(await response.json())) || undefined
  })
  yield* Effect.raceFirst(
    until("the worker to read the past", caughtUp, worker.output),
    Effect.flatMap(worker.ended, (code) => Effect.die(`the worker ended with ${code}:\n${worker.output()}`))
  )
  return { url, output: worker.output }
})
