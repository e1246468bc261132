/** The dashboard as it is built, in a real browser, against the fixture. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { assert, describe, it } from "@effect/vitest"
import type { AxeResults } from "axe-core"
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { FALLS, RISES, TURNS } from "../../../src/domain/Moment.ts"
import { eventually } from "../../harness/Until.ts"
import { chromiumMissing, launchBrowser } from "./Browser.ts"
import { FIRST_END_MS, HOSTILE, UNKNOWN_NAME } from "./FixtureData.ts"
import { type Fixture, startFixture } from "./FixtureServer.ts"

/** The time limit of every wait. */
const PATIENCE_MS = 300_000

const MINUTE_MS = 60_000

/** A spike of SilentFalcon, 40 minutes before the end. Its id encodes the stream and the time. */
const MOMENT_MS = FIRST_END_MS - 40 * MINUTE_MS
const MOMENT = `${MOMENT_MS / 1000}000`

const PAGES = ["/", "/streams/SilentFalcon", `/moments/${MOMENT}`, "/pipeline"]

const built = new URL("../../../dist/dashboard/", import.meta.url)

/** The rules that axe checks. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

const text = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? ""

describe("the page's weight", () => {
  it("is at most 80 KiB compressed, all in all", () => {
    const names = readdirSync(built, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".gz"))
    const bytes = names.reduce((sum, name) => sum + statSync(new URL(name, built)).size, 0)
    assert.isAbove(names.length, 3)
    assert.isAtMost(bytes, 80 * 1024)
  })
})

describe.skipIf(chromiumMissing !== undefined)("the dashboard", () => {
  let fixture: Fixture
  let browser: Browser
  let context: BrowserContext
  let page: Page
  /** Exceptions and console errors, such as violations of the content security policy. */
  let complaints: Array<string>

  const open = async (options: BrowserContextOptions = {}): Promise<void> => {
    await context?.close()
    context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      timezoneId: "Asia/Kolkata",
      ...options
    })
    context.setDefaultTimeout(PATIENCE_MS)
    page = await context.newPage()
    complaints = []
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        complaints.push(message.text())
      }
    })
  }

  const visit = (path: string) => page.goto(`${fixture.url}${path}`)

  const live = () => page.getByRole("status").getByText("Live", { exact: true }).waitFor()

  /** How many different colours a chart's canvas has, its axis left out. Run in the browser. */
  const colours = (chart: string): Promise<number> =>
    page.evaluate<number>(`(() => {
      const canvas = document.querySelector(".chart-${chart} canvas")
      const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      const seen = new Set()
      for (let pixel = 0; pixel * 4 < data.length; pixel++) {
        if (pixel % width > width / 5) seen.add(data.slice(pixel * 4, pixel * 4 + 4).join())
      }
      return seen.size
    })()`)

  const plot = (chart: string): Locator => page.locator(`.chart-${chart} .u-over`)

  /** Pulls the pointer over a chart, from a share of its width to another. */
  const drag = async (chart: string, from: number, to: number): Promise<void> => {
    await plot(chart).scrollIntoViewIfNeeded()
    const box = await plot(chart).boundingBox()
    assert(box !== null)
    const y = box.y + box.height / 2
    await page.mouse.move(box.x + box.width * from, y)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * ((from + to) / 2), y)
    await page.mouse.move(box.x + box.width * to, y)
    await page.mouse.up()
  }

  const span = () => {
    const { searchParams } = new URL(page.url())
    return { fromMs: Date.parse(searchParams.get("from") ?? ""), toMs: Date.parse(searchParams.get("to") ?? "") }
  }

  beforeAll(async () => {
    fixture = await startFixture()
    browser = await launchBrowser()
  })

  beforeEach(() => open())

  afterEach(async ({ task }) => {
    // The page of a failed test, for readers who have only its log.
    if (task.result?.state === "fail")
      process.stderr.write(`${page.url()}\n${await page.locator("body").innerText()}\n`)
    fixture.up()
    fixture.mode = "plenty"
    fixture.problems = []
    assert.deepStrictEqual(complaints, [])
  })

  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  describe("overview", () => {
    it("ranks the live streams, sorts, searches and pages, and the address keeps it", async () => {
      await visit("/")
      const names = page.locator("tbody .col-name")
      await names.first().waitFor()
      assert.strictEqual(await text(names.first()), "SilentFalcon")
      assert.strictEqual(await names.count(), 50)
      await page.getByRole("navigation", { name: "Pages of the ranking" }).getByRole("link", { name: "Next" }).click()
      await eventually("the second page", async () => (await names.count()) < 50)
      await page.reload()
      await eventually("the second page again", async () => (await names.count()) > 0 && (await names.count()) < 50)
      await page.getByRole("link", { name: "Previous" }).click()
      await page.getByLabel("Sort by").selectOption("Name, A to Z")
      await eventually("names in order", async () => (await text(names.first())).startsWith('"'))
      await page.keyboard.press("/")
      await page.keyboard.type("ARCADE")
      await eventually("what was searched for", async () => (await names.count()) === 1)
      assert.strictEqual(await text(names.first()), "midnight_arcade")
      await page.reload()
      await eventually("it again", async () => (await names.count()) === 1)
      await page.getByRole("searchbox").fill(UNKNOWN_NAME)
      await page.getByText("No live stream has a matching name.").waitFor()
    })

    it.each(["", "arcade"])("does not navigate back if the page has changed since typing %j", async (typed) => {
      await page.clock.install()
      await visit("/")
      await page.locator("tbody .col-name").first().waitFor()
      await page.clock.pauseAt((await page.evaluate<number>("Date.now()")) + 10_000)
      await page.reload()
      await page.getByRole("searchbox").pressSequentially(typed)
      await page.clock.runFor(100)
      await page.getByRole("link", { name: "Pipeline" }).click()
      await page.getByRole("heading", { level: 1, name: "Pipeline" }).waitFor()
      await page.clock.runFor(1000)
      assert.strictEqual(page.url(), `${fixture.url}/pipeline`)
      assert.strictEqual(await page.getByRole("searchbox").inputValue(), "")
    })

    it("typing on another page leaves that page open until Enter", async () => {
      await page.clock.install()
      await visit("/pipeline")
      await page.getByRole("searchbox").pressSequentially("arcade")
      await page.clock.runFor(1000)
      assert.strictEqual(page.url(), `${fixture.url}/pipeline`)
      await page.getByRole("searchbox").press("Enter")
      await page.waitForURL("**/streams/midnight_arcade")
      await page.goBack()
      await page.getByRole("heading", { level: 1, name: "Pipeline" }).waitFor()
    })

    it("loses no letter that is typed while the list begins to follow", async () => {
      await visit("/")
      await page.evaluate(`(() => {
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
      await page.getByRole("searchbox").fill("arcad")
      await page.waitForURL("**/?search=arcade")
      assert.strictEqual(await page.getByRole("searchbox").inputValue(), "arcade")
    })

    it("shows what comes, without a reload", async () => {
      await visit("/")
      await live()
      await page.locator(".moment").first().waitFor()
      await eventually("a client listens", () => fixture.listeners() > 0)
      const count = await text(page.locator("tbody .col-chat").first())
      const newest = page.locator(".moment").first()
      const before = await newest.getAttribute("href")
      const loads = fixture.requests("/")
      // At least one of them has a moment.
      for (let flushes = 0; flushes < 12; flushes++) fixture.flush()
      await eventually("other figures", async () => (await text(page.locator("tbody .col-chat").first())) !== count)
      await eventually("another moment", async () => (await newest.getAttribute("href")) !== before)
      assert.strictEqual(fixture.requests("/"), loads)
    })

    it("requests the ranking at most every 5 seconds, however many updates arrive", async () => {
      await page.clock.install()
      await visit("/")
      await live()
      await page.locator("tbody .col-name").first().waitFor()
      await eventually("a client listens", () => fixture.listeners() > 0)
      await page.clock.pauseAt((await page.evaluate<number>("Date.now()")) + 10_000)
      const newest = page.locator(".moment").first()
      /** Sends flushes to the page and waits until it shows their moment. */
      const flush = async () => {
        const before = await newest.getAttribute("href")
        for (let flushes = 0; flushes < 12; flushes++) fixture.flush()
        await eventually("another moment", async () => (await newest.getAttribute("href")) !== before)
      }
      const earlier = fixture.requests("/api/v1/streams")
      await flush()
      await eventually("the ranking has been requested", () => fixture.requests("/api/v1/streams") === earlier + 1)
      await flush()
      await page.clock.runFor(4900)
      await flush()
      assert.strictEqual(fixture.requests("/api/v1/streams"), earlier + 1)
      await page.clock.runFor(200)
      await eventually("it has been requested again", () => fixture.requests("/api/v1/streams") === earlier + 2)
    })

    it("requests everything again after a reset", async () => {
      await visit("/")
      await live()
      await page.locator(".moment").first().waitFor()
      await eventually("a client listens", () => fixture.listeners() > 0)
      const paths = ["/api/v1/streams", "/api/v1/moments", "/api/v1/status"]
      const before = paths.map((path) => fixture.requests(path))
      fixture.reset()
      await eventually("all have been requested", () =>
        paths.every((path, index) => fixture.requests(path) > (before[index] ?? 0))
      )
    })

    it("shows moments of every type by filter: their arrow shows the direction, without its colour", async () => {
      await visit("/")
      const arrows = new Map<string, Set<string>>()
      for (const [direction, types] of Object.entries({ rise: RISES, fall: FALLS, turn: TURNS })) {
        for (const type of types) {
          await page.getByLabel("Kind of moment").selectOption(type)
          await page.waitForURL(`**/?moments=${type}`)
          await page.locator(".moments.is-old").waitFor({ state: "detached" })
          const kinds = page.locator(".moment .kind")
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
      await visit("/?moments=raid")
      const sentence = page.locator(".moment-text").first()
      await sentence.waitFor()
      assert.include(await text(sentence), HOSTILE.markup)
      assert.strictEqual(await sentence.locator("bdi > *").count(), 0)
      assert.strictEqual(await page.evaluate("window.hacked"), undefined)
    })

    it("shows what keeps the worker from its work", async () => {
      fixture.problems = [`PostgreSQL <b>does not answer</b>`]
      await visit("/")
      await page.getByText("PostgreSQL <b>does not answer</b>").waitFor()
    })
  })

  describe("stream", () => {
    it("draws real data", async () => {
      await visit("/streams/SilentFalcon")
      await plot("chat").waitFor()
      for (const chart of ["chat", "score", "sentiment", "chatters", "viewers"]) {
        await eventually(`${chart} is drawn`, async () => (await colours(chart)) > 4)
      }
      const label = await page.locator(".chart-chat .plot").getAttribute("aria-label")
      assert.match(label ?? "", /^Messages: between [\d,]+ and [\d,]+, last [\d,]+\./)
    })

    it("zooms by dragging, on any chart; the way back is the browser's", async () => {
      await visit("/streams/SilentFalcon")
      for (const chart of ["chat", "viewers"]) {
        await page.getByText("Messages with a mood", { exact: true }).waitFor()
        await page.locator(".is-old").waitFor({ state: "detached" })
        const original = page.url()
        await drag(chart, 0.25, 0.5)
        await eventually("another stretch of time", () => page.url() !== original)
        const { fromMs, toMs } = span()
        const hour = 60 * MINUTE_MS
        assert.closeTo(fromMs, fixture.lastEndMs() - 0.75 * hour, MINUTE_MS)
        assert.closeTo(toMs, fixture.lastEndMs() - 0.5 * hour, MINUTE_MS)
        await page.goBack()
        await eventually("the hour again", () => page.url() === original)
      }
    })

    it("is moved by pulling with Shift, by keys, by buttons, and goes back to live", async () => {
      await visit("/streams/SilentFalcon?from=2026-01-31T16:30:00Z&to=2026-01-31T17:30:00Z")
      await page.getByText("Messages with a mood", { exact: true }).waitFor()
      await page.keyboard.down("Shift")
      await drag("chat", 0.25, 0.75)
      await page.keyboard.up("Shift")
      await eventually("half an hour earlier", () => Math.abs(span().fromMs - Date.UTC(2026, 0, 31, 16)) <= MINUTE_MS)
      const { fromMs } = span()
      await page.getByRole("group", { name: "Charts" }).focus()
      await page.keyboard.press("ArrowRight")
      await eventually("a quarter later", () => span().fromMs === fromMs + 15 * MINUTE_MS)
      await page.keyboard.press("+")
      await eventually("half as long", () => span().toMs - span().fromMs === 30 * MINUTE_MS)
      await page.getByRole("button", { name: "Zoom out" }).click()
      await eventually("as long again", () => span().toMs - span().fromMs === 60 * MINUTE_MS)
      await page.getByRole("link", { name: "Back to live" }).click()
      await eventually("live", () => new URL(page.url()).search === "")
    })

    it("is moved with a finger", async () => {
      await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
      await visit("/streams/SilentFalcon")
      await plot("chat").scrollIntoViewIfNeeded()
      const box = await plot("chat").boundingBox()
      assert(box !== null)
      const touches = await context.newCDPSession(page)
      const touch = (type: "touchStart" | "touchMove" | "touchEnd", share?: number) =>
        touches.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: share === undefined ? [] : [{ x: box.x + box.width * share, y: box.y + box.height / 2 }]
        })
      await touch("touchStart", 0.25)
      for (const share of [0.35, 0.45, 0.5]) await touch("touchMove", share)
      await touch("touchEnd")
      await eventually("a quarter earlier", () => Number.isFinite(span().toMs))
      assert.closeTo(span().toMs, fixture.lastEndMs() - 15 * MINUTE_MS, 2 * MINUTE_MS)
    })

    it("shows the window under the cursor, by pointer and by keys", async () => {
      await visit("/streams/SilentFalcon")
      await page.getByText("Latest figures shown").waitFor()
      const time = page.locator(".window-time")
      const last = await text(time)
      await plot("viewers").hover()
      await page.getByText("At the cursor").waitFor()
      await eventually("another window", async () => (await text(time)) !== last)
      const hovered = await text(time)
      await page.getByRole("group", { name: "Charts" }).focus()
      await page.keyboard.press("]")
      await eventually("the next window", async () => (await text(time)) !== hovered)
      await page.keyboard.press("Escape")
      await page.getByText("Latest figures shown").waitFor()
    })

    it("requests at most 1,500 points, whatever the range", async () => {
      await visit("/streams/SilentFalcon")
      const sizes: Array<number> = []
      for (const range of ["6 h", "24 h", "7 d", "15 min"]) {
        const answered = page.waitForResponse((response) => response.url().includes("/summaries"))
        await page.getByRole("link", { name: range, exact: true }).click()
        const answer = (await (await answered).json()) as { readonly items: ReadonlyArray<unknown> }
        sizes.push(answer.items.length)
      }
      assert.isAtMost(Math.max(...sizes), 1500)
      assert.isAtLeast(Math.max(...sizes), 900)
    })

    it("follows new windows and keeps its length", async () => {
      await visit("/streams/SilentFalcon?range=15m")
      await live()
      const rows = page.locator(".values tbody tr")
      await page.getByText("Values as a table").click()
      await rows.first().waitFor()
      await eventually("a client listens", () => fixture.listeners() > 0)
      const [count, first] = [await rows.count(), await text(rows.first())]
      for (let flushes = 0; flushes < 30; flushes++) fixture.flush()
      await eventually("later windows", async () => (await text(rows.first())) !== first)
      await eventually("as many as before", async () => (await rows.count()) === count)
    })

    it("marks its moments; one of them explains itself in its place", async () => {
      await visit("/streams/SilentFalcon?from=2026-01-31T17:00:00Z&to=2026-01-31T18:00:00Z")
      const marker = page.locator(`.markers a[href*="moment=${MOMENT}"]`)
      await marker.click()
      await page.getByRole("heading", { name: "Why this is a moment" }).waitFor()
      await page
        .getByRole("table", { name: /at the peak/ })
        .getByText("Repeated text")
        .waitFor()
      assert.include(page.url(), `moment=${MOMENT}`)
      const place = await marker.boundingBox()
      const area = await plot("chat").boundingBox()
      assert(place !== null && area !== null)
      const share = (MOMENT_MS - span().fromMs) / (span().toMs - span().fromMs)
      assert.closeTo(place.x + place.width / 2, area.x + area.width * share, 2)
      await page.getByRole("link", { name: "Close the explanation" }).click()
      await page.getByRole("heading", { name: "Why this is a moment" }).waitFor({ state: "detached" })
    })

    it("a moment's link jumps to its place and shows the explanation", async () => {
      await visit(`/moments/${MOMENT}`)
      await page.getByRole("heading", { name: "SilentFalcon" }).waitFor()
      await page.getByText("In words").click()
      await page.getByText(/usual deviations above its baseline/).waitFor()
      await page
        .getByRole("table", { name: /at the peak/ })
        .getByText("Repeated text")
        .waitFor()
      const shown = page.locator(".span time")
      await shown.first().waitFor()
      assert.strictEqual(Date.parse((await shown.first().getAttribute("datetime")) ?? ""), MOMENT_MS - 10 * MINUTE_MS)
      assert.strictEqual(await page.locator(`.markers a[aria-current]`).count(), 1)
      await eventually("the chart is drawn", async () => (await colours("chat")) > 4)
    })

    it("from the feed on is a click", async () => {
      await visit("/")
      await page.locator(".moment").first().click()
      await page.getByRole("heading", { name: "Why this is a moment" }).waitFor()
      assert.match(new URL(page.url()).pathname, /^\/moments\/\d+$/)
    })

    it("reports a moment or a stream that does not exist", async () => {
      await visit("/moments/1")
      await page.getByText("There is no such moment.").waitFor()
      await visit("/streams/nobody")
      await page.getByText("Nothing is known of this stream.").waitFor()
      await visit("/streams/a/b")
      await page.getByText("There is no such page.").waitFor()
    })
  })

  describe("pipeline", () => {
    it("shows every task, idle inputs, gaps, and dead letters with their payload", async () => {
      await visit("/pipeline")
      await page.getByRole("rowheader", { name: "3" }).waitFor()
      assert.strictEqual(await page.locator(".inputs .tag").count(), 1)
      await page.getByText("ranges that the log lost").waitFor()
      await page.getByRole("button", { name: /invalid-json/ }).click()
      const letter = page.locator(".letter-list li").first()
      await letter.locator("summary").click()
      await letter.locator("pre").waitFor()
      assert.include(await text(letter.locator("pre")), HOSTILE.markup)
    })

    it("follows the flushes", async () => {
      await visit("/pipeline")
      await live()
      const watermark = page
        .getByRole("row")
        .filter({ has: page.getByRole("rowheader", { name: "0" }) })
        .locator("time")
        .first()
      const before = await text(watermark)
      await eventually("a client listens", () => fixture.listeners() > 0)
      fixture.flush()
      await eventually("a later watermark", async () => (await text(watermark)) !== before)
    })
  })

  describe("hostile names", () => {
    it.each(Object.entries(HOSTILE))("%s stay text, everywhere", async (_, name) => {
      await visit("/")
      const link = page
        .locator("tbody .col-name a")
        .filter({ has: page.locator(`xpath=//bdi[@title=${quoted(name)}]`) })
      await link.waitFor()
      assert.strictEqual(await text(link), name)
      await link.click()
      await page.getByText("Latest figures shown").waitFor()
      const heading = page.getByRole("heading", { level: 1 })
      assert.strictEqual(await text(heading), name)
      assert.strictEqual(await heading.locator("bdi > *").count(), 0)
      assert.strictEqual(await page.evaluate("window.hacked"), undefined)
      await page.reload()
      await page.getByText("Latest figures shown").waitFor()
      assert.strictEqual(await text(heading), name)
    })
  })

  describe("when the connection is lost", () => {
    it("shows this with the last update's age, and recovers by itself", async () => {
      await visit("/")
      await live()
      await page.locator("tbody .col-name").first().waitFor()
      fixture.down()
      await page.getByText("Connection lost").waitFor()
      await page.getByText(/last update \d+ s ago/).waitFor()
      // The known rows remain.
      assert.strictEqual(await page.locator("tbody tr").count(), 50)
      fixture.up()
      await live()
      await eventually("a client listens", () => fixture.listeners() > 0)
      const chat = page.locator("tbody .col-chat").first()
      const before = await text(chat)
      for (let flushes = 0; flushes < 3; flushes++) fixture.flush()
      await eventually("other figures", async () => (await text(chat)) !== before)
    })
  })

  describe("when the worker stops", () => {
    it("shows this until another worker answers", async () => {
      await visit("/")
      await live()
      await eventually("a client listens", () => fixture.listeners() > 0)
      fixture.shutdown()
      await page.getByText("Worker stopping, reconnecting").waitFor()
      fixture.down()
      await page.getByText(/last update \d+ s ago/).waitFor()
      assert.strictEqual(await page.getByText("Worker stopping, reconnecting").count(), 1)
      fixture.up()
      await live()
    })
  })

  describe("states", () => {
    it("nothing yet", async () => {
      fixture.mode = "empty"
      await visit("/")
      await page.getByText("No stream is live.").waitFor()
      await page.getByText("No moments yet.").waitFor()
      await page.getByRole("link", { name: "Pipeline" }).click()
      await page.getByText("No task has committed anything yet.").waitFor()
      await page.getByText("No dead letters: every record was a valid event.").waitFor()
    })

    it("shows a failure and offers another try", async () => {
      fixture.mode = "failing"
      await page.clock.install()
      await visit("/")
      await page.getByText("The live streams can’t be loaded.").waitFor()
      await page.getByText("PostgreSQL does not answer").first().waitFor()
      // The page retries by itself. After that there is no button: its timers stop until the click.
      await page.clock.pauseAt(Date.now() + 60_000)
      await page.getByText("The live streams can’t be loaded.").waitFor()
      fixture.mode = "plenty"
      await page.getByRole("button", { name: "Try again" }).first().click()
      await page.locator("tbody .col-name").first().waitFor()
      await page.clock.resume()
      await live()
      await page.getByText("can’t be loaded").waitFor({ state: "detached" })
    })

    it("loading is shown", async () => {
      await page.route("**/api/v1/streams?*", () => {})
      await visit("/")
      await page.getByText("Loading live streams…").waitFor({ state: "attached" })
    })

    it("without a token the way leads to the login page and back", async () => {
      await page.route("**/api/v1/**", (route) => route.fulfill({ status: 401, json: {} }))
      await page.route("**/login?*", (route) => route.fulfill({ body: "the login page" }))
      await visit("/streams/chess24?range=6h")
      await page.waitForURL(`**/login?next=${encodeURIComponent("/streams/chess24?range=6h")}`)
    })
  })

  describe("accessibility", () => {
    it.each(PAGES.flatMap((path) => (["light", "dark"] as const).map((colorScheme) => [path, colorScheme] as const)))(
      "%s in %s has no barrier that axe finds",
      async (path, colorScheme) => {
        for (const width of [1440, 390]) {
          await open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
          await visit(path)
          await live()
          await page.locator(".skeleton").first().waitFor({ state: "detached" })
          await page.evaluate(axe)
          const { violations } = await page.evaluate<AxeResults>(
            `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`
          )
          const found = violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join("\n"))
          assert.deepStrictEqual(found, [], `at a width of ${width}`)
        }
      }
    )

    it.each(["light", "dark"] as const)(
      "the API's documentation in %s has no barrier that axe finds",
      async (scheme) => {
        await open({ colorScheme: scheme, bypassCSP: true })
        await visit("/api/v1/docs")
        await page.getByRole("heading", { level: 1 }).waitFor()
        await page.evaluate(axe)
        const { violations } = await page.evaluate<AxeResults>(
          `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`
        )
        const found = violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join("\n"))
        assert.deepStrictEqual(found, [])
      }
    )

    it.each(PAGES)("%s fits a phone", async (path) => {
      await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
      await visit(path)
      await live()
      await page.locator(".skeleton").first().waitFor({ state: "detached" })
      const width = await page.evaluate<number>("document.documentElement.scrollWidth")
      assert.strictEqual(width, 390)
    })

    it("the theme is the system's until it is chosen, and stays chosen", async () => {
      await open({ colorScheme: "dark" })
      await visit("/")
      const ground = () => page.evaluate<string>("getComputedStyle(document.documentElement).backgroundColor")
      const dark = await ground()
      await page.getByRole("button", { name: "Switch to light colours" }).click()
      const light = await ground()
      assert.notStrictEqual(light, dark)
      await page.reload()
      await page.getByRole("button", { name: "Switch to dark colours" }).waitFor()
      assert.strictEqual(await ground(), light)
    })

    it("the keyboard reaches the content first, and what it follows has the focus", async () => {
      await visit("/")
      await page.locator("tbody .col-name a").first().waitFor()
      await page.keyboard.press("Tab")
      assert.strictEqual(await page.evaluate("document.activeElement.textContent"), "Skip to content")
      await page.locator("tbody .col-name a").first().focus()
      await page.keyboard.press("Enter")
      await page.getByRole("heading", { level: 1, name: "SilentFalcon" }).waitFor()
      await eventually("the title has the focus", () =>
        page.evaluate<boolean>(`document.activeElement.tagName === "H1"`)
      )
    })
  })

  describe("the server", () => {
    it("lets the page load nothing from elsewhere, and keeps what does not change", async () => {
      const response = await fetch(`${fixture.url}/streams/a%2Fb`)
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
      const asset = await fetch(`${fixture.url}${script}`, { headers: { "accept-encoding": "gzip;q=0, br" } })
      assert.strictEqual(asset.headers.get("content-encoding"), "br")
      assert.include(asset.headers.get("cache-control"), "immutable")
      assert.include(asset.headers.get("content-type"), "text/javascript")
      const again = await fetch(`${fixture.url}/`, { headers: { "if-none-match": response.headers.get("etag") ?? "" } })
      assert.strictEqual(again.status, 304)
      const plain = await fetch(`${fixture.url}${script}`, { headers: { "accept-encoding": "identity" } })
      assert.isNull(plain.headers.get("content-encoding"))
      assert.strictEqual(await plain.text(), await asset.text())
    })

    it.each(["/assets/../index.html", "/assets/%2e%2e%2findex.html", "/assets/", "/assets/nothing.js", "/favicon.ico"])(
      "has no file at %s",
      async (path) => assert.strictEqual((await fetch(`${fixture.url}${path}`)).status, 404)
    )
  })
})

/** A text in XPath, which knows no escapes. */
const quoted = (name: string): string => {
  const parts = name.split(`"`).map((part) => `"${part}"`)
  return parts.length === 1 ? (parts[0] ?? "") : `concat(${parts.join(`, '"', `)})`
}
