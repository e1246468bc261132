/** The built dashboard in a browser, against the fixture, for the tests of one file. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { assert } from "@effect/vitest"
import type { AxeResults } from "axe-core"
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core"
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest"
import { launchBrowser } from "./Browser.ts"
import { type Fixture, startFixture } from "./FixtureServer.ts"

/** The time limit of every wait. */
const PATIENCE_MS = 300_000

/** The rules that axe checks. */
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

export interface DashboardTest {
  readonly fixture: Fixture
  /** That of the current test. */
  readonly page: Page
  /** Replaces the page by one with these options. */
  readonly open: (options?: BrowserContextOptions) => Promise<void>
  readonly visit: (path: string) => Promise<void>
  /** Opens a path and waits until the page is live and has loaded. */
  readonly visitLive: (path: string) => Promise<void>
  /** The barriers that axe finds on the page, which needs the option `bypassCSP`. */
  readonly barriers: () => Promise<ReadonlyArray<string>>
  /** Fails if the page has a barrier, or is wider than the screen. Needs `bypassCSP`. */
  readonly check: (what: string) => Promise<void>
}

export const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

export const text = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? ""

/**
 * Call it in a `describe`. Each test has a new page. A test fails if its page causes an exception,
 * or a console error such as a violation of the content security policy.
 */
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
  afterEach(async ({ task }) => {
    // The page of a failed test, for readers who have only its log.
    if (task.result?.state === "fail")
      process.stderr.write(`${page.url()}\n${await page.locator("body").innerText()}\n`)
    fixture.up()
    fixture.mode = "plenty"
    fixture.problems = []
    fixture.collects = null
    fixture.session = false
    assert.deepStrictEqual(complaints, [])
  })
  afterAll(async () => {
    await browser?.close()
    await fixture?.stop()
  })

  const visit = async (path: string): Promise<void> => void (await page.goto(`${fixture.url}${path}`))

  const barriers = async (): Promise<ReadonlyArray<string>> => {
    await page.evaluate(axe)
    const { violations } = await page.evaluate<AxeResults>(
      `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] })`
    )
    return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)].join("\n"))
  }

  return {
    get fixture() {
      return fixture
    },
    get page() {
      return page
    },
    open,
    visit,
    visitLive: async (path) => {
      await visit(path)
      await page.getByRole("status").getByText("Live", { exact: true }).waitFor()
      await page.locator(".skeleton").first().waitFor({ state: "detached" })
    },
    barriers,
    check: async (what) => {
      assert.deepStrictEqual(await barriers(), [], what)
      const [content, screen] = await page.evaluate<[number, number]>(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
      )
      assert.isAtMost(content, screen, `${what}: the width`)
    }
  }
}
