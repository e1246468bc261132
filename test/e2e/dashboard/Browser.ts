/** The Chromium that is installed on this machine, for tests. */
import { existsSync } from "node:fs"
import { type Browser, chromium } from "playwright-core"

const PLACES = [
  process.env["CHROMIUM_PATH"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
]

const executablePath = PLACES.find((path) => path !== "" && existsSync(path))

/**
 * Why there is no browser here, or `undefined`. With CI=true a missing one is an error,
 * not a reason to skip.
 */
export const chromiumMissing: string | undefined = (() => {
  if (executablePath !== undefined) return undefined
  const line = "dashboard tests need Chromium: Debian's package chromium, or CHROMIUM_PATH"
  if (process.env["CI"] === "true") throw new Error(line)
  process.stderr.write(`SKIPPED: ${line}\n`)
  return line
})()

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    // The sandbox does not work for root, and the tests open only our own pages.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : []
  })
