import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { checkRequested, checkWritable, differences, problemOf } from "../../src/postgres/SessionSettings.ts"

const reasonOf = (isStandby: boolean, settings: Readonly<Record<string, string>>) =>
  Effect.runSync(Effect.map(Effect.flip(checkWritable({ pid: 1, isStandby, settings }, "u", "Settings")), problemOf))
    ?.reason

describe("session settings", () => {
  const cases: ReadonlyArray<readonly [string, string, string, boolean]> = [
    ["search_path", '"telemetra"', '"telemetra"', true],
    ["search_path", '"telemetra"', "telemetra", true],
    ["search_path", '"telemetra"', "Telemetra", true],
    ["search_path", '"telemetra"', '"Telemetra"', false],
    ["search_path", '"telemetra"', '"$user", public', false],
    ["search_path", '"telemetra"', "telemetra, public", false],
    ["search_path", '"telemetra"', "public, telemetra", false],
    ["search_path", '"telemetra"', "", false],
    ["search_path", '"a""b"', '"a""b"', true],
    ["TimeZone", "UTC", "Etc/UTC", true],
    ["TimeZone", "UTC", "Europe/London", false],
    ["DateStyle", "ISO", "ISO, DMY", true],
    ["DateStyle", "ISO", "German, DMY", false],
    ["lock_timeout", "10000", "10000", true],
    ["lock_timeout", "10000", "0", false],
    ["client_encoding", "UTF8", "utf8", true]
  ]
  for (const [name, wanted, found, isSame] of cases) {
    it(`${name}: ${found} ${isSame ? "is" : "is not"} ${wanted}`, () =>
      assert.strictEqual(differences({ [name]: wanted }, { [name]: found }).length, isSame ? 0 : 1))
  }

  it("names a setting that the server does not know", () =>
    assert.deepStrictEqual(differences({ lock_timeout: "1" }, {}), ["lock_timeout is empty, requested was 1"]))
})

describe("sessions that can't write", () => {
  it("a standby may become the primary: the worker tries again", () =>
    assert.strictEqual(reasonOf(true, {}), "Unreachable"))
  it("a role that is read-only needs a person", () =>
    assert.strictEqual(reasonOf(false, { default_transaction_read_only: "on" }), "Settings"))
})

describe("a remedy", () => {
  const where = { user: "worker", database: "telemetra" }
  const messageOf = (wanted: Readonly<Record<string, string>>) =>
    problemOf(Effect.runSync(Effect.flip(checkRequested(wanted, { pid: 1, isStandby: false, settings: {} }, where))))
      ?.message ?? ""

  it("has each statement whole: a search path is a list of names, other values are text", () => {
    const message = messageOf({ search_path: '"my schema"', lock_timeout: "10000" })
    assert.include(message, `ALTER ROLE "worker" IN DATABASE "telemetra" SET search_path = "my schema"; `)
    assert.include(message, `ALTER ROLE "worker" IN DATABASE "telemetra" SET lock_timeout = '10000'`)
  })
})
