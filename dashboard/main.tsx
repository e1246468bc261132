/** The dashboard, started in the browser. */
import { render } from "preact"
import { startRouter } from "./routing/Router.ts"
import { App } from "./shell/App.tsx"
import { startTheme } from "./shell/Theme.ts"

startTheme()
startRouter()
const root = document.getElementById("app")
if (root !== null) {
  root.replaceChildren()
  render(<App />, root)
}
