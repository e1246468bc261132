import { describe, it } from "@effect/vitest"
import * as NotificationsContract from "../../contract/NotificationsContract.ts"
import * as RepairTablesContract from "../../contract/RepairTablesContract.ts"
import { suite } from "../../contract/ResultStoreContract.ts"
import * as Postgres from "../../harness/Postgres.ts"
import * as PostgresTables from "../../harness/PostgresTables.ts"

const store = PostgresTables.fresh()

suite("PostgreSQL", Postgres.layer(), store)
RepairTablesContract.suite("PostgreSQL", Postgres.layer(), store)
NotificationsContract.suite("PostgreSQL", Postgres.layer(), (notify) => PostgresTables.fresh({ notify }))

if (Postgres.hasPostgres15) {
  suite("PostgreSQL 15", Postgres.layer15(), store)
} else {
  describe("ResultStore: PostgreSQL 15", () => {
    it.skipIf(process.env["CI"] !== "true")("needs Debian's package postgresql-15, which is not installed", () => {
      throw new Error("install it: apt-get install postgresql-15")
    })
  })
}
