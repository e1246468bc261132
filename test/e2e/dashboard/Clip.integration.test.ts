/** The place of a moment's clip, in a real browser, against the fixture. */
import { assert, describe, it } from "@effect/vitest"
import { chromiumMissing } from "./Browser.ts"
import { FIRST_END_MS } from "./FixtureData.ts"
import { useDashboard } from "./DashboardTest.ts"

/** A spike of SilentFalcon, 40 minutes before the end, in a broadcast of six hours. */
const MOMENT = `${FIRST_END_MS / 1000 - 40 * 60}000`

describe.skipIf(chromiumMissing !== undefined)("the clip of a moment", () => {
  const test = useDashboard()

  it("is in its broadcast; it is copied, and links to the recording", async () => {
    await test.open({ permissions: ["clipboard-read", "clipboard-write"] })
    await test.visit(`/moments/${MOMENT}`)
    const { page } = test
    const fact = (name: string) => page.locator(".clip div").filter({ hasText: name }).locator("dd")
    // The peak is 40 seconds after the moment's start.
    assert.strictEqual(await fact("Peak, into the broadcast").textContent(), "5:20:40")
    assert.strictEqual(await fact("Cut in, out").textContent(), "5:20:20, 5:20:50")
    const link = page.getByRole("link", { name: "Watch from the cut" })
    assert.strictEqual(await link.getAttribute("href"), "https://vod.example/SilentFalcon?t=5h20m20s")
    await page.getByRole("button", { name: "Copy cut times" }).click()
    await page.getByRole("button", { name: "Copied" }).waitFor()
    assert.strictEqual(
      await page.evaluate("navigator.clipboard.readText()"),
      "5:20:20 to 5:20:50 https://vod.example/SilentFalcon?t=5h20m20s"
    )
  })

  it("is by the clock if the broadcast is not known", async () => {
    // Stream 20's moments have no metadata.
    await test.visit("/streams/channel_06")
    await test.page.locator(".moment-list a.moment").first().click()
    await test.page.getByText("Peak of the chat").waitFor()
    assert.match((await test.page.locator(".clip dd").nth(1).textContent()) ?? "", /^\d\d:\d\d:\d\d, \d\d:\d\d:\d\d$/)
  })

  it("is announced in the feed", async () => {
    await test.visit("/")
    await test.page
      .getByText(/^\d:\d\d:\d\d into the broadcast$/)
      .first()
      .waitFor()
  })

  it.each(["light", "dark"] as const)("has no barrier, in %s", async (colorScheme) => {
    for (const width of [390, 1440, 2560]) {
      await test.open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
      await test.visit(`/moments/${MOMENT}`)
      await test.page.locator(".clip").waitFor()
      await test.page.locator(".skeleton").first().waitFor({ state: "detached" })
      await test.check(`at a width of ${width}`)
    }
  })
})
