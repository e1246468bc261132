/** The questions that a newcomer can answer after `npm start`, on the real page and its tables. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Schema, Scope } from "effect"
import type { Browser, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { BroadcastItem } from "../../../src/api/Broadcasts.ts"
import { MomentItem } from "../../../src/api/Moments.ts"
import { StreamNow } from "../../../src/api/Streams.ts"
import { page as pageOf } from "../../../src/api/Values.ts"
import { chromiumMissing, launchBrowser } from "./Browser.ts"
import { type Demo, startDemo } from "./Demo.ts"
import { Newcomer } from "./Newcomer.ts"

const HOUR_MS = 3_600_000
/** A minute has time for few clicks. */
const MOST_CLICKS = 3

const thousands = (count: number): string => count.toLocaleString("en")

describe.skipIf(chromiumMissing !== undefined)("after npm start, a newcomer answers", () => {
  const scope = Scope.makeUnsafe()
  let demo: Demo
  let browser: Browser
  let page: Page
  let newcomer: Newcomer

  beforeAll(async () => {
    demo = await Effect.runPromise(Effect.provideService(startDemo, Scope.Scope, scope))
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  })
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    newcomer = new Newcomer(page, demo.url)
  })
  afterEach(() => page.close())

  const list = async <A>(item: Schema.Decoder<A>, path: string): Promise<ReadonlyArray<A>> => {
    const response = await fetch(`${demo.url}/api/v1${path}`)
    return Schema.decodeUnknownSync(pageOf(item))(await response.json()).items
  }
  const endedOf = (stream: string) => list(BroadcastItem, `/broadcasts?stream=${stream}&over=true`)

  /** The largest stream that is live and has a moment in its last broadcast that is over. */
  const largest = async () => {
    for (const { stream_id: stream } of await list(StreamNow, "/streams?limit=50")) {
      const [today, yesterday] = await endedOf(stream)
      if (today !== undefined && yesterday !== undefined && today.best_moment !== null) {
        return { stream, today, yesterday }
      }
    }
    throw new Error("no live stream has broadcasts that are over")
  }

  it("what the best moment of a stream's last broadcast was, with quotes of the chat and the cut", async () => {
    const { stream, today } = await largest()
    await newcomer.bestMoment(stream)
    assert.isAtMost(newcomer.clicks, MOST_CLICKS)
    const query = `stream=${stream}&from=${new Date(today.started_at).toISOString()}&to=${new Date(today.ended_at).toISOString()}`
    const moments = await list(MomentItem, `/moments?${query}`)
    const best = moments.toSorted((a, b) => (b.intensity ?? 0) - (a.intensity ?? 0))[0]
    assert(best !== undefined && best.content !== null)
    const text = (await page.locator("main").textContent()) ?? ""
    assert.include(text, best.description ?? "a description")
    assert.isAtLeast(best.content.samples.length, 3)
    for (const sample of best.content.samples) assert.include(text, sample.text)
    assert.match(text, /Cut in, out\s*\d:\d\d:\d\d, \d:\d\d:\d\d/)
  })

  it("which chat is angriest now", async () => {
    await newcomer.angriestChat()
    assert.isAtMost(newcomer.clicks, MOST_CLICKS)
    const rows = page.locator("table.streams tbody tr")
    const moodOf = async (row: number): Promise<number> => {
      const text = (await rows.nth(row).locator(".col-mood").textContent()) ?? ""
      return Number(text.replace("−", "-").match(/[+-]?\d+\.\d+/)?.[0])
    }
    // A third of the scale below zero: no usual chat is as low.
    assert.isBelow(await moodOf(0), -0.25)
    assert.isAtMost(await moodOf(0), await moodOf(1))
  })

  it("how today compared with yesterday", async () => {
    const { stream, today, yesterday } = await largest()
    assert.isAbove(today.started_at - yesterday.started_at, 20 * HOUR_MS)
    await newcomer.todayAndYesterday(stream)
    assert.isAtMost(newcomer.clicks, MOST_CLICKS)
    const messages = page.locator("table.comparison tr").filter({ hasText: "Messages" }).first().locator("td")
    assert.deepStrictEqual((await messages.allTextContents()).slice(0, 2), [
      thousands(today.messages),
      thousands(yesterday.messages)
    ])
  })
})
