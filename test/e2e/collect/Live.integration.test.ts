/**
 * One command and nothing else installed: `telemetra run` with COLLECT leads to rows and a live
 * page. The local platform takes the place of Twitch.
 */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { Page } from "playwright-core"
import * as EmbeddedPostgres from "../../../src/embedded/EmbeddedPostgres.ts"
import { ResultTables } from "../../contract/ResultStoreContract.ts"
import { until, untilTrue } from "../../harness/Until.ts"
import { Crowd } from "../../harness/twitch/Crowd.ts"
import { startTwitchServer, type TwitchServer } from "../../harness/twitch/TwitchServer.ts"
import { chromiumMissing, launchBrowser } from "../dashboard/Browser.ts"
import { assertSent, CHAT_TOPIC, chatEventsOf, readLog } from "./LocalTable.ts"
import { runAlone, tablesOf, temporaryFolder, untilJoined } from "./Stack.ts"

const WORDS = ["EZ", "Clap", "ZreknarF", ":tf:"]

/** People chat in every joined channel, and viewers watch it. */
const chatting = (server: TwitchServer, perSecond: number) =>
  Effect.gen(function* () {
    const crowd = new Crowd({ streams: ["demo"], words: WORDS })
    while (true) {
      for (const stream of server.chat.joined) server.chat.post([crowd.next(Date.now(), stream)])
      yield* Effect.sleep(1_000 / perSecond)
    }
  })

const openPage: Effect.Effect<Page, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.promise(async () => {
      const browser = await launchBrowser()
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
      page.setDefaultTimeout(300_000)
      return { browser, page }
    }),
    ({ browser }) => Effect.promise(() => browser.close())
  ),
  ({ page }) => page
)

/** COLLECT_SCREENSHOTS names a folder that keeps pictures of the page. */
const screenshot = (page: Page, name: string) =>
  Effect.promise(async () => {
    const folder = process.env["COLLECT_SCREENSHOTS"]
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  })

describe.skipIf(chromiumMissing !== undefined)("one command", () => {
  it.live("leads from a channel's name to rows and a live page", () =>
    Effect.gen(function* () {
      const server = yield* startTwitchServer()
      server.lists.viewers.set("demo", 1_234)
      const folder = yield* temporaryFolder
      const dataDir = join(folder, "data")
      const startedMs = Date.now()
      const { url, worker } = yield* runAlone(server, ["demo"], dataDir, {
        ...server.variables({ withViewers: true }),
        EMOTE_LISTS: "7tv,bttv,ffz"
      })
      const since = (what: string) =>
        Effect.sync(() => process.stderr.write(`${what} after ${((Date.now() - startedMs) / 1_000).toFixed(1)} s\n`))
      yield* Effect.forkScoped(chatting(server, 8))
      yield* untilJoined(server, ["demo"], worker)
      yield* since("joined")
      const page = yield* openPage
      yield* Effect.promise(() => page.goto(url))
      yield* Effect.promise(() =>
        page.locator("table.streams").getByRole("link", { name: "demo", exact: true }).waitFor()
      )
      yield* since("the channel on the page")
      const postgres = yield* EmbeddedPostgres.running(dataDir)
      const context = yield* tablesOf(postgres, "public")
      const rows = yield* until(
        "a row with viewers",
        Effect.provide(
          Effect.gen(function* () {
            const found = (yield* (yield* ResultTables).rows).filter(({ stream }) => stream === "demo")
            return found.some(({ avgViewers }) => avgViewers !== null) ? found : undefined
          }),
          context
        ),
        worker.output
      )
      yield* since("a row with viewers")
      assert.isAbove(rows.at(-1)?.chatCount ?? 0, 0)
      yield* screenshot(page, "streams")
      yield* Effect.promise(() =>
        page.locator("table.streams").getByRole("link", { name: "demo", exact: true }).click()
      )
      yield* Effect.promise(() => page.getByRole("heading", { name: "demo" }).first().waitFor())
      yield* Effect.sleep("3 seconds")
      yield* screenshot(page, "stream")

      // A stop keeps everything that was read.
      yield* worker.signal("SIGTERM")
      assert.strictEqual(yield* worker.ended, 0, worker.output())
      yield* untilTrue("the end of the connection", () => server.chat.open.length === 0)
      assert.notMatch(worker.output(), / ERROR /)
    }).pipe(Effect.scoped)
  )

  it.live("keeps what it has read over a kill -9 of the whole process", () =>
    Effect.gen(function* () {
      const server = yield* startTwitchServer()
      const folder = yield* temporaryFolder
      const dataDir = join(folder, "data")
      const crowd = new Crowd({ streams: ["demo"] })
      const first = yield* runAlone(server, ["demo"], dataDir)
      yield* untilJoined(server, ["demo"], first.worker)
      const before = crowd.several(300, Date.now())
      server.chat.post(before)
      const chat = Effect.gen(function* () {
        const postgres = yield* EmbeddedPostgres.running(dataDir)
        const context = yield* tablesOf(postgres, "public")
        const log = yield* Effect.provide(readLog, context)
        return chatEventsOf(log.filter(({ topic }) => topic === CHAT_TOPIC).map(({ value }) => value))
      }).pipe(Effect.scoped)
      const has = (count: number, output: () => string) =>
        until(
          `${count} messages in the log`,
          Effect.map(chat, (events) => (events.length >= count ? events : undefined)),
          output
        )
      yield* has(300, first.worker.output)
      yield* first.worker.signal("SIGKILL")
      yield* first.worker.ended
      const second = yield* runAlone(server, ["demo"], dataDir)
      yield* untilJoined(server, ["demo"], second.worker)
      server.chat.post(crowd.several(200, Date.now()))
      assert.strictEqual(assertSent(server.chat, yield* has(500, second.worker.output)), 500)
    }).pipe(Effect.scoped)
  )
})
