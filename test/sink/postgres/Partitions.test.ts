import { assert, describe, it } from "@effect/vitest"
import { freeAround, periodOf } from "../../../src/sink/postgres/Partitions.ts"

const at = (text: string): number => Date.parse(`${text}Z`)

describe("Partitions", () => {
  it("names the UTC month or day of an instant, from its first millisecond to the next one's", () => {
    for (const time of ["2024-02-01T00:00:00.000", "2024-02-29T23:59:59.999"]) {
      assert.deepStrictEqual(periodOf("month", at(time)), {
        name: "chat_summary_minute_2024_02",
        fromMs: at("2024-02-01T00:00:00"),
        toMs: at("2024-03-01T00:00:00")
      })
    }
    assert.strictEqual(periodOf("month", at("2024-03-01T00:00:00")).name, "chat_summary_minute_2024_03")
    assert.deepStrictEqual(periodOf("day", at("2023-12-31T23:59:59.999")), {
      name: "chat_summary_minute_2023_12_31",
      fromMs: at("2023-12-31T00:00:00"),
      toMs: at("2024-01-01T00:00:00")
    })
  })

  it("takes what existing partitions leave free of a period", () => {
    const may = periodOf("month", at("2024-05-10T00:00:00"))
    const day = (n: number) => periodOf("day", at(`2024-05-${String(n).padStart(2, "0")}T00:00:00`))
    const free = (existing: ReadonlyArray<{ fromMs: number; toMs: number }>) =>
      freeAround(may, existing, at("2024-05-10T12:00:00"))
    assert.deepStrictEqual(free([]), { fromMs: may.fromMs, toMs: may.toMs })
    assert.deepStrictEqual(free([day(3), day(9), day(11), day(20)]), { fromMs: day(10).fromMs, toMs: day(10).toMs })
    assert.deepStrictEqual(free([{ fromMs: Number.NEGATIVE_INFINITY, toMs: day(5).fromMs }]), {
      fromMs: day(5).fromMs,
      toMs: may.toMs
    })
  })
})
