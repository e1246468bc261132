/**
 * `npm run screenshots`: the pictures of docs/images, taken of the worker as `npm start` runs it,
 * everything embedded. Takes a few minutes: it waits until there is something to see.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Schedule, Schema } from "effect"
import { MomentItem } from "../../../src/api/Moments.ts"
import { page as pageOf } from "../../../src/api/Values.ts"
import { freePort } from "../../harness/FreePort.ts"
import { startWorker, type WorkerProcess } from "../../harness/WorkerProcess.ts"
import { launchBrowser } from "./Browser.ts"

const IMAGES = new URL("../../../docs/images/", import.meta.url).pathname
const MINUTE_MS = 60_000

/** So many moments fill the feed. */
const ENOUGH_MOMENTS = 12

const Moments = pageOf(MomentItem)

const fetchMoments = (url: string): Effect.Effect<ReadonlyArray<MomentItem>> =>
  Effect.tryPromise(async () => {
    const response = await fetch(`${url}/api/v1/moments?limit=500`)
    return response.ok ? Schema.decodeUnknownSync(Moments)(await response.json()).items : []
  }).pipe(Effect.orElseSucceed(() => []))

/** The time that a picture shows before and after its moment. */
const BEFORE_MS = 6 * MINUTE_MS
const AFTER_MS = 3 * MINUTE_MS

/** The lowest intensity that is worth a picture. */
const LEAST_INTENSITY = 5

const SHOWN: ReadonlyArray<string> = ["raid", "hype", "chat_spike"]

/** The most intense rise of a chat whose surroundings have been counted. */
const choose = (moments: ReadonlyArray<MomentItem>): MomentItem | undefined => {
  const times = moments.map(({ timestamp }) => timestamp)
  const fromMs = Math.min(...times) + BEFORE_MS
  const toMs = Math.max(...times) - AFTER_MS
  return moments
    .filter(({ moment_type, timestamp }) => SHOWN.includes(moment_type) && timestamp >= fromMs && timestamp <= toMs)
    .filter(({ intensity }) => (intensity ?? 0) >= LEAST_INTENSITY)
    .toSorted((a, b) => (b.intensity ?? 0) - (a.intensity ?? 0))[0]
}

const waitForMoments = (worker: WorkerProcess, url: string): Effect.Effect<MomentItem> =>
  fetchMoments(url).pipe(
    Effect.map((moments) => (moments.length < ENOUGH_MOMENTS ? undefined : choose(moments))),
    Effect.repeat({ schedule: Schedule.spaced("2 seconds"), until: (moment) => moment !== undefined }),
    Effect.flatMap((moment) =>
      moment === undefined ? Effect.die("repeated until it is defined") : Effect.succeed(moment)
    ),
    Effect.raceFirst(
      Effect.flatMap(worker.ended, (code) => Effect.die(`the worker ended with ${code}:\n${worker.output()}`))
    ),
    Effect.timeoutOrElse({
      duration: "10 minutes",
      orElse: () => Effect.die(`no moments to be seen:\n${worker.output()}`)
    })
  )

const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

const takePictures = async (url: string, moment: MomentItem): Promise<void> => {
  const browser = await launchBrowser()
  try {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
    const page = await context.newPage()
    const take = async (name: string, path: string, whenThere: string): Promise<void> => {
      await page.goto(`${url}${path}`)
      await page.locator(whenThere).first().waitFor()
      await page.getByText("Live", { exact: true }).waitFor()
      await page.locator(".skeleton").first().waitFor({ state: "detached" })
      await page.screenshot({ path: join(IMAGES, `${name}.png`) })
    }
    await take("overview", "/", ".moment")
    const range = `from=${isoSeconds(moment.timestamp - BEFORE_MS)}&to=${isoSeconds(moment.timestamp + AFTER_MS)}`
    await take("stream", `/moments/${moment.id}?${range}`, ".explanation .numbers")
    await take("pipeline", "/pipeline", ".inputs")
  } finally {
    await browser.close()
  }
}

const program = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "telemetra-screenshots-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const port = yield* Effect.promise(() => freePort())
  const worker = yield* startWorker(["run"], { DATA_DIR: join(folder, "data"), HTTP_PORT: String(port) })
  const url = `http://127.0.0.1:${port}`
  const moment = yield* waitForMoments(worker, url)
  yield* Effect.promise(() => takePictures(url, moment))
  yield* worker.signal("SIGTERM")
  yield* worker.ended
})

await Effect.runPromise(Effect.scoped(program))
