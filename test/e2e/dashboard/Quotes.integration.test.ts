/** Quotes of the chat in moments, in a real browser, against the fixture. */
import { assert, describe, it } from "@effect/vitest"
import { chromiumMissing } from "./Browser.ts"
import { HOSTILE } from "./FixtureData.ts"
import { useDashboard } from "./DashboardTest.ts"

describe.skipIf(chromiumMissing !== undefined)("quotes of the chat", () => {
  const test = useDashboard()
  const feed = () => test.page.getByRole("region", { name: "Moments", exact: true })
  const quotes = () => test.page.getByRole("region", { name: "In the chat" })

  /** Opens the first moment of the feed that quotes the chat. */
  const open = async () => {
    await test.visit("/")
    await feed()
      .locator("a.moment", { has: test.page.locator(".quote-line") })
      .first()
      .click()
    await quotes().waitFor()
  }

  it("are in the feed in one line, and first in the explanation of the moment", async () => {
    await test.visit("/")
    const line = feed().locator(".quote-line", { hasText: "×" }).first()
    await line.waitFor()
    assert.match((await line.textContent()) ?? "", /^[\d,]+× .*onerror/)
    const { height = 0 } = (await line.boundingBox()) ?? {}
    assert.isBelow(height, 30)
    await open()
    const top = async (selector: string) => (await test.page.locator(selector).first().boundingBox())?.y ?? 0
    assert.isBelow(await top(".quotes"), await top(".explanation .lead"))
    assert.isBelow(await top(".quotes"), await top(".explanation .numbers"))
  })

  it("are the repeated text, samples with their authors, and the words and emotes that rose", async () => {
    await open()
    assert.match((await quotes().locator(".quotes-repeated").textContent()) ?? "", /^[\d,]+× .*by [\d,]+ people$/)
    const samples = quotes().getByRole("list", { name: "Sample messages" }).getByRole("listitem")
    assert.strictEqual(await samples.count(), 5)
    assert.match((await samples.nth(0).textContent()) ?? "", /^no way he hit thatann, /)
    // A hash is no name for people.
    assert.notInclude((await samples.nth(2).textContent()) ?? "", "0a1b2c3d4e5f")
    const words = await test.page.getByRole("list", { name: "Words that rose" }).getByRole("listitem").allTextContents()
    assert.match(words[0] ?? "", /^clutch 31 people\s*usually 2\.5$/)
    const emotes = await test.page
      .getByRole("list", { name: "Emotes that rose" })
      .getByRole("listitem")
      .allTextContents()
    assert.match(emotes[1] ?? "", /^<b>bold<\/b> 12×\s*new$/)
  })

  it("are text, whatever people write", async () => {
    await open()
    assert.strictEqual(await test.page.evaluate<unknown>("window.hacked"), undefined)
    assert.strictEqual(await quotes().locator("img, script, bdi b").count(), 0)
    const [text] = await quotes().locator(".quotes-repeated bdi").allTextContents()
    assert.strictEqual(text, HOSTILE.markup)
    assert.strictEqual(await quotes().locator("blockquote bdi").count(), 5)
  })

  it("are missing where a moment has none", async () => {
    await test.visit("/")
    const silent = feed().locator("a.moment", { hasNot: test.page.locator(".quote-line") })
    await silent.first().click()
    await test.page.getByRole("region", { name: "Why this is a moment" }).waitFor()
    assert.strictEqual(await quotes().count(), 0)
  })

  it.each(["light", "dark"] as const)("have no barrier, in %s", async (colorScheme) => {
    for (const width of [390, 1440, 2560]) {
      await test.open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
      await open()
      await test.page.locator(".skeleton").first().waitFor({ state: "detached" })
      await test.check(`at a width of ${width}`)
    }
  })
})
