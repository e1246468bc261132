/**
 * A person who opens the page for the first time, and answers three questions with clicks alone.
 * Each answer ends on the page that shows it.
 */
import type { Locator, Page } from "playwright-core"

export class Newcomer {
  readonly #page: Page
  readonly #url: string
  #clicks = 0

  constructor(page: Page, url: string) {
    this.#page = page
    this.#url = url
  }

  /** Clicks since the first page was opened. */
  get clicks(): number {
    return this.#clicks
  }

  async #open(): Promise<void> {
    this.#clicks = 0
    await this.#page.goto(this.#url)
  }

  async #click(locator: Locator): Promise<void> {
    this.#clicks++
    await locator.click()
  }

  async #openPastBroadcasts(stream: string): Promise<void> {
    await this.#open()
    await this.#click(this.#page.locator("table.streams").getByRole("link", { name: stream, exact: true }))
    await this.#click(this.#page.getByRole("link", { name: "Past broadcasts" }))
    await this.#page.getByText("ended", { exact: true }).first().waitFor()
  }

  /** The row of a stream's last broadcast that is over. */
  #lastEnded(): Locator {
    return this.#page.locator("table.broadcasts tbody tr").filter({ hasText: "ended" }).first()
  }

  /** The best moment of the last broadcast that is over, with quotes of the chat and the cut. */
  async bestMoment(stream: string): Promise<void> {
    await this.#openPastBroadcasts(stream)
    await this.#click(this.#lastEnded().locator(".col-best").getByRole("link"))
    await this.#page.getByRole("button", { name: "Copy cut times" }).waitFor()
    await this.#page.getByRole("list", { name: "Sample messages" }).waitFor()
  }

  /** The chat that is angriest now is in the first row. */
  async angriestChat(): Promise<void> {
    await this.#open()
    await this.#click(this.#page.locator("table.streams thead").getByRole("button", { name: "Mood" }))
    await this.#page.locator("table.streams th[aria-sort=ascending]").filter({ hasText: "Mood" }).waitFor()
    await this.#page.locator("table.streams:not(.is-old)").waitFor()
  }

  /** Today's broadcast that is over, compared with yesterday's. */
  async todayAndYesterday(stream: string): Promise<void> {
    await this.#openPastBroadcasts(stream)
    await this.#click(this.#lastEnded().locator(".col-name").getByRole("link"))
    await this.#page.locator("table.comparison").waitFor()
  }
}
