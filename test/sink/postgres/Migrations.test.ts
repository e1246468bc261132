import { assert, describe, it } from "@effect/vitest"
import { serverObstacles } from "../../../src/sink/postgres/Migrations.ts"

describe("servers that no schema helps", () => {
  it("PostgreSQL 15 and newer with UTF8 is fit", () => {
    for (const version of [150_000, 180_004]) assert.deepStrictEqual(serverObstacles("d", version, "UTF8"), [])
  })
  it("an older server and another encoding are named", () =>
    assert.deepStrictEqual(
      serverObstacles("d", 140_012, "LATIN1").map(({ object, problem }) => `${object}: ${problem}`),
      [
        "the server: it is PostgreSQL 14, and version 15 or newer is needed",
        "database d: its encoding is LATIN1, not UTF8, so it cannot store every text"
      ]
    ))
})
