/** The dashboard as it is built, in a real browser, against the fixture. */
import { readdirSync, statSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import type { Locator } from "playwright-core"
import { FALLS, RISES, TURNS } from "../../../src/domain/Moment.ts"
import { eventually } from "../../harness/Until.ts"
import { chromiumMissing } from "./Browser.ts"
import { text, useDashboard } from "./DashboardTest.ts"
import { FIRST_END_MS, HOSTILE, UNKNOWN_NAME } from "./FixtureData.ts"

const MINUTE_MS = 60_000

/** A spike of SilentFalcon, 40 minutes before the end. Its id encodes the stream and the time. */
const MOMENT_MS = FIRST_END_MS - 40 * MINUTE_MS
const MOMENT = `${MOMENT_MS / 1000}000`

const PAGES = ["/", "/streams/SilentFalcon", `/moments/${MOMENT}`, "/pipeline"]

const built = new URL("../../../dist/dashboard/", import.meta.url)

describe("the page's weight", () => {
  it("is at most 80 KiB compressed, all in all", () => {
    const names = readdirSync(built, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".gz"))
    const bytes = names.reduce((sum, name) => sum + statSync(new URL(name, built)).size, 0)
    assert.isAbove(names.length, 3)
    assert.isAtMost(bytes, 80 * 1024)
  })
})

