/** The login page: a form for the token, without a script. */
import { HttpServerResponse } from "effect/http"

export const LOGIN_PATH = "/login"
export const LOGIN_STYLE_PATH = "/login.css"

const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)

const POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** `next` is the target after the login; `complaint` the error of the previous attempt. */
export const loginPage = (
  next: string,
  complaint?: { readonly status: number; readonly text: string }
): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Telemetra: log in</title>
<link rel="stylesheet" href="${LOGIN_STYLE_PATH}">
</head>
<body>
<main>
<h1>Telemetra</h1>
<form method="post" action="${LOGIN_PATH}">
${complaint === undefined ? "" : `<p role="alert">${escape(complaint.text)}</p>\n`}<label for="token">API token</label>
<input name="username" type="text" value="telemetra" autocomplete="username" hidden>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<input name="next" type="hidden" value="${escape(next)}">
<button>Log in</button>
</form>
</main>
</body>
</html>
`,
    {
      status: complaint?.status ?? 200,
      contentType: "text/html; charset=utf-8",
      headers: {
        "content-security-policy": POLICY,
        // With no-referrer browsers would not send the form's origin.
        "referrer-policy": "same-origin"
      }
    }
  )

export const loginStyle = HttpServerResponse.text(
  `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { width: min(22rem, 100% - 2rem); }
h1 { margin: 0 0 1.5rem; font-size: 1.5rem; }
form { display: grid; gap: 0.5rem; }
p { margin: 0 0 0.5rem; padding: 0.5rem 0.75rem; border: 1px solid #c0392b; border-radius: 6px; }
input, button { font: inherit; padding: 0.5rem 0.75rem; border: 1px solid GrayText; border-radius: 6px; }
button { margin-top: 0.5rem; border-color: transparent; background: #6441a5; color: #fff; cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 3px solid #9b7fd1; outline-offset: 1px; }
`,
  { contentType: "text/css; charset=utf-8" }
)
