import { launchBrowser } from "./Browser.ts"
const [url = "", ...paths] = process.argv.slice(2)
const b = await launchBrowser()
const c = await b.newContext({ viewport: { width: 1440, height: 900 } })
const p = await c.newPage()
let i = 0
for (const path of paths) {
  await p.goto(url + path)
  await p.waitForTimeout(2500)
  await p.screenshot({ path: `/tmp/shot-${i++}.png` })
}
await b.close()
