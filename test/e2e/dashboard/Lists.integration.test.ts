/** The dashboard's lists: sorting, pages, filters, downloads, search, words and narrow screens. */
import { assert, describe, it } from "@effect/vitest"
import { eventually } from "../../harness/Until.ts"
import { chromiumMissing } from "./Browser.ts"
import { PHONE, text, useDashboard } from "./DashboardTest.ts"
import { FIRST_END_MS, STREAMS, UNKNOWN_NAME } from "./FixtureData.ts"

const MINUTE_MS = 60_000
const MOMENT_MS = FIRST_END_MS - 40 * MINUTE_MS
const MOMENT = `${MOMENT_MS / 1000}000`

/** The pages of streamers. */
const STREAMERS = ["/", "/streams/SilentFalcon", `/moments/${MOMENT}`]

describe.skipIf(chromiumMissing !== undefined)("lists", () => {
  const test = useDashboard()
  const names = () => test.page.locator("tbody .col-name")
  const ranking = () => test.page.getByRole("navigation", { name: "Pages of the ranking" })
  const feed = () => test.page.getByRole("navigation", { name: "Pages of the moments" })
  const place = () => text(feed().locator("p"))
  const total = async () => Number(/of ([\d,]+)/.exec(await place())?.[1])
  const scrolled = () => test.page.evaluate<number>("scrollY")

  describe("the ranking", () => {
    it("sorts by every column in both directions, by header and by list, and the address keeps it", async () => {
      await test.visitLive("/")
      for (const [label, name] of [
        ["Messages", "chat"],
        ["People", "chatters"],
        ["Viewers", "viewers"],
        ["Mood", "mood"],
        ["Activity", "score"],
        ["Stream", "name"]
      ]) {
        const header = test.page.locator(`thead .col-${name}`)
        const firstNames: Array<string> = []
        for (let clicks = 0; clicks < 2; clicks++) {
          const before = await header.getAttribute("aria-sort")
          await header.getByRole("button", { name: label ?? "" }).click()
          await eventually("another direction", async () => (await header.getAttribute("aria-sort")) !== before)
          await test.page.locator(".streams.is-old").waitFor({ state: "detached" })
          firstNames.push(await text(names().first()))
          const sort = await header.getAttribute("aria-sort")
          await test.page.reload()
          await names().first().waitFor()
          assert.strictEqual(await header.getAttribute("aria-sort"), sort)
          await eventually("the same order", async () => (await text(names().first())) === firstNames.at(-1))
        }
        assert.notStrictEqual(firstNames[0], firstNames[1], label)
      }
      await test.page.getByLabel("Sort by").selectOption("Name, Z to A")
      await eventually("names from the end", async () => (await text(names().first())) === STREAMS.toSorted().at(-1))
    })

    it("answers which chat is angriest, in words, without chats of few messages", async () => {
      await test.visitLive("/")
      await test.page.getByLabel("Sort by").selectOption("Mood, angriest first")
      await test.page.getByText("at least 10 messages").waitFor()
      const mood = test.page.locator("tbody .col-mood").first()
      await eventually("an angry chat", async () => (await text(mood)).startsWith("angry"))
      assert.strictEqual(await text(names().first()), "speedrun-city")
      await test.page.getByLabel("Sort by").selectOption("Mood, happiest first")
      await eventually("a happy chat", async () => (await text(mood)).startsWith("happy"))
    })

    it("states its place, leads forward and back, and shows the top of the page", async () => {
      await test.visitLive("/")
      const all = STREAMS.length
      await ranking().getByText(`1 to 50 of ${all}`).waitFor()
      assert.strictEqual(await ranking().getByRole("link", { name: "Previous" }).count(), 0)
      const first = await text(names().first())
      await ranking().getByRole("link", { name: "Next" }).click()
      await ranking().getByText(`51 to ${all} of ${all}`).waitFor()
      assert.strictEqual(await ranking().getByRole("link", { name: "Next" }).count(), 0)
      await eventually("the top of the page", async () => (await scrolled()) === 0)
      await test.page.reload()
      await ranking().getByText(`51 to ${all} of ${all}`).waitFor()
      await ranking().getByRole("link", { name: "Previous" }).click()
      await ranking().getByText(`1 to 50 of ${all}`).waitFor()
      assert.strictEqual(await text(names().first()), first)
      assert.strictEqual(new URL(test.page.url()).search, "")
    })

    it("on a phone shows the top of the list after paging", async () => {
      await test.open(PHONE)
      await test.visitLive("/")
      await ranking().getByRole("link", { name: "Next" }).click()
      await ranking()
        .getByText(/^51 to/)
        .waitFor()
      await eventually("the list's top", async () => {
        const box = await test.page.locator(".ranking").boundingBox()
        return box !== null && Math.abs(box.y) < 5
      })
    })
  })

  describe("the feed", () => {
    it("leads to moments beyond the first 100 and back, and follows only on its first page", async () => {
      await test.visitLive("/")
      const newest = test.page.locator(".moment").first()
      const href = await newest.getAttribute("href")
      await feed().getByRole("link", { name: "Next" }).click()
      await feed()
        .getByText(/^101 to/)
        .waitFor()
      const older = await newest.getAttribute("href")
      assert.notStrictEqual(older, href)
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      const chat = test.page.locator("tbody .col-chat").first()
      const before = await text(chat)
      for (let flushes = 0; flushes < 12; flushes++) test.fixture.flush()
      await eventually("other figures", async () => (await text(chat)) !== before)
      assert.strictEqual(await newest.getAttribute("href"), older)
      await feed().getByRole("link", { name: "Previous" }).click()
      await feed()
        .getByText(/^1 to 100 of/)
        .waitFor()
    })

    it("filters by strength and age, sorts by strength, and the address keeps it", async () => {
      await test.visitLive("/")
      const strengths = async () =>
        (await test.page.locator(".moment .intensity").allTextContents()).map((shown) => Number(shown.split(" ")[1]))
      const all = await place()
      await test.page.getByLabel("Least strength").selectOption("8")
      await eventually("fewer moments", async () => (await place()) !== all)
      assert.isTrue((await strengths()).every((strength) => strength >= 8))
      const strong = await place()
      await test.page.getByLabel("Age of moments").selectOption("1h")
      await eventually("only recent moments", async () => (await place()) !== strong)
      const times = await test.page
        .locator(".moment time")
        .evaluateAll((found) => found.map((time) => time.getAttribute("datetime")))
      assert.isTrue(times.every((time) => Date.parse(time ?? "") >= test.fixture.lastEndMs() - 61 * MINUTE_MS))
      await test.page.getByLabel("Order of moments").selectOption("strength")
      await test.page.waitForURL(/moments-by=strength/)
      await test.page.locator(".moments.is-old").waitFor({ state: "detached" })
      await test.page.reload()
      await test.page.locator(".moment").first().waitFor()
      const sorted = await strengths()
      assert.deepStrictEqual(
        sorted,
        sorted.toSorted((a, b) => b - a)
      )
      await test.page.getByRole("link", { name: "Show all" }).click()
      await eventually("everything again", async () => (await place()) === all)
    })

    it("takes a new moment only if the filters match, and counts it", async () => {
      await test.visitLive("/?moments=raid")
      await eventually("a client listens", () => test.fixture.listeners() > 0)
      const before = await total()
      // A stream has a moment every 20 minutes.
      for (let flushes = 0; flushes < 121; flushes++) test.fixture.flush()
      await eventually("more raids", async () => (await total()) > before)
      assert.deepStrictEqual([...new Set(await test.page.locator(".moment .kind").allTextContents())], ["Raid"])
    })
  })

  describe("downloads", () => {
    it("hold the values that the table shows", async () => {
      await test.visit("/streams/SilentFalcon?from=2026-01-31T17:30:00Z&to=2026-01-31T17:40:00Z")
      const { page } = test
      const values = page.locator("details.values")
      await values.locator("summary").click()
      const times = values.locator("tbody th time")
      await times.first().waitFor()
      const shown = await times.evaluateAll((all) => all.map((one) => one.getAttribute("datetime")))
      const link = await values.getByRole("link", { name: "NDJSON" }).getAttribute("href")
      const response = await page.request.get(
        new URL((link ?? "").replace("format=ndjson", "limit=500"), page.url()).href
      )
      const { items }: { readonly items: ReadonlyArray<{ readonly window_end: string }> } = await response.json()
      assert.strictEqual(shown.length, 61)
      assert.deepStrictEqual(
        items.map(({ window_end }) => Date.parse(window_end)).toReversed(),
        shown.map((time) => Date.parse(time ?? ""))
      )
    })

    it.each(["/", "/streams/SilentFalcon", "/pipeline"])(
      "are offered by every list of %s, as it is filtered",
      async (path) => {
        await test.visitLive(path)
        if (path !== "/pipeline") await test.page.locator(".download").first().waitFor({ state: "attached" })
        if (path === "/streams/SilentFalcon") await test.page.getByText("Values as a table").click()
        const hrefs = await test.page
          .locator(".download a")
          .evaluateAll((links) => links.map((link) => link.getAttribute("href")))
        assert.isAtLeast(hrefs.length, path === "/pipeline" ? 2 : 4)
        for (const href of hrefs) {
          assert.match(href ?? "", /[?&]format=(csv|ndjson)$/)
          // The API refuses parameters that it does not know.
          const { status } = await fetch(`${test.fixture.url}${href}`)
          assert.strictEqual(status, 200, href ?? "")
        }
      }
    )
  })

  describe("the search", () => {
    it("Enter opens the only hit, from the list and from other pages; the way back is the browser's", async () => {
      for (const start of ["/", "/pipeline"]) {
        await test.visitLive(start)
        await test.page.getByRole("searchbox").fill("arcade")
        await test.page.getByRole("searchbox").press("Enter")
        await test.page.waitForURL("**/streams/midnight_arcade")
        await test.page.getByRole("heading", { level: 1, name: "midnight_arcade" }).waitFor()
        await test.page.goBack()
        await eventually("not the stream", () => !test.page.url().includes("/streams/"))
      }
    })

    it("Enter with several hits, or with none, shows the list", async () => {
      for (const typed of ["channel_", UNKNOWN_NAME]) {
        await test.visitLive("/pipeline")
        const answered = test.page.waitForResponse(
          (response) => response.url().includes("limit=1&") || response.url().endsWith("limit=1")
        )
        await test.page.getByRole("searchbox").fill(typed)
        await test.page.getByRole("searchbox").press("Enter")
        await answered
        await test.page.waitForURL("**/?search=*")
        await test.page.locator(".skeleton").first().waitFor({ state: "detached" })
        assert.strictEqual(new URL(test.page.url()).pathname, "/")
      }
    })
  })

  describe("the frame", () => {
    it("offers to log out if there is a session, by a form without a script", async () => {
      await test.visitLive("/")
      assert.strictEqual(await test.page.getByRole("button", { name: "Log out" }).count(), 0)
      test.fixture.session = true
      await test.visitLive("/")
      const posted = test.page.waitForRequest(
        (request) => request.method() === "POST" && request.url().endsWith("/logout")
      )
      await test.page.route("**/logout", (route) => route.fulfill({ body: "logged out" }))
      await test.page.getByRole("button", { name: "Log out" }).click()
      await posted
      // Its navigation is over before the next test begins one.
      await test.page.getByText("logged out").waitFor()
    })

    it.each(["/nothing", "/nothing/here?a=1", "/streams/a/b", "/broadcast/x/y/z", "/index.html"])(
      "shows that %s is no page",
      async (path) => {
        await test.page.goto(`${test.fixture.url}${path}`)
        await test.page.getByText("There is no such page.").waitFor()
        await test.page.getByRole("link", { name: "See the live streams" }).click()
        await names().first().waitFor()
      }
    )

    it("turns figures gray while the connection is lost", async () => {
      await test.visitLive("/")
      const colour = (selector: string) =>
        test.page.evaluate<string>(`getComputedStyle(document.querySelector(${JSON.stringify(selector)})).color`)
      const figures = ["tbody .col-chat", ".strip dd", ".moment .moment-stream"]
      const live = await Promise.all(figures.map(colour))
      test.fixture.down()
      await test.page.getByText("Connection lost").waitFor()
      const frozen = await Promise.all(figures.map(colour))
      frozen.forEach((found, index) => assert.notStrictEqual(found, live[index], figures[index]))
      test.fixture.up()
      await eventually("the colours of live figures", async () =>
        (await Promise.all(figures.map(colour))).every((found, index) => found === live[index])
      )
    })
  })

  describe("a moment's page", () => {
    it("shows the figures of its peak, not of the chart's end", async () => {
      await test.visitLive(`/moments/${MOMENT}`)
      await test.page.getByRole("heading", { name: "At the peak" }).waitFor()
      const shown = test.page.locator(".window-time time").last()
      const endMs = Date.parse((await shown.getAttribute("datetime")) ?? "")
      assert.strictEqual(endMs, MOMENT_MS + 50_000)
      const strip = test.page.locator(".page-head .strip time").first()
      assert.strictEqual(Date.parse((await strip.getAttribute("datetime")) ?? ""), endMs)
    })

    it.each([390, 1440])("has nothing that leaves its panel, at %d pixels", async (width) => {
      await test.open({ viewport: { width, height: 900 } })
      await test.visitLive(`/moments/${MOMENT}`)
      await test.page.locator(".explanation .numbers").waitFor()
      const outside = await test.page.evaluate<
        ReadonlyArray<string>
      >(`[...document.querySelectorAll(".panel")].flatMap((panel) => {
        const right = panel.getBoundingClientRect().right
        return [...panel.querySelectorAll("*")]
          .filter((element) => element.closest(".scroll, svg, .u-over, .hidden") === null)
          .filter((element) => element.getBoundingClientRect().right > right + 0.5)
          .map((element) => element.outerHTML.slice(0, 120))
      })`)
      assert.deepStrictEqual(outside, [])
    })
  })

  describe("the dead letters", () => {
    it("are paged forward and back, also by reason", async () => {
      await test.visitLive("/pipeline")
      const pages = test.page.getByRole("navigation", { name: "Pages of the dead letters" })
      await pages.getByText("1 to 20 of 36").waitFor()
      await pages.getByRole("button", { name: "Next" }).click()
      await pages.getByText("21 to 36 of 36").waitFor()
      await pages.getByRole("button", { name: "Previous" }).click()
      await pages.getByText("1 to 20 of 36").waitFor()
      await pages.getByRole("button", { name: "Next" }).click()
      await test.page.getByRole("button", { name: /invalid-json/ }).click()
      await pages.getByText("1 to 18 of 18").waitFor()
    })
  })

  describe("the pipeline's last hour", () => {
    it("shows the trend of lag, late events, and problems that last or have passed", async () => {
      await test.visitLive("/pipeline")
      const hour = test.page.getByRole("region", { name: "The last hour" })
      await hour.getByRole("img", { name: "Lag: now 10 records, at most 28,010 records" }).waitFor()
      await hour.getByRole("img", { name: /^Watermark behind the clock: now 12 s, at most 1 min 12 s/ }).waitFor()
      await hour.getByText("18 events").waitFor()
      await hour.getByText("1,234 events").waitFor()
      await hour.getByText("it lasts").waitFor()
      await hour.getByText("for 20 min").waitFor()
    })

    it("begins empty", async () => {
      test.fixture.mode = "empty"
      await test.visitLive("/pipeline")
      await test.page.getByText("None since this worker started.").waitFor()
      await test.page.getByText("0 events").first().waitFor()
    })
  })

  describe("the API's documentation", () => {
    it.each([390, 1440])("leads to an operation and back to the page, at %d pixels", async (width) => {
      await test.open({ viewport: { width, height: 900 } })
      await test.visitLive("/")
      await test.page.getByRole("link", { name: "API", exact: true }).click()
      await test.page.getByRole("heading", { level: 1, name: /HTTP API/ }).waitFor()
      assert.strictEqual(await test.page.evaluate<number>("document.documentElement.scrollWidth"), width)
      await test.page.getByRole("navigation").getByRole("link", { name: "Live streams" }).click()
      await test.page.getByRole("heading", { level: 3, name: "Live streams" }).waitFor()
      await test.page.getByRole("link", { name: /Back to Telemetra/ }).click()
      await names().first().waitFor()
    })
  })

  describe("on a phone", () => {
    it("a stream's card shows mood and emotes, names stay whole, and nothing collides", async () => {
      await test.open(PHONE)
      await test.visitLive("/")
      const card = test.page.locator(".streams tbody tr").filter({ hasText: "midnight_arcade" })
      await card.locator(".col-mood").getByText("friendly").waitFor()
      await card.locator(".emote").first().waitFor()
      const lines = await test.page.evaluate<number>(`(() => {
        const name = document.querySelector(".streams bdi[title=midnight_arcade]")
        return name.getBoundingClientRect().height / Number.parseFloat(getComputedStyle(name).lineHeight)
      })()`)
      assert.closeTo(lines, 1, 0.2)
      const collisions = await test.page.evaluate<
        ReadonlyArray<string>
      >(`[...document.querySelectorAll(".bar, .streams tbody tr")]
        .flatMap((box) => {
          const children = [...box.children].map((child) => [child.className, child.getBoundingClientRect()])
            .filter(([, { width, height }]) => width > 1 && height > 1)
          return children.flatMap(([name, a], index) => children.slice(index + 1)
            .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1)
            .filter(([, b]) => a.top < b.bottom - 1 && b.top < a.bottom - 1)
            .map(([other]) => name + " and " + other))
        })`)
      assert.deepStrictEqual(collisions, [])
    })

    it("a moment's page shows the chart before the prose", async () => {
      await test.open(PHONE)
      await test.visitLive(`/moments/${MOMENT}`)
      await test.page.locator(".explanation .lead").waitFor()
      const chart = await test.page.locator(".charts").boundingBox()
      const prose = await test.page.locator(".explanation").boundingBox()
      const table = await test.page.locator(".values").boundingBox()
      assert(chart !== null && prose !== null && table !== null)
      assert.isBelow(chart.y, prose.y)
      assert.isBelow(prose.y, table.y)
    })
  })

  describe("the words for streamers", () => {
    it.each(STREAMERS)("are plain on %s", async (path) => {
      await test.visitLive(path)
      if (path !== "/") await test.page.getByText("Values as a table").click()
      const shown = (await test.page.locator("body").innerText()).replaceAll("window.hacked", "")
      assert.notMatch(shown, /σ|sigma|\bwindows?\b|\bbehind\b|\btasks?\b|baseline|deviation|watermark/i)
    })

    it("name the unit of every figure in the ranking's header", async () => {
      await test.visitLive("/")
      const header = await text(test.page.locator(".streams thead"))
      for (const unit of ["in 1 min", "−1 to +1", "strength"]) assert.include(header, unit)
    })
  })
})
