/** The sensitivity of a stream and verdicts on moments, in a real browser, against the fixture. */
import { assert, describe, it } from "@effect/vitest"
import { chromiumMissing } from "./Browser.ts"
import { FIRST_END_MS } from "./FixtureData.ts"
import { useDashboard } from "./DashboardTest.ts"

/** A spike of SilentFalcon, 40 minutes before the end. */
const MOMENT = `${FIRST_END_MS / 1000 - 40 * 60}000`

describe.skipIf(chromiumMissing !== undefined)("the sensitivity of a stream", () => {
  const test = useDashboard()

  it("is set for a type, is in force from a stated time on, and is taken back", async () => {
    await test.visit("/streams/SilentFalcon")
    const { page } = test
    const panel = page.locator("details.sensitivity")
    await panel.locator("summary").click()
    assert.strictEqual(await panel.getByLabel("From strength").inputValue(), "3")
    await panel.getByLabel("Moments").selectOption("raid")
    await panel.getByLabel("From strength").fill("4.5")
    await panel.getByRole("button", { name: "Set" }).click()
    await panel.getByText(/^Saved\. It is in force for figures after .*\d\d:\d\d:\d\d/).waitFor()
    await panel.locator("dd").getByText("from 4.5").waitFor()
    await page.reload()
    await panel.getByText("changed for this stream").waitFor()
    await panel.locator("summary").click()
    // Other types keep the usual strength.
    assert.strictEqual(await panel.getByLabel("From strength").inputValue(), "3")
    await panel.getByLabel("Moments").selectOption("raid")
    assert.strictEqual(await panel.getByLabel("From strength").inputValue(), "4.5")
    await panel.getByRole("button", { name: "Back to the usual" }).click()
    await panel.getByText("usual", { exact: true }).waitFor()
    assert.strictEqual(await panel.getByLabel("From strength").inputValue(), "3")
  })

  it("shows why a change is refused", async () => {
    await test.visit("/streams/SilentFalcon")
    const { page } = test
    await page.route("**/api/v1/sensitivity", (route) =>
      route.request().method() === "PUT"
        ? route.fulfill({
            status: 403,
            contentType: "application/problem+json",
            body: JSON.stringify({ status: 403, title: "Forbidden", detail: "Changes are refused: set API_TOKEN" })
          })
        : route.fallback()
    )
    await page.locator("details.sensitivity summary").click()
    await page.getByRole("button", { name: "Set" }).click()
    await page.getByRole("alert").getByText("Changes are refused: set API_TOKEN").waitFor()
  })

  it("a verdict on a moment stays, and a second click takes it back", async () => {
    await test.visit(`/moments/${MOMENT}`)
    const { page } = test
    const good = page.getByRole("button", { name: "A good one" })
    const not = page.getByRole("button", { name: "Not a moment" })
    const isPressed = (button: typeof good) => button.getAttribute("aria-pressed")
    assert.strictEqual(await isPressed(good), "false")
    await good.click()
    await page.locator('.feedback [aria-pressed="true"]').getByText("A good one").waitFor()
    await not.click()
    await page.locator('.feedback [aria-pressed="true"]').getByText("Not a moment").waitFor()
    await page.reload()
    await page.locator('.feedback [aria-pressed="true"]').getByText("Not a moment").waitFor()
    assert.strictEqual(await isPressed(good), "false")
    await not.click()
    await page.locator('.feedback [aria-pressed="true"]').waitFor({ state: "detached" })
  })

  it.each(["light", "dark"] as const)("has no barrier, in %s", async (colorScheme) => {
    for (const width of [390, 1440, 2560]) {
      await test.open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
      await test.visit(`/moments/${MOMENT}`)
      const { page } = test
      await page.locator("details.sensitivity summary").click()
      await page.getByRole("button", { name: "A good one" }).waitFor()
      await page.locator(".skeleton").first().waitFor({ state: "detached" })
      await test.check(`at a width of ${width}`)
    }
  })
})
