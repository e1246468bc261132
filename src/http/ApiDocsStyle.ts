/** The style of the API's documentation. */
import { API_PATH } from "../api/Api.ts"

export const DOCS_STYLE_PATH = `${API_PATH}/docs.css` as const

export const DOCS_STYLE = `:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; background: light-dark(#f3f5f3, #0d1311); color: light-dark(#15201c, #e2eae6); }
header {
  display: flex;
  flex-wrap: wrap;
  justify-content: space-between;
  gap: 8px 24px;
  padding: 12px 24px;
  border-bottom: 1px solid light-dark(#dce3df, #27332e);
  background: light-dark(#fff, #141b18);
}
main { max-width: 62rem; margin: 0 auto; padding: 8px 24px 64px; }
a { color: light-dark(#0a6b5e, #5fd0bc); }
h2 { margin: 2.5rem 0 0; }
section {
  margin: 1rem 0;
  padding: 4px 20px 16px;
  border: 1px solid light-dark(#dce3df, #27332e);
  border-radius: 10px;
  background: light-dark(#fff, #141b18);
}
nav > ul {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr));
  gap: 12px 24px;
  padding: 0;
  list-style: none;
}
nav ul ul { padding-left: 1.1rem; }
nav li li { padding: 2px 0; }
nav a, header a, section p a { display: inline-block; min-height: 24px; }
code, pre { font: 13px/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre {
  overflow-x: auto;
  padding: 10px 12px;
  border-radius: 6px;
  background: light-dark(#f0f3f1, #1b2420);
  white-space: pre-wrap;
}
.scroll { overflow-x: auto; }
table { width: 100%; margin: 8px 0; border-collapse: collapse; font-size: 14px; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td {
  padding: 5px 14px 5px 0;
  border-top: 1px solid light-dark(#dce3df, #27332e);
  text-align: left;
  vertical-align: top;
}
thead th { border: 0; color: light-dark(#52615a, #9cada5); font-weight: 500; }
tbody th { font-weight: 500; }
summary { min-height: 24px; cursor: pointer; }
:focus-visible { outline: 2px solid light-dark(#0a6b5e, #5fd0bc); outline-offset: 2px; }
@media (max-width: 720px) {
  main { padding: 4px 14px 40px; }
  section { padding: 2px 12px 12px; }
  td:nth-of-type(1):not(:last-child) { white-space: normal; }
}
`
