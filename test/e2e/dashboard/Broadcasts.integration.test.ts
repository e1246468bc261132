/** Past broadcasts, in a real browser, against the fixture. */
import { assert, describe, it } from "@effect/vitest"
import { eventually } from "../../harness/Until.ts"
import { chromiumMissing } from "./Browser.ts"
import { HOSTILE } from "./FixtureData.ts"
import { useDashboard } from "./DashboardTest.ts"

describe.skipIf(chromiumMissing !== undefined)("broadcasts", () => {
  const test = useDashboard()
  const heading = (name: string) => test.page.getByRole("heading", { level: 1, name })

  it("are listed, the newest first, page by page, with their ends", async () => {
    await test.visit("/")
    const { page } = test
    await page.getByRole("link", { name: "Broadcasts" }).click()
    await heading("Broadcasts").waitFor()
    const rows = page.locator(".broadcasts tbody tr")
    await rows.first().waitFor()
    assert.strictEqual(await rows.count(), 50)
    await page.getByText("1 to 50 of").waitFor()
    await page.getByRole("link", { name: "Next", exact: true }).click()
    await page.getByText("51 to 100 of").waitFor()
    const second = await rows.first().textContent()
    await page.reload()
    await page.getByText("51 to 100 of").waitFor()
    assert.strictEqual(await rows.first().textContent(), second)
    await page.getByRole("link", { name: "Previous", exact: true }).click()
    await page.getByText("1 to 50 of").waitFor()
    assert.isAbove(await page.locator(".tag-live").count(), 0)
    assert.strictEqual(await page.evaluate("window.hacked"), undefined)
  })

  it("that are over are found by the search for streams, which calls them ended", async () => {
    await test.visit("/")
    const { page } = test
    await page.getByRole("searchbox").fill("nightly")
    const ended = page.locator(".ended")
    await ended.getByText(/ended \d+ (min|h|d) ago/).waitFor()
    // Live streams are in the list of live streams alone.
    assert.strictEqual(await ended.locator("li").count(), 1)
    await ended.getByRole("link", { name: "NightlyNomad" }).click()
    await heading("NightlyNomad").waitFor()
    assert.strictEqual(await page.locator(".page-head .tag").textContent(), "ended")
  })

  it("have a page with totals, the best moment first, and a comparison with the one before", async () => {
    await test.visit("/streams/SilentFalcon")
    const { page } = test
    await page.getByRole("link", { name: "Past broadcasts" }).click()
    const rows = page.locator(".broadcasts tbody tr")
    await rows.first().waitFor()
    assert.strictEqual(await rows.count(), 7)
    await rows.nth(1).getByRole("link").first().click()
    await heading("SilentFalcon").waitFor()
    const fact = (name: string) => page.locator(".facts div").filter({ hasText: name }).locator("dd")
    assert.strictEqual(await fact("Length").first().textContent(), "5 h")
    assert.match((await fact("Most viewers").textContent()) ?? "", /^[\d,]+ at 1:23:45$/)
    await page.locator(".moments .moment").first().waitFor()
    const counted = Number.parseInt((await page.locator(".best-moments .faint").textContent()) ?? "", 10)
    assert.strictEqual(await page.locator(".moments .moment").count(), Math.min(counted, 50))
    assert.match(
      (await page.locator(".moments .moment-head").first().textContent()) ?? "",
      /strength [\d.]+\d:\d\d:\d\d$/
    )
    const comparison = page.getByRole("region", { name: "Compared with" })
    const length = comparison.getByRole("row", { name: /^Length/ })
    await length.waitFor()
    assert.strictEqual(await length.textContent(), "Length5 h5 h0 %")
    const before = await comparison.getByRole("table").textContent()
    await comparison.getByLabel("Broadcast to compare with").selectOption({ index: 3 })
    await page.waitForURL("**?with=*")
    await eventually("other figures", async () => (await comparison.getByRole("table").textContent()) !== before)
    await page.getByRole("link", { name: "Next broadcast" }).click()
    await eventually("the live one", async () => (await page.locator(".page-head .tag").textContent()) === "live")
    await page.getByRole("link", { name: "See the charts" }).click()
    await page.waitForURL("**/streams/SilentFalcon?from=*")
  })

  it("show hostile names as text, and report what is missing", async () => {
    const { page } = test
    await test.visit(`/broadcasts?stream=${encodeURIComponent(HOSTILE.markup)}`)
    await page.locator(".broadcasts tbody tr").first().waitFor()
    assert.strictEqual(await page.evaluate("window.hacked"), undefined)
    await test.visit("/broadcasts?search=nobody-has-such-a-name")
    await page.getByText("No broadcast matches.").waitFor()
    await test.visit("/broadcasts/unknown")
    await page.getByText("There is no such broadcast.").waitFor()
    test.fixture.mode = "empty"
    await test.visit("/broadcasts")
    await page.getByText("No broadcasts yet.").waitFor()
  })

  it.each(["light", "dark"] as const)("have no barrier, in %s", async (colorScheme) => {
    for (const width of [390, 1440, 2560]) {
      await test.open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
      const { page } = test
      await test.visit("/broadcasts")
      await page.locator(".broadcasts tbody tr").first().waitFor()
      await test.check(`the list at a width of ${width}`)
      await page
        .locator(".broadcasts tbody tr")
        .nth(60 % 50)
        .getByRole("link")
        .first()
        .click()
      await page.locator(".comparison").waitFor()
      await page.locator(".skeleton").first().waitFor({ state: "detached" })
      await test.check(`a broadcast at a width of ${width}`)
    }
  })
})
