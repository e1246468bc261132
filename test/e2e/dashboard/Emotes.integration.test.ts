/** The emotes of a stream over time, in a real browser, against the fixture. */
import { assert, describe, it } from "@effect/vitest"
import { eventually } from "../../harness/Until.ts"
import { chromiumMissing } from "./Browser.ts"
import { useDashboard } from "./DashboardTest.ts"

describe.skipIf(chromiumMissing !== undefined)("the emotes of a stream", () => {
  const test = useDashboard()
  const panel = () => test.page.getByRole("region", { name: "Emotes over time" })
  const chart = () => panel().getByRole("img")
  const label = async () => (await chart().getAttribute("aria-label")) ?? ""
  const pressed = () => panel().locator('button[aria-pressed="true"]')

  it("are drawn, those that are chosen, and come with their counts", async () => {
    await test.visit("/streams/SilentFalcon")
    await chart().waitFor()
    assert.strictEqual(await pressed().count(), 5)
    assert.match(await label(), /^\S+: between [\d,]+ and [\d,]+, last [\d,]+\. /)
    const others = panel().locator('button[aria-pressed="false"]')
    const other = ((await others.first().locator("bdi").textContent()) ?? "").trim()
    const first = ((await pressed().first().locator("bdi").textContent()) ?? "").trim()
    await pressed().first().click()
    await eventually("one less", async () => !(await label()).includes(`${first}: between`))
    await panel().getByRole("button", { name: other }).click()
    await eventually("another one", async () => (await label()).includes(`${other}: between`))
    assert.strictEqual(await pressed().count(), 5)
    const colours = await test.page.evaluate<number>(`(() => {
      const canvas = document.querySelector(".emote-panel canvas")
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
      const seen = new Set()
      for (let at = 0; at < data.length; at += 4) seen.add(data.slice(at, at + 4).join())
      return seen.size
    })()`)
    assert.isAbove(colours, 8)
    const window = test.page.getByRole("region", { name: "Latest figures shown" })
    assert.match((await window.locator(".emote").first().textContent()) ?? "", /\S+ \d+$/)
  })

  it("follow the time range", async () => {
    await test.visit("/streams/SilentFalcon?range=24h")
    await chart().waitFor()
    const before = await label()
    await test.page.getByRole("link", { name: "15 min", exact: true }).click()
    await eventually("another range", async () => (await label()) !== before)
  })

  it.each(["light", "dark"] as const)("have no barrier, in %s", async (colorScheme) => {
    for (const width of [390, 1440, 2560]) {
      await test.open({ colorScheme, viewport: { width, height: 900 }, bypassCSP: true })
      await test.visit("/streams/SilentFalcon")
      await chart().waitFor()
      await test.page.locator(".skeleton").first().waitFor({ state: "detached" })
      await test.check(`at a width of ${width}`)
    }
  })

  it("are missing where a stream has none", async () => {
    await test.visit("/streams/SilentFalcon?from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z")
    await panel().getByText("No emotes in this time range.").waitFor()
  })
})
