/** `npm run bench:dashboard`: time to the first chart of a page, with an empty browser cache. */
import { NodeRuntime } from "@effect/platform-node"
import { Console, DateTime, Effect } from "effect"
import type { Browser } from "playwright-core"
import { launchBrowser } from "../../test/e2e/dashboard/Browser.ts"
import { startFixture } from "../../test/e2e/dashboard/FixtureServer.ts"
import { replaceSection } from "../../test/harness/Section.ts"
import { median } from "../report/Spread.ts"

const DOCUMENT = new URL("../../docs/dashboard.md", import.meta.url).pathname
const ROUNDS = 20

const PAGES: ReadonlyArray<{ readonly name: string; readonly path: string; readonly chart: string }> = [
  { name: "the overview, a sparkline in every row", path: "/", chart: ".sparkline .spark-line" },
  { name: "a stream's page", path: "/streams/SilentFalcon", chart: ".chart-chat canvas" }
]

/**
 * Milliseconds from the start of the navigation to the frame after the one in which the chart has
 * been drawn.
 */
const once = async (browser: Browser, url: string, chart: string): Promise<number> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  try {
    const page = await context.newPage()
    await page.addInitScript(`
      window.drawnMs = new Promise((drawn) => {
        const check = () => {
          const chart = document.querySelector(${JSON.stringify(chart)})
          const isDrawn = chart instanceof HTMLCanvasElement
            ? chart.width > 0 && chart.getContext("2d").getImageData(0, 0, chart.width, chart.height)
              .data.some((value) => value > 0)
            : chart !== null
          if (isDrawn) requestAnimationFrame(() => { drawn(performance.now()) })
          else requestAnimationFrame(check)
        }
        check()
      })`)
    await page.goto(url)
    return await page.evaluate<number>("window.drawnMs")
  } finally {
    await context.close()
  }
}

const measure = Effect.promise(async () => {
  const fixture = await startFixture()
  const browser = await launchBrowser()
  const lines: Array<string> = []
  try {
    for (const { chart, name, path } of PAGES) {
      const found: Array<number> = []
      // The first is the server's and the browser's own first.
      for (let round = 0; round <= ROUNDS; round++) found.push(await once(browser, `${fixture.url}${path}`, chart))
      const counted = found.slice(1)
      lines.push(`| ${name} | ${median(counted).toFixed(0)} | ${Math.max(...counted).toFixed(0)} |`)
    }
  } finally {
    await browser.close()
    await fixture.stop()
  }
  return lines
})

Effect.gen(function* () {
  const lines = yield* measure
  yield* Console.log(lines.join("\n"))
  const date = DateTime.formatIsoDateUtc(yield* DateTime.now)
  const text = `Time from the click to the first chart on the screen, with an empty browser cache. Server and browser share a machine of two cores. ${ROUNDS} loads of each page (${date}, \`npm run bench:dashboard\`):

| page | median, ms | slowest, ms |
| --- | --- | --- |
${lines.join("\n")}`
  yield* replaceSection(DOCUMENT, "first chart", text)
}).pipe(NodeRuntime.runMain)
