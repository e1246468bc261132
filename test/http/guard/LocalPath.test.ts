import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { localPath } from "../../../src/http/guard/LocalPath.ts"

const HOST = "http://worker.example:4040"

/** The target of a browser on the login page. */
const goesTo = (location: string): URL => new URL(location, `${HOST}/login`)

const cases: ReadonlyArray<readonly [wanted: string | undefined, path: string]> = [
  [undefined, "/"],
  ["", "/"],
  ["/", "/"],
  ["/streams/a%2Fb?step=60&x=%C3%A9#top", "/streams/a%2Fb?step=60&x=%C3%A9#top"],
  ["/streams/ä b", "/streams/%C3%A4%20b"],
  ["/..", "/"],
  ["streams", "/"],
  ["https://evil.example/", "/"],
  ["javascript:alert(1)", "/"],
  ["//evil.example", "/"],
  ["//evil.example/x", "/"],
  ["///evil.example", "/"],
  ["/\\evil.example", "/"],
  ["\\\\evil.example", "/"],
  ["/\t/evil.example", "/"],
  ["/\n/evil.example", "/"],
  ["\t//evil.example", "/"],
  [" //evil.example", "/"],
  ["/.//evil.example", "/"],
  ["/..//evil.example", "/"],
  ["/x/..//evil.example", "/"],
  ["/%2e//evil.example", "/"],
  ["/.\\/evil.example", "/"],
  ["/%2f%2fevil.example", "/%2f%2fevil.example"],
  ["/%5cevil.example", "/%5cevil.example"],
  ["/@evil.example", "/@evil.example"],
  ["//here.invalid/x", "/x"],
  ["//[", "/"],
  ["/a\r\nset-cookie: telemetra_session=x", "/aset-cookie:%20telemetra_session=x"],
  ["/\u2028x\u0000y", "/%E2%80%A8x%00y"]
]

describe("where a browser goes after the login", () => {
  it.each(cases)("%j -> %s", (wanted, path) => {
    assert.strictEqual(localPath(wanted), path)
  })

  it.prop("is on this server, and fit for a header, whatever is requested", [Schema.String], ([text]) => {
    for (const wanted of [text, `/${text}`, `//${text}`, `/.//${text}`]) {
      const path = localPath(wanted)
      assert.match(path, /^\/[\x21-\x7e]*$/)
      assert.strictEqual(goesTo(path).origin, HOST)
    }
  })
})
