/** A browser with the built dashboard, against the fixture. Call it in a `describe`. */
import { assert } from "@effect/vitest"
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { launchBrowser } from "./Browser.ts"
import { type Fixture, startFixture } from "./FixtureServer.ts"

/** The time limit of every wait. */
const PATIENCE_MS = 300_000

export interface DashboardTest {
  readonly fixture: Fixture
  readonly page: Page
  /** Replaces the page by one with these options. */
  readonly open: (options?: BrowserContextOptions) => Promise<void>
  /** Opens a path and waits until the page is live and has loaded. */
  readonly visit: (path: string) => Promise<void>
}

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

export const text = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? ""

/** Fails a test that caused an exception or a console error. */
export const useDashboard = (): DashboardTest => {
  let fixture: Fixture
  let browser: Browser
  let context: BrowserContext | undefined
  let page: Page
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

  beforeAll(async () => {
    fixture = await startFixture()
    browser = await launchBrowser()
  })
  beforeEach(() => open())
  afterEach(({ task }) => {
    if (task.result?.state === "fail") process.stderr.write(`${page.url()}\n`)
    fixture.up()
    fixture.mode = "plenty"
    fixture.session = false
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
    visit: async (path) => {
      await page.goto(`${fixture.url}${path}`)
      await page.getByRole("status").getByText("Live", { exact: true }).waitFor()
      await page.locator(".skeleton").first().waitFor({ state: "detached" })
    }
  }
}
