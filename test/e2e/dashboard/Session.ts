/** A browser on the fixture's dashboard for the tests of one file; each test has a new page. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { assert } from "@effect/vitest"
import type { AxeResults } from "axe-core"
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { launchBrowser } from "./Browser.ts"
import { type Fixture, startFixture } from "./FixtureServer.ts"

/** The time limit of every wait. */
const PATIENCE_MS = 60_000

/** The rules that axe checks. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

export interface Session {
  readonly fixture: Fixture
  /** The current test's. */
  readonly page: Page
  /** Replaces the page by one of other options. */
  readonly open: (options?: BrowserContextOptions) => Promise<void>
  readonly visit: (path: string) => Promise<void>
  /** Fails if the shown page has a barrier, or is wider than the screen. */
  readonly check: (what: string) => Promise<void>
}

/** Call it within `describe`. A page that reports an error to the console fails its test. */
export const useSession = (): Session => {
  let fixture: Fixture
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let complaints: Array<string> = []

  const open = async (options: BrowserContextOptions = {}): Promise<void> => {
    await context?.close()
    context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      timezoneId: "Asia/Kolkata",
      // For axe, which is a script of the test.
      bypassCSP: true,
      ...options
    })
    context.setDefaultTimeout(PATIENCE_MS)
    page = await context.newPage()
    complaints = []
    page.on("pageerror", (error) => complaints.push(error.message))
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        complaints.push(message.text())
    })
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
    assert.deepStrictEqual(complaints, [])
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  return {
    get fixture() {
      return fixture
    },
    get page() {
      return page
    },
    open,
    visit: async (path) => void (await page.goto(`${fixture.url}${path}`)),
    check: async (what) => {
      await page.evaluate(axe)
      const { violations } = await page.evaluate<AxeResults>(
        `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`
      )
      const found = violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join("\n"))
      assert.deepStrictEqual(found, [], what)
      const [content, screen] = await page.evaluate<[number, number]>(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
      )
      assert.isAtMost(content, screen, `${what}: the width`)
    }
  }
}
