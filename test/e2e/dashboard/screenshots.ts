/**
 * `npm run screenshots`: the pictures of docs/images, taken of the worker as `npm start` runs it,
 * everything embedded. Three of them answer the questions of a newcomer.
 */
import { join } from "node:path"
import { Effect, Schema } from "effect"
import type { Page } from "playwright-core"
import { BroadcastItem } from "../../../src/api/Broadcasts.ts"
import { MomentItem } from "../../../src/api/Moments.ts"
import { StreamNow } from "../../../src/api/Streams.ts"
import { page as pageOf } from "../../../src/api/Values.ts"
import { launchBrowser } from "./Browser.ts"
import { startDemo } from "./Demo.ts"
import { Newcomer } from "./Newcomer.ts"

const IMAGES = new URL("../../../docs/images/", import.meta.url).pathname
const MINUTE_MS = 60_000

/** The time that a picture shows before and after its moment. */
const BEFORE_MS = 6 * MINUTE_MS
const AFTER_MS = 3 * MINUTE_MS

const Moments = pageOf(MomentItem)

const SHOWN: ReadonlyArray<string> = ["raid", "hype", "chat_spike"]

/** The most intense rise of a chat. */
const strongest = async (url: string): Promise<MomentItem> => {
  const response = await fetch(`${url}/api/v1/moments?sort=intensity&limit=50`)
  const { items } = Schema.decodeUnknownSync(Moments)(await response.json())
  const found = items.find(({ moment_type }) => SHOWN.includes(moment_type))
  if (found === undefined) throw new Error("no moment to be seen")
  return found
}

/** The largest live stream with a moment in its last broadcast that is over. */
const returning = async (url: string): Promise<string> => {
  const fetchItems = async <A>(item: Schema.Decoder<A>, path: string): Promise<ReadonlyArray<A>> => {
    const response = await fetch(`${url}/api/v1${path}`)
    return Schema.decodeUnknownSync(pageOf(item))(await response.json()).items
  }
  // One page of the ranking, which is where the newcomer clicks.
  for (const { stream_id: stream } of await fetchItems(StreamNow, "/streams?limit=50")) {
    const [last] = await fetchItems(BroadcastItem, `/broadcasts?stream=${stream}&over=true&limit=1`)
    if (last !== undefined && last.best_moment !== null) return stream
  }
  throw new Error("no live stream has a broadcast that is over")
}

const isoSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

const save = async (page: Page, name: string): Promise<void> => {
  await page.getByText("Live", { exact: true }).waitFor()
  await page.locator(".skeleton").first().waitFor({ state: "detached" })
  await page.screenshot({ path: join(IMAGES, `${name}.png`) })
}

/** Answers each question as a newcomer does. Prints the clicks and the seconds of the page. */
const answerQuestions = async (page: Page, url: string): Promise<void> => {
  const newcomer = new Newcomer(page, url)
  const stream = await returning(url)
  const answers: ReadonlyArray<readonly [name: string, answer: () => Promise<void>]> = [
    ["best-moment", () => newcomer.bestMoment(stream)],
    ["angriest-chat", () => newcomer.angriestChat()],
    ["today-and-yesterday", () => newcomer.todayAndYesterday(stream)]
  ]
  for (const [name, answer] of answers) {
    const begunMs = performance.now()
    await answer()
    const seconds = ((performance.now() - begunMs) / 1000).toFixed(1)
    process.stdout.write(`${name}: ${newcomer.clicks} clicks, ${seconds} s\n`)
    await save(page, name)
  }
}

const takePictures = async (url: string): Promise<void> => {
  const browser = await launchBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    const take = async (name: string, path: string, whenThere: string): Promise<void> => {
      await page.goto(`${url}${path}`)
      await page.locator(whenThere).first().waitFor()
      await save(page, name)
    }
    await take("overview", "/", ".moment")
    const { id, timestamp } = await strongest(url)
    const range = `from=${isoSeconds(timestamp - BEFORE_MS)}&to=${isoSeconds(timestamp + AFTER_MS)}`
    await take("stream", `/moments/${id}?${range}`, ".explanation .numbers")
    await take("pipeline", "/pipeline", ".inputs")
    await answerQuestions(page, url)
  } finally {
    await browser.close()
  }
}

await Effect.runPromise(Effect.scoped(Effect.flatMap(startDemo, ({ url }) => Effect.promise(() => takePictures(url)))))
