import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { MomentItem } from "../../src/api/Moments.ts"
import { Summary } from "../../src/api/Values.ts"
import { EventTimeMs } from "../../src/domain/EventTime.ts"
import { momentId } from "../../src/domain/Notification.ts"
import { momentRecord, windowRecord } from "../../src/source/ResultRecords.ts"
import { momentOf, rowOf, T0 } from "../contract/ResultStoreContract.ts"

/** Fields that a record has in addition to the API's item, or instead of them. */
const OWN = ["id", "opened_as", "source_partition"]
/** Fields that only the table's row has. */
const OF_THE_ROW = ["detected_at", "feedback", "content", "clip"]

const withoutOwn = (fields: object): ReadonlyArray<string> =>
  Object.keys(fields)
    .filter((name) => !OWN.includes(name) && !OF_THE_ROW.includes(name))
    .toSorted()

describe("records of results", () => {
  it("a moment has the API's fields, and an id for every repetition", () => {
    const { key, value } = momentRecord(3, momentOf())
    const record = JSON.parse(value)
    assert.strictEqual(key, "alpha")
    assert.strictEqual(record.id, momentId(3, momentOf()))
    assert.deepStrictEqual(withoutOwn(record), withoutOwn(MomentItem.fields))
    assert.strictEqual(record.timestamp, "2024-05-01T00:01:00.000Z")
    assert.deepStrictEqual(record.metadata, momentOf().metadata)
  })

  it("a window has the API's fields, and an id for every repetition", () => {
    const record = JSON.parse(windowRecord(3, rowOf()).value)
    assert.deepStrictEqual(withoutOwn(record), withoutOwn(Summary.fields))
    const { id, source_partition: task, ...item } = record
    assert.strictEqual(task, 3)
    assert.isTrue(Schema.is(Summary)(item) || Schema.decodeUnknownSync(Summary)(item) !== undefined)
    const ids = [
      id,
      JSON.parse(windowRecord(4, rowOf()).value).id,
      JSON.parse(windowRecord(3, rowOf({ stream: "beta" })).value).id,
      JSON.parse(windowRecord(3, rowOf({ startMs: EventTimeMs(T0 + 1) })).value).id
    ]
    assert.strictEqual(new Set(ids).size, 4)
    assert.strictEqual(JSON.parse(windowRecord(3, rowOf({ chatCount: 99 })).value).id, id)
  })

  it("numbers that JSON cannot hold are null, and every text is well-formed", () => {
    const row = JSON.parse(
      windowRecord(3, rowOf({ zScore: Infinity, avgViewers: Number.NaN, avgSentiment: null })).value
    )
    assert.deepStrictEqual([row.z_score, row.avg_viewers, row.avg_sentiment], [null, null, null])
    const { value } = momentRecord(3, momentOf({ intensity: Infinity, description: 'lone \uD800 "\\\u0000' }))
    assert.isTrue(value.isWellFormed())
    assert.isNull(JSON.parse(value).intensity)
  })
})