describe.skipIf(chromiumMissing !== undefined)("the dashboard", () => {
  const test = useDashboard()

  const live = () => test.page.getByRole("status").getByText("Live", { exact: true }).waitFor()

  /** How many different colours a chart's canvas has, its axis left out. Run in the browser. */
  const colours = (chart: string): Promise<number> =>
    test.page.evaluate<number>(`(() => {
      const canvas = document.querySelector(".chart-${chart} canvas")
      const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      const seen = new Set()
      for (let pixel = 0; pixel * 4 < data.length; pixel++) {
        if (pixel % width > width / 5) seen.add(data.slice(pixel * 4, pixel * 4 + 4).join())
      }
      return seen.size
    })()`)

  const plot = (chart: string): Locator => test.page.locator(`.chart-${chart} .u-over`)

  /** Pulls the pointer over a chart, from a share of its width to another. */
  const drag = async (chart: string, from: number, to: number): Promise<void> => {
    await plot(chart).scrollIntoViewIfNeeded()
    const box = await plot(chart).boundingBox()
    assert(box !== null)
    const y = box.y + box.height / 2
    await test.page.mouse.move(box.x + box.width * from, y)
    await test.page.mouse.down()
    await test.page.mouse.move(box.x + box.width * ((from + to) / 2), y)
    await test.page.mouse.move(box.x + box.width * to, y)
    await test.page.mouse.up()
  }

  const span = () => {
    const { searchParams } = new URL(test.page.url())
    return { fromMs: Date.parse(searchParams.get("from") ?? ""), toMs: Date.parse(searchParams.get("to") ?? "") }
  }

  describe("overview", () => {
    it("ranks the live streams, sorts, searches and pages, and the address keeps it", async () => {
      await test.visit("/")
      const names = test.page.locator("tbody .col-name")
      await names.first().waitFor()
      assert.strictEqual(await text(names.first()), "SilentFalcon")
      assert.strictEqual(await names.count(), 50)
      await test.page
        .getByRole("navigation", { name: "Pages of the ranking" })
        .getByRole("link", { name: "Next" })
        .click()
      await eventually("the second page", async () => (await names.count()) < 50)
      await test.page.reload()
      await eventually("the second page again", async () => (await names.count()) > 0 && (await names.count()) < 50)
      await test.page.getByRole("link", { name: "Previous" }).click()
      await test.page.getByLabel("Sort by").selectOption("Name, A to Z")
      await eventually("names in order", async () => (await text(names.first())).startsWith('"'))
      await test.page.keyboard.press("/")
      await test.page.keyboard.type("ARCADE")
      await eventually("what was searched for", async () => (await names.count()) === 1)
      assert.strictEqual(await text(names.first()), "midnight_arcade")
      await test.page.reload()
      await eventually("it again", async () => (await names.count()) === 1)
      await test.page.getByRole("searchbox").fill(UNKNOWN_NAME)
      await test.page.getByText("No live stream has a matching name.").waitFor()
    })

    it.each(["", "arcade"])("does not navigate back if the page has changed since typing %j", async (typed) => {
      await test.page.clock.install()
      await test.visit("/")
      await test.page.locator("tbody .col-name").first().waitFor()
      await test.page.clock.pauseAt((await test.page.evaluate<number>("Date.now()")) + 10_000)
      await test.page.reload()
      await test.page.getByRole("searchbox").pressSequentially(typed)
      await test.page.clock.runFor(100)
      await test.page.getByRole("link", { name: "Pipeline" }).click()
      await test.page.getByRole("heading", { level: 1, name: "Pipeline" }).waitFor()
      await test.page.clock.runFor(1000)
      assert.strictEqual(test.page.url(), `${test.fixture.url}/pipeline`)
      assert.strictEqual(await test.page.getByRole("searchbox").inputValue(), "")
    })

    it("typing on another page leaves that page open until Enter", async () => {
      await test.page.clock.install()
      await test.visit("/pipeline")
      await test.page.getByRole("searchbox").pressSequentially("arcade")
      await test.page.clock.runFor(1000)
      assert.strictEqual(test.page.url(), `${test.fixture.url}/pipeline`)
      await test.page.getByRole("searchbox").press("Enter")
      await test.page.waitForURL("**/streams/midnight_arcade")
      await test.page.goBack()
      await test.page.getByRole("heading", { level: 1, name: "Pipeline" }).waitFor()
    })

    it("loses no letter that is typed while the list begins to follow", async () => {
      await test.visit("/")
      await test.page.evaluate(`(() => {
        const { replaceState } = history
        history.replaceState = function (...to) {
          history.replaceState = replaceState
          queueMicrotask(() => {
            const box = document.querySelector("input[type=search]")
            box.value += "e"
            box.dispatchEvent(new Event("input", { bubbles: true }))
          })
          replaceState.apply(this, to)
        }
      })()`)
      await test.page.getByRole("searchbox").fill("arcad")
      await test.page.waitForURL("**/?search=arcade")
      assert.strictEqual(await test.page.getByRole("searchbox").inputValue(), "arcade")
    })

    it("shows what comes, without a reload", async () => {
      await test.visit("/")
      await live()
      await test.page.locator(".moment").first().waitFor()
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      const count = await text(test.page.locator("tbody .col-chat").first())
      const newest = test.page.locator(".moment").first()
      const before = await newest.getAttribute("href")
      const loads = test.fixture.requests("/")
      // At least one of them has a moment.
      for (let flushes = 0; flushes < 12; flushes++) test.fixture.flush()
      await eventually(
        "other figures",
        async () => (await text(test.page.locator("tbody .col-chat").first())) !== count
      )
      await eventually("another moment", async () => (await newest.getAttribute("href")) !== before)
      assert.strictEqual(test.fixture.requests("/"), loads)
    })

    it("requests the ranking at most every 5 seconds, however many updates arrive", async () => {
      await test.page.clock.install()
      await test.visit("/")
      await live()
      await test.page.locator("tbody .col-name").first().waitFor()
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      await test.page.clock.pauseAt((await test.page.evaluate<number>("Date.now()")) + 10_000)
      const newest = test.page.locator(".moment").first()
      /** Sends flushes to the page and waits until it shows their moment. */
      const flush = async () => {
        const before = await newest.getAttribute("href")
        for (let flushes = 0; flushes < 12; flushes++) test.fixture.flush()
        await eventually("another moment", async () => (await newest.getAttribute("href")) !== before)
      }
      const earlier = test.fixture.requests("/api/v1/streams")
      await flush()
      await eventually("the ranking has been requested", () => test.fixture.requests("/api/v1/streams") === earlier + 1)
      await flush()
      await test.page.clock.runFor(4900)
      await flush()
      assert.strictEqual(test.fixture.requests("/api/v1/streams"), earlier + 1)
      await test.page.clock.runFor(200)
      await eventually("it has been requested again", () => test.fixture.requests("/api/v1/streams") === earlier + 2)
    })

    it("requests everything again after a reset", async () => {
      await test.visit("/")
      await live()
      await test.page.locator(".moment").first().waitFor()
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      const paths = ["/api/v1/streams", "/api/v1/moments", "/api/v1/status"]
      const before = paths.map((path) => test.fixture.requests(path))
      test.fixture.reset()
      await eventually("all have been requested", () =>
        paths.every((path, index) => test.fixture.requests(path) > (before[index] ?? 0))
      )
    })

    it("shows moments of every type by filter: their arrow shows the direction, without its colour", async () => {
      await test.visit("/")
      const arrows = new Map<string, Set<string>>()
      for (const [direction, types] of Object.entries({ rise: RISES, fall: FALLS, turn: TURNS })) {
        for (const type of types) {
          await test.page.getByLabel("Kind of moment").selectOption(type)
          await test.page.waitForURL(`**/?moments=${type}`)
          await test.page.locator(".moments.is-old").waitFor({ state: "detached" })
          const kinds = test.page.locator(".moment .kind")
          await eventually(`${type} alone`, async () => new Set(await kinds.allTextContents()).size === 1)
          const path = (await kinds.first().locator("path").getAttribute("d")) ?? ""
          arrows.set(direction, (arrows.get(direction) ?? new Set()).add(path))
        }
      }
      const [...paths] = arrows.values()
      assert.deepStrictEqual(
        paths.map(({ size }) => size),
        [1, 1, 1]
      )
      assert.strictEqual(new Set(paths.flatMap((of) => [...of])).size, 3)
    })

    it("shows a sentence that quotes the chat as text", async () => {
      await test.visit("/?moments=raid")
      const sentence = test.page.locator(".moment-text").first()
      await sentence.waitFor()
      assert.include(await text(sentence), HOSTILE.markup)
      assert.strictEqual(await sentence.locator("bdi > *").count(), 0)
      assert.strictEqual(await test.page.evaluate("window.hacked"), undefined)
    })

    it("shows what keeps the worker from its work", async () => {
      test.fixture.problems = [`PostgreSQL <b>does not answer</b>`]
      await test.visit("/")
      await test.page.getByText("PostgreSQL <b>does not answer</b>").waitFor()
    })
  })

  describe("stream", () => {
    it("draws real data", async () => {
      await test.visit("/streams/SilentFalcon")
      await plot("chat").waitFor()
      for (const chart of ["chat", "score", "sentiment", "chatters", "viewers"]) {
        await eventually(`${chart} is drawn`, async () => (await colours(chart)) > 4)
      }
      const label = await test.page.locator(".chart-chat .plot").getAttribute("aria-label")
      assert.match(label ?? "", /^Messages: between [\d,]+ and [\d,]+, last [\d,]+\./)
    })

    it("zooms by dragging, on any chart; the way back is the browser's", async () => {
      await test.visit("/streams/SilentFalcon")
      for (const chart of ["chat", "viewers"]) {
        await test.page.getByText("Messages with a mood", { exact: true }).waitFor()
        await test.page.locator(".is-old").waitFor({ state: "detached" })
        const original = test.page.url()
        await drag(chart, 0.25, 0.5)
        await eventually("another stretch of time", () => test.page.url() !== original)
        const { fromMs, toMs } = span()
        const hour = 60 * MINUTE_MS
        assert.closeTo(fromMs, test.fixture.lastEndMs() - 0.75 * hour, MINUTE_MS)
        assert.closeTo(toMs, test.fixture.lastEndMs() - 0.5 * hour, MINUTE_MS)
        await test.page.goBack()
        await eventually("the hour again", () => test.page.url() === original)
      }
    })

    it("is moved by pulling with Shift, by keys, by buttons, and goes back to live", async () => {
      await test.visit("/streams/SilentFalcon?from=2026-01-31T16:30:00Z&to=2026-01-31T17:30:00Z")
      await test.page.getByText("Messages with a mood", { exact: true }).waitFor()
      await test.page.keyboard.down("Shift")
      await drag("chat", 0.25, 0.75)
      await test.page.keyboard.up("Shift")
      await eventually("half an hour earlier", () => Math.abs(span().fromMs - Date.UTC(2026, 0, 31, 16)) <= MINUTE_MS)
      const { fromMs } = span()
      await test.page.getByRole("group", { name: "Charts" }).focus()
      await test.page.keyboard.press("ArrowRight")
      await eventually("a quarter later", () => span().fromMs === fromMs + 15 * MINUTE_MS)
      await test.page.keyboard.press("+")
      await eventually("half as long", () => span().toMs - span().fromMs === 30 * MINUTE_MS)
      await test.page.getByRole("button", { name: "Zoom out" }).click()
      await eventually("as long again", () => span().toMs - span().fromMs === 60 * MINUTE_MS)
      await test.page.getByRole("link", { name: "Back to live" }).click()
      await eventually("live", () => new URL(test.page.url()).search === "")
    })

    it("is moved with a finger", async () => {
      await test.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
      await test.visit("/streams/SilentFalcon")
      await plot("chat").scrollIntoViewIfNeeded()
      const box = await plot("chat").boundingBox()
      assert(box !== null)
      const touches = await test.page.context().newCDPSession(test.page)
      const touch = (type: "touchStart" | "touchMove" | "touchEnd", share?: number) =>
        touches.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: share === undefined ? [] : [{ x: box.x + box.width * share, y: box.y + box.height / 2 }]
        })
      await touch("touchStart", 0.25)
      for (const share of [0.35, 0.45, 0.5]) await touch("touchMove", share)
      await touch("touchEnd")
      await eventually("a quarter earlier", () => Number.isFinite(span().toMs))
      assert.closeTo(span().toMs, test.fixture.lastEndMs() - 15 * MINUTE_MS, 2 * MINUTE_MS)
    })

    it("shows the window under the cursor, by pointer and by keys", async () => {
      await test.visit("/streams/SilentFalcon")
      await test.page.getByText("Latest figures shown").waitFor()
      const time = test.page.locator(".window-time")
      const last = await text(time)
      await plot("viewers").hover()
      await test.page.getByText("At the cursor").waitFor()
      await eventually("another window", async () => (await text(time)) !== last)
      const hovered = await text(time)
      await test.page.getByRole("group", { name: "Charts" }).focus()
      await test.page.keyboard.press("]")
      await eventually("the next window", async () => (await text(time)) !== hovered)
      await test.page.keyboard.press("Escape")
      await test.page.getByText("Latest figures shown").waitFor()
    })

    it("requests at most 1,500 points, whatever the range", async () => {
      await test.visit("/streams/SilentFalcon")
      const sizes: Array<number> = []
      for (const range of ["6 h", "24 h", "7 d", "15 min"]) {
        const answered = test.page.waitForResponse((response) => response.url().includes("/summaries"))
        await test.page.getByRole("link", { name: range, exact: true }).click()
        const answer = (await (await answered).json()) as { readonly items: ReadonlyArray<unknown> }
        sizes.push(answer.items.length)
      }
      assert.isAtMost(Math.max(...sizes), 1500)
      assert.isAtLeast(Math.max(...sizes), 900)
    })

    it("follows new windows and keeps its length", async () => {
      await test.visit("/streams/SilentFalcon?range=15m")
      await live()
      const rows = test.page.locator(".values tbody tr")
      await test.page.getByText("Values as a table").click()
      await rows.first().waitFor()
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      const [count, first] = [await rows.count(), await text(rows.first())]
      for (let flushes = 0; flushes < 30; flushes++) test.fixture.flush()
      await eventually("later windows", async () => (await text(rows.first())) !== first)
      await eventually("as many as before", async () => (await rows.count()) === count)
    })

    it("marks its moments; one of them explains itself in its place", async () => {
      await test.visit("/streams/SilentFalcon?from=2026-01-31T17:00:00Z&to=2026-01-31T18:00:00Z")
      const marker = test.page.locator(`.markers a[href*="moment=${MOMENT}"]`)
      await marker.click()
      await test.page.getByRole("heading", { name: "Why this is a moment" }).waitFor()
      await test.page
        .getByRole("table", { name: /at the peak/ })
        .getByText("Repeated text")
        .waitFor()
      assert.include(test.page.url(), `moment=${MOMENT}`)
      const place = await marker.boundingBox()
      const area = await plot("chat").boundingBox()
      assert(place !== null && area !== null)
      const share = (MOMENT_MS - span().fromMs) / (span().toMs - span().fromMs)
      assert.closeTo(place.x + place.width / 2, area.x + area.width * share, 2)
      await test.page.getByRole("link", { name: "Close the explanation" }).click()
      await test.page.getByRole("heading", { name: "Why this is a moment" }).waitFor({ state: "detached" })
    })

    it("a moment's link jumps to its place and shows the explanation", async () => {
      await test.visit(`/moments/${MOMENT}`)
      await test.page.getByRole("heading", { name: "SilentFalcon" }).waitFor()
      await test.page.getByText("In words").click()
      await test.page.getByText(/usual deviations above its baseline/).waitFor()
      await test.page
        .getByRole("table", { name: /at the peak/ })
        .getByText("Repeated text")
        .waitFor()
      const shown = test.page.locator(".span time")
      await shown.first().waitFor()
      assert.strictEqual(Date.parse((await shown.first().getAttribute("datetime")) ?? ""), MOMENT_MS - 10 * MINUTE_MS)
      assert.strictEqual(await test.page.locator(`.markers a[aria-current]`).count(), 1)
      await eventually("the chart is drawn", async () => (await colours("chat")) > 4)
    })

    it("from the feed on is a click", async () => {
      await test.visit("/")
      await test.page.locator(".moment").first().click()
      await test.page.getByRole("heading", { name: "Why this is a moment" }).waitFor()
      assert.match(new URL(test.page.url()).pathname, /^\/moments\/\d+$/)
    })

    it("reports a moment or a stream that does not exist", async () => {
      await test.visit("/moments/1")
      await test.page.getByText("There is no such moment.").waitFor()
      await test.visit("/streams/nobody")
      await test.page.getByText("Nothing is known of this stream.").waitFor()
      await test.visit("/streams/a/b")
      await test.page.getByText("There is no such page.").waitFor()
    })
  })

  describe("pipeline", () => {
    it("shows every task, idle inputs, gaps, and dead letters with their payload", async () => {
      await test.visit("/pipeline")
      await test.page.getByRole("rowheader", { name: "3" }).waitFor()
      assert.strictEqual(await test.page.locator(".inputs .tag").count(), 1)
      await test.page.getByText("ranges that the log lost").waitFor()
      await test.page.getByRole("button", { name: /invalid-json/ }).click()
      const letter = test.page.locator(".letter-list li").first()
      await letter.locator("summary").click()
      await letter.locator("pre").waitFor()
      assert.include(await text(letter.locator("pre")), HOSTILE.markup)
    })

    it("follows the flushes", async () => {
      await test.visit("/pipeline")
      await live()
      const watermark = test.page
        .getByRole("row")
        .filter({ has: test.page.getByRole("rowheader", { name: "0" }) })
        .locator("time")
        .first()
      const before = await text(watermark)
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      test.fixture.flush()
      await eventually("a later watermark", async () => (await text(watermark)) !== before)
    })
  })

  describe("hostile names", () => {
    it.each(Object.entries(HOSTILE))("%s stay text, everywhere", async (_, name) => {
      await test.visit("/")
      const link = test.page
        .locator("tbody .col-name a")
        .filter({ has: test.page.locator(`xpath=//bdi[@title=${quoted(name)}]`) })
      await link.waitFor()
      assert.strictEqual(await text(link), name)
      await link.click()
      await test.page.getByText("Latest figures shown").waitFor()
      const heading = test.page.getByRole("heading", { level: 1 })
      assert.strictEqual(await text(heading), name)
      assert.strictEqual(await heading.locator("bdi > *").count(), 0)
      assert.strictEqual(await test.page.evaluate("window.hacked"), undefined)
      await test.page.reload()
      await test.page.getByText("Latest figures shown").waitFor()
      assert.strictEqual(await text(heading), name)
    })
  })

  describe("when the connection is lost", () => {
    it("shows this with the last update's age, and recovers by itself", async () => {
      await test.visit("/")
      await live()
      await test.page.locator("tbody .col-name").first().waitFor()
      test.fixture.down()
      await test.page.getByText("Connection lost").waitFor()
      await test.page.getByText(/last update \d+ s ago/).waitFor()
      // The known rows remain.
      assert.strictEqual(await test.page.locator("tbody tr").count(), 50)
      test.fixture.up()
      await live()
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      const chat = test.page.locator("tbody .col-chat").first()
      const before = await text(chat)
      for (let flushes = 0; flushes < 3; flushes++) test.fixture.flush()
      await eventually("other figures", async () => (await text(chat)) !== before)
    })
  })

  describe("when the worker stops", () => {
    it("shows this until another worker answers", async () => {
      await test.visit("/")
      await live()
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      test.fixture.shutdown()
      await test.page.getByText("Worker stopping, reconnecting").waitFor()
      test.fixture.down()
      await test.page.getByText(/last update \d+ s ago/).waitFor()
      assert.strictEqual(await test.page.getByText("Worker stopping, reconnecting").count(), 1)
      test.fixture.up()
      await live()
    })
  })

  describe("states", () => {
    it("nothing yet", async () => {
      test.fixture.mode = "empty"
      await test.visit("/")
      await test.page.getByText("No stream is live.").waitFor()
      await test.page.getByText("No moments yet.").waitFor()
      await test.page.getByRole("link", { name: "Pipeline" }).click()
      await test.page.getByText("No task has committed anything yet.").waitFor()
      await test.page.getByText("No dead letters: every record was a valid event.").waitFor()
    })

    it("nothing yet while chat is collected: what the worker waits for", async () => {
      test.fixture.mode = "empty"
      test.fixture.collects = {
        channels: [
          { channel: "twitch:one", state: "reading", reason: null },
          { channel: "twitch:two", state: "refused", reason: "no <b>such</b> channel" }
        ],
        first_rows_after_ms: 25_000
      }
      await test.visit("/")
      await test.page.getByText("Waiting for chat.").waitFor()
      await test.page.getByText("Reading the chat of twitch:one.").waitFor()
      await test.page.getByText("The chat of twitch:two cannot be read.").waitFor()
      await test.page.getByText("Reason: no <b>such</b> channel.").waitFor()
      await test.page.getByText("A stream appears here about 25 seconds after its first message.").waitFor()
    })

    it("shows a failure and offers another try", async () => {
      test.fixture.mode = "failing"
      await test.page.clock.install()
      await test.visit("/")
      await test.page.getByText("The live streams can’t be loaded.").waitFor()
      await test.page.getByText("PostgreSQL does not answer").first().waitFor()
      // The page retries by itself. After that there is no button: its timers stop until the click.
      await test.page.clock.pauseAt(Date.now() + 60_000)
      await test.page.getByText("The live streams can’t be loaded.").waitFor()
      test.fixture.mode = "plenty"
      await test.page.getByRole("button", { name: "Try again" }).first().click()
      await test.page.locator("tbody .col-name").first().waitFor()
      await test.page.clock.resume()
      await live()
      await test.page.getByText("can’t be loaded").waitFor({ state: "detached" })
    })

    it("loading is shown", async () => {
      await test.page.route("**/api/v1/streams?*", () => {})
      await test.visit("/")
      await test.page.getByText("Loading live streams…").waitFor({ state: "attached" })
    })

    it("without a token the way leads to the login page and back", async () => {
      await test.page.route("**/api/v1/**", (route) => route.fulfill({ status: 401, json: {} }))
      await test.page.route("**/login?*", (route) => route.fulfill({ body: "the login page" }))
      await test.visit("/streams/chess24?range=6h")
      await test.page.waitForURL(`**/login?next=${encodeURIComponent("/streams/chess24?range=6h")}`)
    })
  })

  describe("accessibility", () => {
    it.each(PAGES.flatMap((path) => (["light", "dark"] as const).map((colorScheme) => [path, colorScheme] as const)))(
      "%s in %s has no barrier that axe finds",
      async (path, colorScheme) => {
        for (const width of [1440, 390]) {
          await test.open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
          await test.visit(path)
          await live()
          await test.page.locator(".skeleton").first().waitFor({ state: "detached" })
          assert.deepStrictEqual(await test.barriers(), [], `at a width of ${width}`)
        }
      }
    )

    it.each(["light", "dark"] as const)(
      "the API's documentation in %s has no barrier that axe finds",
      async (scheme) => {
        await test.open({ colorScheme: scheme, bypassCSP: true })
        await test.visit("/api/v1/docs")
        await test.page.getByRole("heading", { level: 1 }).waitFor()
        assert.deepStrictEqual(await test.barriers(), [])
      }
    )

    it.each(PAGES)("%s fits a phone", async (path) => {
      await test.open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
      await test.visit(path)
      await live()
      await test.page.locator(".skeleton").first().waitFor({ state: "detached" })
      const width = await test.page.evaluate<number>("document.documentElement.scrollWidth")
      assert.strictEqual(width, 390)
    })

    it("the theme is the system's until it is chosen, and stays chosen", async () => {
      await test.open({ colorScheme: "dark" })
      await test.visit("/")
      const ground = () => test.page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor")
      const dark = await ground()
      await test.page.getByRole("button", { name: "Switch to light colours" }).click()
      const light = await ground()
      assert.notStrictEqual(light, dark)
      await test.page.reload()
      await test.page.getByRole("button", { name: "Switch to dark colours" }).waitFor()
      assert.strictEqual(await ground(), light)
    })

    it("the keyboard reaches the content first, and what it follows has the focus", async () => {
      await test.visit("/")
      await test.page.locator("tbody .col-name a").first().waitFor()
      await test.page.keyboard.press("Tab")
      assert.strictEqual(await test.page.evaluate("document.activeElement.textContent"), "Skip to content")
      await test.page.locator("tbody .col-name a").first().focus()
      await test.page.keyboard.press("Enter")
      await test.page.getByRole("heading", { level: 1, name: "SilentFalcon" }).waitFor()
      await eventually("the title has the focus", () =>
        test.page.evaluate<boolean>(`document.activeElement.tagName === "H1"`)
      )
    })
  })

  describe("the server", () => {
    it("lets the page load nothing from elsewhere, and keeps what does not change", async () => {
      const response = await fetch(`${test.fixture.url}/streams/a%2Fb`)
      const html = await response.text()
      assert.strictEqual(response.status, 200)
      assert.include(
        response.headers.get("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'"
      )
      assert.strictEqual(response.headers.get("x-content-type-options"), "nosniff")
      assert.strictEqual(response.headers.get("referrer-policy"), "no-referrer")
      assert.strictEqual(response.headers.get("cache-control"), "no-cache")
      assert.notMatch(html, /style=|<script(?![^>]* src="\/assets\/)|<style/)
      const [, script = ""] = /src="([^"]+)"/.exec(html) ?? []
      const asset = await fetch(`${test.fixture.url}${script}`, { headers: { "accept-encoding": "gzip;q=0, br" } })
      assert.strictEqual(asset.headers.get("content-encoding"), "br")
      assert.include(asset.headers.get("cache-control"), "immutable")
      assert.include(asset.headers.get("content-type"), "text/javascript")
      const again = await fetch(`${test.fixture.url}/`, {
        headers: { "if-none-match": response.headers.get("etag") ?? "" }
      })
      assert.strictEqual(again.status, 304)
      const plain = await fetch(`${test.fixture.url}${script}`, { headers: { "accept-encoding": "identity" } })
      assert.isNull(plain.headers.get("content-encoding"))
      assert.strictEqual(await plain.text(), await asset.text())
    })

    it.each(["/assets/../index.html", "/assets/%2e%2e%2findex.html", "/assets/", "/assets/nothing.js", "/favicon.ico"])(
      "has no file at %s",
      async (path) => assert.strictEqual((await fetch(`${test.fixture.url}${path}`)).status, 404)
    )
  })
})

/** A text in XPath, which knows no escapes. */
const quoted = (name: string): string => {
  const parts = name.split(`"`).map((part) => `"${part}"`)
  return parts.length === 1 ? (parts[0] ?? "") : `concat(${parts.join(`, '"', `)})`
}
